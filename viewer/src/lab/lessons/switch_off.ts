import type { Lesson } from "./lesson.ts";

/** What a head is good for: exact match without it. */
export const switchOff: Lesson = {
  name: "switch-off",
  settings: { task: "copy", heads: 2, seed: 2 },
  hides: ["choices", "views", "branch", "compare", "share"],
  choices: null,
  checks: [
    { is: "solved" },
    { is: "changed", change: "off", atMost: 1.1 },
    { is: "changed alone", change: "off", atMost: 0.5 },
    { is: "changed alone", change: "uniform", atMost: 0.5 },
    { is: "unchanged" },
  ],
  text: {
    en: {
      title: "Switch off the head",
      about: "A picture shows where a head looks. Whether the model needs it, only an experiment tells: take the head away.",
      steps: [
        "Press Train, and wait until copying is solved. All four heads have a diagonal.",
        "Switch any one head off. The line below the heads shows the share of validation examples still answered correctly.",
        "Find a head whose removal alone costs at least half of exact match.",
        "Set that head to uniform: it now passes on the plain mean of all values it may see.",
        "Switch all heads on again. The parameters never changed: training always uses every head.",
      ],
      look: "Heads with the same pattern can matter very differently. And a head that costs nothing when switched off is not proved useless: another head may do its work.",
    },
    zh: {
      title: "关掉这个头",
      about: "图只说明一个头看哪里。模型是否需要它，要靠实验：把它拿掉。",
      steps: [
        "按“训练”，等模型学会复制。四个头都有一条对角线。",
        "任选一个头关掉。图下方显示仍然完全答对的验证样本占多少。",
        "找出一个头：只关掉它，完全匹配率就至少减半。",
        "把它改成“均匀”：它传递的是可见的所有值的平均。",
        "重新打开所有的头。参数从未改变：训练始终使用所有的头。",
      ],
      look: "注意力图相似的头，重要程度可以相差很大。反过来，关掉一个头没有影响，也不能说明它没用：别的头可能替它完成了工作。",
    },
  },
};
