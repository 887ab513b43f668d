import assert from "node:assert/strict";
import { test } from "node:test";
import { refusalIn } from "../../src/words/refusals.ts";

test("what a worker often refuses is said in Chinese, with what was asked for", () => {
  const lines: [string, string][] = [
    ["unknown token 'x'; this run's tokens are 0 … 15, separated by spaces", "未知词元 “x”；可用的词元：0 … 15，以空格分隔。"],
    [
      "3 heads do not divide a width of 64: choose at least one head, and a d_model that is a multiple of the heads",
      "3 个头无法均分宽度 64，请改头数或宽度。",
    ],
    [
      'not a question of addition: give two numbers of the same count of digits, with + between them, such as "4 8 7 + 1 3 5"',
      "这不是任务 addition 的问题，请输入：两个位数相同的数，中间写 +，例如 “4 8 7 + 1 3 5”",
    ],
    ["length is 99, but must be from 1 to 64", "length 是 99，但必须在 1 到 64 之间。"],
    [
      "there are only 1 pairs, too few to hold some out and still train on the others: add some to the file",
      "只有 1 对文本，不够留出一部分来验证，请再添加一些。",
    ],
    [
      "training this takes about 2000 MiB of memory, and the lab has 1000: choose a smaller batch, length, width or number of layers, or fewer workers",
      "训练它约需 2000 MiB 内存，而实验室只有 1000 MiB，请减小批量、长度、宽度、层数或工作线程数。",
    ],
  ];
  for (const [line, chinese] of lines) {
    assert.equal(refusalIn("zh", line), chinese);
    assert.equal(refusalIn("en", line), line);
  }
  assert.equal(refusalIn("zh", "the device failed: lost"), "the device failed: lost");
});
