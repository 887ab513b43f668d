/** What the lab says when something could not be done as it was asked: one line each. What a worker says comes from Rust, in English. */
const en = {
  addressTooLong: "The address is too long; what it says about the training was left out.",
  addressVersion: (version: string) => `The address was made by another version of this page (v=${version}); what it says was left out.`,
  addressParts: (names: readonly string[]) =>
    `Ignored ${names.length === 1 ? "an invalid value" : "invalid values"} in the address: ${names.join(", ")}.`,
  outOfSteps: (steps: number) => `Not solved within ${steps} steps (the maximum set).`,
  crashed: (reason: string) => `Training crashed: ${reason}`,
  killed: "the browser terminated the worker",
  noWorker: (reason: string) => `This browser cannot run the training: ${reason}`,
  fileTooLarge: (name: string, megabytes: number) => `${name} is larger than ${megabytes} MB and was not read.`,
  notText: (name: string) => `${name} is neither a run saved as a zip nor a text file of pairs.`,
};

const zh: typeof en = {
  addressTooLong: "网址过长，其中关于训练的内容未被采用。",
  addressVersion: (version) => `该网址由本页面的另一版本生成（v=${version}），其内容未被采用。`,
  addressParts: (names) => `网址中 ${names.join("、")} 的值无效，未被采用。`,
  outOfSteps: (steps) => `已达到设定的最大步数 ${steps}，尚未学会。`,
  crashed: (reason) => `训练意外中止：${reason}`,
  killed: "浏览器终止了工作线程",
  noWorker: (reason) => `此浏览器无法运行训练：${reason}`,
  fileTooLarge: (name, megabytes) => `${name} 超过 ${megabytes} MB，未读取。`,
  notText: (name) => `${name} 既不是保存的训练（zip），也不是文本对。`,
};

export type Notices = typeof en;

export function noticesOf(language: string): Notices {
  return /^zh\b/i.test(language) ? zh : en;
}
