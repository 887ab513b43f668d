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
        "Look at the two heads: their attention is spread out. Set the speed to 5 steps a second and press Train.",
        "Wait until the task is solved. A bright diagonal appears in the lower half of the pictures.",
        "Red frames in the large picture mark the key that the task needs. Click one of them: how much of its attention does the head give it?",
        "Drag the slider back to the step at which the diagonal appears. What do the loss and the token accuracy do there? And exact match?",
      ],
      look: "The loss first drops to about 2.8 = ln 16, the price of guessing among 16 symbols, and stays there. It falls again while the diagonal forms. Exact match rises last: all ten tokens must be right at once.",
    },
    zh: {
      title: "看一个头怎样找到对角线",
      about: "一个小模型学习复制一个序列。要复制，就得有一个头找到该复制的词元。",
      steps: [
        "先看两个头：注意力分散在各处。把速度设为每秒 5 步，再按“训练”。",
        "等到任务学会。图的下半部分会出现一条明亮的对角线。",
        "大图里的红框标出任务需要的键。点其中一个：这个头给了它多少注意力？",
        "把滑块拖回对角线出现的那一步。那时损失和词元准确率怎样变化？完全匹配率呢？",
      ],
      look: "损失先降到约 2.8（即 ln 16：在 16 个符号里瞎猜的代价），停一会儿；对角线形成时再次下降。完全匹配率最后才上升：十个词元必须全部正确。",
    },
  },
};
