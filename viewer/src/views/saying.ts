import { focusOf, type Focus } from "../drawing/lines.ts";
import { trueDigits } from "../digits.ts";
import type { Direction } from "../state/state.ts";
import type { Words } from "../words/words.ts";
import type { Page } from "./context.ts";
import { numberOf, shownHeads, strongest, type ReadHead } from "./heads.ts";
import { named, sayCell } from "./inspector.tsx";

let last = 0;

/** Tells a screen reader what a key changed, and what is now where something was chosen. */
export async function announce(page: Page, changed: "view" | "kind" | "head" | "step"): Promise<void> {
  const mine = ++last;
  const { store } = page;
  const { words } = page.style.value;
  const record = store.record.value;
  const { view, layer, head: at } = store.seen.value;
  const { step } = store.moment.value;
  const names = {
    view: words.views[view],
    kind: words.kinds[record.kind],
    head: words.headName(numberOf({ record, layer }), at),
    step: step === null ? words.lastStep : words.stepOf(step),
  };
  page.spoken.value = names[changed];
  const chosen = await sayChosen(page);
  if (mine === last && chosen !== "") page.spoken.value = `${names[changed]}; ${chosen}`;
}

/** What the view shows of the chosen cell or token; nothing where there is none, or where a failure is shown instead. */
async function sayChosen({ store, style }: Page): Promise<string> {
  const { words } = style.value;
  const record = store.record.value;
  const { view, layer, head, query, key, hidden, direction } = store.seen.value;
  const read = async (at: number): Promise<ReadHead> => ({ record, layer, at, head: await record.head(layer, at) });
  try {
    if (view === "lines") {
      const focus = focusOf({ query, key });
      const shown = shownHeads(record, hidden);
      return focus === null ? "" : sayLines(await Promise.all(shown.map(read)), focus, words);
    }
    if (view === "text") {
      const at = direction === "from" ? query : key;
      return at === null ? "" : sayToken(await read(head), direction, at);
    }
    return view === "model" || view === "findings" || query === null || key === null
      ? ""
      : sayCell(await read(head), { query, key }, words);
  } catch {
    return "";
  }
}

/** The chosen token and its three strongest partners. */
export function sayToken(read: ReadHead, direction: Direction, at: number): string {
  return `${named(read.record, direction === "from" ? "queries" : "keys", at)}: ${partners(read, direction, at, 3)}`;
}

/** The token whose lines are drawn, and its strongest partners in each head. */
export function sayLines(heads: readonly ReadHead[], { side, at }: Focus, words: Words): string {
  const record = heads[0]?.record;
  if (record === undefined) return words.noHeads;
  const token = side === "query" ? `${words.queryWord} ${named(record, "queries", at)}` : `${words.keyWord} ${named(record, "keys", at)}`;
  const each = heads.map((read) => `${words.head} ${read.at}: ${partners(read, side === "query" ? "from" : "to", at, 2)}`);
  return [token, ...each].join("; ");
}

function partners(read: ReadHead, direction: Direction, at: number, most: number): string {
  const { record, head } = read;
  const found = strongest(read, direction, at).slice(0, most);
  if (found.length === 0) return "0";
  return found
    .map((other) => {
      const [query, key] = direction === "from" ? [at, other] : [other, at];
      return `${named(record, direction === "from" ? "keys" : "queries", other)} ${trueDigits(head.weights[query * record.keys + key]!, head.error[query]!, 3)}`;
    })
    .join(", ");
}
