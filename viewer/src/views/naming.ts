import type { HeadName, Score } from "../data.ts";
import type { HeadRow, HeadTable } from "../findings.ts";
import type { FindingsColumn } from "../drawing/findings.ts";
import type { Store } from "../state/store.ts";
import { visible } from "../tokens.ts";
import type { Words } from "../words/words.ts";

/** How the titles of scores end that heads have on random tokens which come twice. */
const REPEATED = " on repeated tokens";

/** `L0H2`: a head as commands name it. */
export function layerAndHead({ layer, head }: HeadName, words: Words): string {
  return `${words.layerShort(layer)}${words.headShort(head)}`;
}

/** A head with its kind of attention where there are several. */
export function shortName(head: HeadName, { kinds }: Store, words: Words): string {
  const name = layerAndHead(head, words);
  return kinds.value.length > 1 ? `${words.kindsShort[head.kind]} ${name}` : name;
}

/** What a lens calls a score, a role or a quantity, and what it notes, in the page's language where the page knows it. */
export function termOf(title: string, words: Words): string {
  if (title.endsWith(REPEATED)) return words.onRepeated(termOf(title.slice(0, -REPEATED.length), words));
  if (Object.hasOwn(words.terms, title)) return words.terms[title]!;
  // A note with numbers is known by the rest of it.
  const numbers: string[] = [];
  const rest = title.replace(/-?\d+(?:\.\d+)?/g, (number) => `{${numbers.push(number) - 1}}`);
  if (!Object.hasOwn(words.terms, rest)) return visible(title);
  return words.terms[rest]!.replace(/\{(\d+)\}/g, (_, at: string) => numbers[Number(at)]!.replace("-", "−"));
}

/** What a chart is of; over how many examples stands behind a colon. */
export function chartTitle(title: string, words: Words): string {
  return termOf(title.split(": mean over ")[0]!, words);
}

export function rolesText({ roles }: HeadRow, words: Words): string {
  return roles.map((role) => termOf(role, words)).join(", ");
}

/** The columns with numbers: first what is lost without the head, then these scores of it. */
export function columnsOf(
  table: HeadTable,
  shown: readonly Score[],
  words: Words,
): readonly (FindingsColumn & { readonly hint?: string })[] {
  const changes = (["exact_match_change", "loss_change"] as const).map((name) => ({
    name,
    title: words.changes[name],
    hint: words.changeHints[name],
  }));
  const scores = shown.map(({ name, title }) => ({ name, title: termOf(title, words) }));
  return table.replacements.length === 0 ? scores : [...changes, ...scores];
}
