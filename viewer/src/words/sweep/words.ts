import type { en } from "./en.ts";

/** All that a language must say of a sweep. */
export type SweepWords = typeof en;
