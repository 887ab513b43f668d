import type { Lesson } from "./lesson.ts";

/** Induction takes two heads, one after the other. */
export const twoLayers: Lesson = {
  name: "two-layers",
  settings: { task: "induction", layers: 1, seed: 0 },
  hides: ["question", "views", "branch", "share"],
  choices: ["layers"],
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
      about:
        "The last symbol has occurred before; the model must continue the sequence from there. This model with one layer stays near 0 %; with two layers it learns.",
      steps: [
        "This model has one layer. Press Train and watch exact match for a hundred steps or more.",
        "Press Compare, choose Layers: 2, then Start both.",
        "Wait until the two-layer model reaches 90 %. How does the one-layer model do?",
        "In layer 0 of the two-layer model, choose a head whose bright cells lie one below the main diagonal: each position attends to the token before it.",
        "In layer 1, choose a head labelled “induction”: it attends to the token that followed the current token last time.",
      ],
      look: "Exact match of the two-layer model stays near 0, then rises quickly: it takes both kinds of head.",
    },
    zh: {
      title: "归纳需要两层",
      about: "最后一个符号前面出现过，模型要从那里接着写下去。这个模型只有一层时一直接近 0%，有两层就能学会。",
      steps: [
        "这个模型只有一层。按“训练”，看一百步以上的完全匹配率。",
        "按“对比”，选“层数：2”，再按“同时开始”。",
        "等两层模型达到 90%。一层模型怎么样？",
        "在两层模型的第 0 层，选一个亮格位于主对角线下方一格的头：每个位置都关注它的前一个词元。",
        "在第 1 层，选一个标为“归纳”的头：它关注当前词元上次出现时后面的那个词元。",
      ],
      look: "两层模型的完全匹配率先停在 0 附近，然后迅速上升：两种头缺了任何一种，另一种都无法提高完全匹配率。",
    },
  },
};
