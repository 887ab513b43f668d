import type { Lesson } from "./lesson.ts";

/** Induction takes two heads, one after the other. */
export const twoLayers: Lesson = {
  name: "two-layers",
  settings: { task: "induction", layers: 1, seed: 0 },
  hides: ["question", "views", "branch", "share"],
  choices: ["layers", "seed"],
  checks: [
    { is: "trained", steps: 100 },
    { is: "compared", with: { layers: 2 }, exactMatch: 0 },
    { is: "compared", with: { layers: 2 }, exactMatch: 0.9 },
    { is: "back", in: { layers: 2 }, positions: 1, atLeast: 0.25 },
    { is: "role", role: "induction" },
  ],
  text: {
    en: {
      title: "Induction needs two layers",
      about: "A stretch of symbols comes again, and the model must go on as it went on before. One layer cannot do it; two can.",
      steps: [
        "This model has one layer. Press Train and watch exact match for a hundred steps or more.",
        "Press Compare, choose Layers and 2, and start both: the same seed, one thing different.",
        "Train until the model with two layers answers nine of ten examples. What does the other one do meanwhile?",
        "In layer 0 of the model with two layers, choose a head with a bright line just below the edge: it tells each position which token came before.",
        "In layer 1, choose the head called “induction”: it looks for the position before which the present token stood.",
      ],
      look: "Exact match of the second model jumps late and quickly: both heads must be there before either is of use.",
    },
    zh: {
      title: "归纳需要两层",
      about: "一段符号再次出现，模型要像上次那样接下去。一层做不到，两层可以。",
      steps: [
        "这个模型只有一层。按“训练”，看一百步以上的完全匹配。",
        "按“对比”，选“层数”和 2，同时开始：种子相同，只有一处不同。",
        "训练到两层的模型十题答对九题。这期间另一个模型怎么样？",
        "在两层模型的第 0 层里，选一个紧挨着边缘有亮线的头：它告诉每个位置，前一个词元是什么。",
        "在第 1 层里选标为“归纳”的头：它去找当前词元上次出现之后的那个位置。",
      ],
      look: "第二个模型的完全匹配来得晚、升得快：两个头都在了，哪一个才有用。",
    },
  },
};
