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
    { is: "changed", change: "off", atMost: 0.5 },
    { is: "changed", change: "uniform", atMost: 0.5 },
    { is: "unchanged" },
  ],
  text: {
    en: {
      title: "Switch off the head",
      about: "A picture shows where a head looks. Whether the model needs it, only an experiment tells: take the head away.",
      steps: [
        "Press Train, and wait until copying is solved. All four heads have a diagonal.",
        "Switch any one head off. The line below the heads says how many of the validation examples are still answered rightly.",
        "Find the head without which at least half of the exact match is lost.",
        "Set that head to uniform instead: it still passes on what it sees, but no longer chooses where to look.",
        "Switch all heads on again. The model was never changed: training does not know of the switches.",
      ],
      look: "Heads that look the same are not missed the same. Where a head looks does not say that the answer depends on it.",
    },
    zh: {
      title: "关掉这个头",
      about: "图只说明一个头看哪里。模型是否需要它，要靠实验：把它拿掉。",
      steps: [
        "按“训练”，等模型学会照抄。四个头都有一条对角线。",
        "任选一个头关掉。头下面的一行会说，验证样本里还有多少答得全对。",
        "找出这样的头：没有它，完全匹配至少丢掉一半。",
        "把那个头改成“均匀”：它仍把看到的传下去，但不再选择看哪里。",
        "把所有头重新打开。模型本身从未改变：训练并不知道这些开关。",
      ],
      look: "看上去一样的头，少了它们的后果并不一样。一个头看哪里，并不说明答案取决于它。",
    },
  },
};
