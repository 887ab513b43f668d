import type { Lesson } from "./lesson.ts";

/** Copying, with a decoder alone: a head learns to look a fixed distance back. */
export const diagonal: Lesson = {
  name: "diagonal",
  settings: { task: "copy", layers: 1, heads: 2, seed: 0 },
  hides: ["choices", "switches", "views", "branch", "compare", "share"],
  choices: null,
  checks: [{ is: "trained", steps: 10 }, { is: "solved" }, { is: "needed" }, { is: "earlier" }],
  text: {
    en: {
      title: "Watch a head find the diagonal",
      about: "A small model learns to copy a sequence. For that, a head must find the token to copy.",
      steps: [
        "Press Train. At first both heads spread their attention over everything that they may see.",
        "Wait until the task is solved. A bright diagonal appears in the lower half of the pictures.",
        "Red frames in the large picture mark the key that the task needs. Click one of them: how much of its attention does the head give it?",
        "Drag the slider below back, and find the step at which the diagonal appeared. What did exact match do there?",
      ],
      look: "The loss falls before exact match rises, and the diagonal comes in between: first attention finds the place, then the answers get right.",
    },
    zh: {
      title: "看一个头怎样找到对角线",
      about: "一个小模型学习照抄一个序列。要照抄，就得有一个头找到该抄的词元。",
      steps: [
        "按“训练”。一开始，两个头都把注意力摊在它们能看到的所有地方。",
        "等到任务学会。图的下半部分会出现一条明亮的对角线。",
        "大图里的红框标出任务需要的键。点其中一个：这个头给了它多少注意力？",
        "把下面的滑块往回拖，找出对角线出现的那一步。完全匹配在那里有什么变化？",
      ],
      look: "损失先降，完全匹配后升，对角线在两者之间出现：注意力先找到位置，答案随后才对。",
    },
  },
};
