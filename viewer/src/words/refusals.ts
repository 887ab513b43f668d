import { questionForm } from "./lab/tasks.ts";
import type { Language } from "./language.ts";

type Line = readonly [pattern: RegExp, chinese: (...parts: string[]) => string];

/** The lines with which a worker most often refuses something, as Rust writes them, and each in Chinese. */
const LINES: readonly Line[] = [
  [
    /^unknown token '(.*)'; this run's tokens are the characters (.*)$/s,
    (token, known) => `未知词元 “${token}”；可用的词元是这些字符：${known}`,
  ],
  [
    /^unknown token '(.*)'; this run's tokens are (.*), separated by spaces$/s,
    (token, known) => `未知词元 “${token}”；可用的词元：${known}，以空格分隔。`,
  ],
  [/^not a question of (\S+): give (.*)$/s, (task, form) => `这不是任务 ${task} 的问题，请输入：${inChinese(task, form)}`],
  [/^the input has no token: give (.*)$/s, (form) => `没有输入任何词元，请输入：${exampleIn(form)}`],
  [/^(\d+) heads do not divide a width of (\d+): .*$/, (heads, width) => `${heads} 个头无法均分宽度 ${width}，请改头数或宽度。`],
  [/^sinusoidal positions need an even width, and d_model is (\d+)$/, (width) => `正弦位置编码要求宽度为偶数，而 d_model 是 ${width}。`],
  [
    /^rotary positions need heads of even width, and (\d+) heads share a width of (\d+): .*$/,
    (heads, width) => `旋转位置编码要求每个头的维数为偶数，而宽度 ${width} 分给了 ${heads} 个头，请改头数或宽度。`,
  ],
  [/^alibi positions are for a decoder alone: .*$/, () => "ALiBi 只能用于仅有解码器的模型；有编码器时请选正弦、可学习或旋转。"],
  [
    /^(\S+) is (\S+), but must be from (\S+) to (\S+)$/,
    (name, value, least, most) => `${name} 是 ${value}，但必须在 ${least} 到 ${most} 之间。`,
  ],
  [/^(\S+) is 0, but must be at least 1$/, (name) => `${name} 是 0，但至少为 1。`],
  [/^the task (\S+) needs a file of pairs$/, () => "请先给出文本对。"],
  [/^there are only (\d+) pairs, too few .*$/, (pairs) => `只有 ${pairs} 对文本，不够留出一部分来验证，请再添加一些。`],
  [
    /^there are only (\d+) questions of length (\d+) out of (\d+) symbols, too few .*$/,
    (space, length, symbols) => `${symbols} 种符号、长度 ${length} 只能组成 ${space} 个问题，不够留出一部分来验证，请增大长度或符号数。`,
  ],
  [/^(?:.*: )?line (\d+) has no tab between a source and a target$/, (line) => `第 ${line} 行的源与目标之间没有制表符。`],
  [/^(?:.*: )?line (\d+) has more than one tab$/, (line) => `第 ${line} 行不止一个制表符。`],
  [/^(?:.*: )?holds no pair: .*$/, () => "没有文本对：每行要有源、制表符和目标。"],
  [
    /^training this takes about (\d+) MiB of memory, and the lab has (\d+): .*$/,
    (needed, most) => `训练它约需 ${needed} MiB 内存，而实验室只有 ${most} MiB，请减小批量、长度、宽度、层数或工作线程数。`,
  ],
  [
    /^the attention over (\d+) tokens is too much to show here: .*$/,
    (tokens) => `${tokens} 个词元的注意力太大，无法在此显示，请问得短一些。`,
  ],
];

/** A worker's line in the page's language where it is a common one, and as it is otherwise. */
export function refusalIn(language: Language, line: string): string {
  if (language !== "zh") return line;
  for (const [pattern, chinese] of LINES) {
    const found = pattern.exec(line);
    if (found !== null) return chinese(...found.slice(1));
  }
  return line;
}

function inChinese(task: string, form: string): string {
  const known = questionForm(task);
  const example = /, such as "(.*)"$/s.exec(form)?.[1];
  return known === null ? form : example === undefined ? known : `${known}，例如 “${example}”`;
}

function exampleIn(form: string): string {
  const example = /, such as "(.*)"$/s.exec(form)?.[1];
  return example === undefined ? form : `例如 “${example}”`;
}
