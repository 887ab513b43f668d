import type { Part } from "../lessons/lesson.ts";

/** No text that a person reads beside an experiment is longer. */
export const LONGEST_TEXT = 4000;

/** This address with a task text, and with parts of the page hidden. */
export function exerciseLink(href: string, text: string, hidden: readonly Part[]): string {
  const [base, fragment = ""] = href.split("#") as [string, string?];
  const others = fragment.split("&").filter((part) => part !== "" && !/^(lesson|lesson-text|hide)(=|$)/.test(part));
  const own = [`lesson-text=${encodeURIComponent(text.trim())}`, ...(hidden.length === 0 ? [] : [`hide=${hidden.join(",")}`])];
  return `${base}#${[...others, ...own].join("&")}`;
}
