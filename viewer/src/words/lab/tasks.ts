import type { Language } from "../language.ts";

/** What a task is, in words. */
export interface TaskWords {
  readonly about: string;
  readonly lesson: string;
  readonly lengthCounts: string;
  readonly symbolsAre: string;
}

/** A question and its answer, shorter than those that a model gets. */
const EXAMPLES: Record<string, string> = {
  copy: "3 1 4 → 3 1 4",
  reverse: "3 1 4 → 4 1 3",
  repeat: "x2 3 1 4 → 3 1 4 3 1 4",
  sort: "3 1 4 1 → 1 1 3 4",
  histogram: "a b a a → 3 1 3 3",
  recall: "a 7 b 2 c 9 b a c → 2 7 9",
  induction: "3 1 4 9 2 7 1 → 4 9",
  brackets: "( [ ( ) → ] )",
  addition: "4 8 7 + 1 3 5 → 2 2 6 0",
  dates: "22 Nov 2026 → 2026-11-22",
};

/** In English a task describes itself, but for what it says of a command line, and where a page has room to be exact. */
const ENGLISH: Record<string, Partial<TaskWords>> = {
  copy: {
    lesson:
      "For each token of the answer, one head must look at the same position of the source: a fixed distance back for the decoder alone (when all examples have one length), the plainest cross attention there is with an encoder.",
  },
  reverse: { about: "output the sequence reversed" },
  histogram: { about: "output how often each token occurs" },
  file: {
    lesson:
      "Each line has a source, a tab and a target. Tokens are words, or single characters. One line in eight is held out. The default is an encoder–decoder.",
  },
};

/** In Chinese, by the task's name. */
const CHINESE: Record<string, TaskWords> = {
  copy: {
    about: "把序列复制一遍",
    lesson:
      "每输出一个词元，都要有一个头看源序列的同一位置：只有解码器时，是往回固定的距离（长度固定时）；有编码器时，就是最简单的交叉注意力。",
    lengthCounts: "序列里的符号",
    symbolsAre: "不同的符号",
  },
  reverse: {
    about: "把序列反转后输出",
    lesson: "查询与键的位置之和处处相同，所以对角线朝另一个方向。实测两种模型学会它所用的步数与复制差不多。",
    lengthCounts: "序列里的符号",
    symbolsAre: "不同的符号",
  },
  repeat: {
    about: "按要求把序列输出一、二或三遍",
    lesson: "每输出一遍，对角线都从头开始，而且答案要自己结束。有编码器时，答案开始之前源序列已整个读完；只有解码器时，实测要两倍的步数。",
    lengthCounts: "要重复的序列里的符号",
    symbolsAre: "不同的符号",
  },
  sort: {
    about: "把序列从小到大输出",
    lesson: "该看哪里，取决于有多少符号更小。在编码器里，每个词元可以数出它们，于是知道自己在答案里的位置；只有解码器也学得会。",
    lengthCounts: "序列里的符号",
    symbolsAre: "不同的符号",
  },
  histogram: {
    about: "输出每个词元出现的次数",
    lesson:
      "注意力求的是均值，而均值不会计数：头是靠相同的词元给 BOS 留下多少权重来计数的。SEP 之后问题再读一遍，这样每个词元都能看到整个问题。",
    lengthCounts: "序列里的符号",
    symbolsAre: "不同的字母",
  },
  recall: {
    about: "给出所问的键对应的值",
    lesson:
      "第一层的一个头把键写到值旁边，第二层的一个头去找带着所问键的值：需要两层。SEP 之后，模型读到的是下一个被问的键，而不是自己的答案。",
    lengthCounts: "键值对",
    symbolsAre: "不同的键，值也有同样多种",
  },
  induction: {
    about: "序列重现时，像上次那样接下去",
    lesson: "模型要找上次出现处的后一个词元：这叫归纳头，由两层里的两个头合成。问题和答案是一个序列，所以只能用解码器。",
    lengthCounts: "重现之前的符号",
    symbolsAre: "不同的符号",
  },
  brackets: {
    about: "把没闭合的括号闭合",
    lesson: "哪个括号还没闭合，取决于后面的所有括号，所以模型要先数深度再去看。有编码器时，每个括号都能看到自己后来有没有闭合。",
    lengthCounts: "要读的括号",
    symbolsAre: "括号的种类",
  },
  addition: {
    about: "两数相加，从个位写起",
    lesson:
      "每次该看的地方都一样：这一位的两个数字，再加上低一位的两个，用来算进位。求和本身是前馈层的事。用编码器；只有解码器时，实测两个种子里只有一个学会，而且很慢。",
    lengthCounts: "每个数的位数",
    symbolsAre: "不同的数字",
  },
  dates: {
    about: "把中英文日期写成 2026-11-22 的样子",
    lesson: "年、月、日的顺序随写法而不同，所以编码器要弄清哪段是什么，解码器再去找要写的那一部分：一次小小的翻译。",
    lengthCounts: "最长的问题里的词元",
    symbolsAre: "不同的符号",
  },
  file: {
    about: "学习你自己的文本对",
    lesson: "文本文件每行一对：源、制表符、目标。词元是词，也可以是单个字符。每八行留出一行。默认是编码器–解码器。",
    lengthCounts: "最长的问题里的词元",
    symbolsAre: "不同的符号",
  },
};

/** A task in the page's language, where the page knows it; as it describes itself otherwise. */
export function taskWords(task: TaskWords & { readonly name: string }, language: Language): TaskWords {
  const known = language === "zh" ? CHINESE : ENGLISH;
  return { ...task, ...(Object.hasOwn(known, task.name) ? known[task.name] : {}) };
}

/** What a question looks like, in Chinese; in English a run says it. */
const CHINESE_QUESTIONS: Record<string, string> = {
  copy: "若干符号",
  reverse: "若干符号",
  repeat: "x1、x2 或 x3，然后是若干符号",
  sort: "若干符号",
  histogram: "若干字母",
  recall: "若干互不相同的键，每个键后面是它的值；然后再写其中几个键",
  induction: "若干互不相同的符号，然后再写其中一个（不能是最后一个）",
  brackets: "若干括号，其中一至四个尚未闭合，也没有先闭合后打开的",
  addition: "两个位数相同的数，中间写 +",
  dates: "一个日期，如 22 Nov 2026、22 November 2026、Nov 22, 2026、November 22, 2026 或 2026年11月22日",
  file: "文本对里的词元",
};

/** The form of a question of a task, in Chinese; null where it is not known. */
export function questionForm(task: string): string | null {
  return Object.hasOwn(CHINESE_QUESTIONS, task) ? CHINESE_QUESTIONS[task]! : null;
}

export function exampleOf(task: string): string | null {
  return Object.hasOwn(EXAMPLES, task) ? EXAMPLES[task]! : null;
}
