import type { en } from "./en.ts";

/** All that a language must say of the lab beside what the viewer says. */
export type LabWords = typeof en;
