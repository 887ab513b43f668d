import { fromBase64 } from "../data/blocks.ts";
import type { Catalogue } from "./messages.ts";
import { VERSION } from "./messages.ts";

/** What workers are made of: a script and the training compiled to WebAssembly. Compiled once, for all of them. */
export interface Program {
  readonly module: WebAssembly.Module;
  readonly script: string;
}

/** What can be chosen, as this page says it. */
export function readCatalogue(): Catalogue {
  const catalogue = JSON.parse(textOf("catalogue")) as Catalogue;
  if (catalogue.version !== VERSION) throw new Error(`its data has version ${catalogue.version}, and not ${VERSION}`);
  return catalogue;
}

/** Unpacks and compiles what the page carries, both at once. */
export async function readProgram(): Promise<Program> {
  const script = URL.createObjectURL(new Blob([textOf("worker")], { type: "text/javascript" }));
  const wasm = new Blob([fromBase64(textOf("wasm"))]).stream().pipeThrough(new DecompressionStream("gzip"));
  const response = new Response(wasm, { headers: { "content-type": "application/wasm" } });
  return { module: await WebAssembly.compileStreaming(response), script };
}

function textOf(id: string): string {
  const text = document.getElementById(id)?.textContent;
  if (!text) throw new Error(`its ${id} is missing`);
  return text;
}
