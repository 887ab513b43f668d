import type { Head } from "../data.ts";

/** Decoded weights are kept up to so many, those looked at last. */
const CELLS = 32_000_000;

/** Heads that were decoded, or are being. */
export class HeadCache {
  readonly #heads = new Map<string, { readonly head: Promise<Head>; readonly cells: number }>();
  #cells = 0;

  /** The head of this name, which `decode` gives if it is not there. */
  get(name: string, cells: number, decode: () => Promise<Head>): Promise<Head> {
    const known = this.#heads.get(name);
    const entry = known ?? { head: decode(), cells };
    if (known) this.#heads.delete(name);
    else this.#cells += cells;
    this.#heads.set(name, entry); // a map keeps the order in which entries came: the oldest is the first
    for (const [oldest, { cells }] of this.#heads) {
      if (this.#cells <= CELLS || oldest === name) break;
      this.#heads.delete(oldest);
      this.#cells -= cells;
    }
    return entry.head;
  }
}
