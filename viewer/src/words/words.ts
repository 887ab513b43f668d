import type { en } from "./en.ts";

/** All that a language must say; a missing word does not compile. */
export type Words = typeof en;
