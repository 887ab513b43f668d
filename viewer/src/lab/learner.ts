import type { Step } from "./messages.ts";

/** The `Worker` of `crates/headlight-lab/src/wasm.rs`, as wasm-bindgen makes it. */
export interface Learner {
  handle(request: string, beside: Uint8Array): { readonly json: string; readonly beside: Uint8Array<ArrayBuffer>; free(): void };
  gradients(): Float32Array<ArrayBuffer>;
  apply(sum: Float32Array, seconds: number): string;
  count(changes: string): number;
  evaluated(right: number): string;
}

/** What `apply` and `evaluated` say. */
export type Stepped =
  | { readonly is: "taken"; readonly step: Step; readonly evaluationDue: boolean; readonly done: boolean; readonly solved: boolean }
  | { readonly is: "stopped"; readonly reason: string };

export function stepped(json: string): Stepped {
  return JSON.parse(json) as Stepped;
}
