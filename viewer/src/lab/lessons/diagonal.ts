import type { Lesson } from "./lesson.ts";

/** Copying, with a decoder alone: one head learns to look a fixed distance back. */
export const diagonal: Lesson = {
  name: "diagonal",
  settings: { task: "copy", seed: 0 },
  hides: ["choices", "switches", "views", "branch", "compare", "share"],
  choices: null,
  checks: [{ is: "trained", steps: 20 }, { is: "solved" }, { is: "aligned", atLeast: 0.5 }, { is: "earlier" }],
  text: {
    en: {
      title: "Watch a head find the diagonal",
      about: "A small model learns to copy a sequence. For that, some head must find the token to copy.",
      steps: [
        "Press Train. At first every head spreads its attention over everything that it may see.",
        "Wait until the task is solved. A bright diagonal appears in one of the small pictures.",
        "Choose the head with the diagonal. The red frames mark the key that the task needs: the head has found them.",
        "Drag the slider under the pictures back, and find the step at which the diagonal appeared. What did exact match do there?",
      ],
      look: "The loss falls before exact match rises, and the diagonal comes in between: first attention finds the place, then the answer gets right.",
    },
    zh: {
      title: "看一个头怎样找到对角线",
      about: "一个小模型学习照抄一个序列。要照抄，就得有某个头找到该抄的词元。",
      steps: [
        "按“训练”。一开始，每个头都把注意力摊在它能看到的所有地方。",
        "等到任务学会。某一幅小图里会出现一条明亮的对角线。",
        "点开有对角线的那个头。红框标出任务需要的键：这个头已经找到了它们。",
        "把图下面的滑块往回拖，找出对角线出现的那一步。完全匹配在那里有什么变化？",
      ],
      look: "损失先降，完全匹配后升，对角线在两者之间出现：注意力先找到位置，答案随后才对。",
    },
  },
};
