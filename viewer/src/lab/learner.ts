import type { Stepped } from "./messages.ts";

/** The `Worker` of `crates/headlight-lab/src/wasm.rs`, as wasm-bindgen makes it. */
export interface Learner {
  handle(request: string, beside: Uint8Array): { readonly json: string; readonly beside: Uint8Array<ArrayBuffer>; free(): void };
  gradients(): Float32Array<ArrayBuffer>;
  /** A {@link Stepped}, as JSON. */
  apply(sum: Float32Array, seconds: number): string;
  count(changes: string): number;
  /** A {@link Stepped}, as JSON. */
  evaluated(right: number): string;
}

export function stepped(json: string): Stepped {
  return JSON.parse(json) as Stepped;
}
