import type { Notices } from "../words/notices.ts";

/** What the user opened: a run that was saved as a zip, or a text of pairs. It stays in the browser. */
export type Opened =
  | { readonly is: "run"; readonly zip: ArrayBuffer }
  | { readonly is: "pairs"; readonly text: string }
  | { readonly is: "refused"; readonly line: string };

/** No file of pairs that a page can learn from, and no run that it made, is nearly so large. */
const MOST = { pairs: 1, run: 256 };
/** How a zip begins. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

export async function readFile(file: Blob, words: Notices): Promise<Opened> {
  const name = file instanceof File ? file.name.replace(/[\p{C}]/gu, "").slice(0, 80) : "";
  const start = new Uint8Array(await file.slice(0, ZIP.length).arrayBuffer());
  const kind = ZIP.every((byte, at) => start[at] === byte) ? "run" : "pairs";
  if (file.size > MOST[kind] << 20) return { is: "refused", line: words.fileTooLarge(name, MOST[kind]) };
  const bytes = await file.arrayBuffer();
  if (kind === "run") return { is: "run", zip: bytes };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    if (text.trim() !== "" && !text.includes("\0")) return { is: "pairs", text };
  } catch {
    // not UTF-8
  }
  return { is: "refused", line: words.notText(name) };
}
