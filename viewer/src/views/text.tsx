import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { firstQuery, isMasked } from "../arithmetic.ts";
import { trueDigits } from "../digits.ts";
import { lit, textScene, type Passage } from "../drawing/text.ts";
import { attendsToItself, positionOf } from "../parts.ts";
import type { Direction } from "../state/state.ts";
import { visible } from "../tokens.ts";
import { SceneCanvas, useWidth } from "./canvas.tsx";
import { usePage } from "./context.ts";
import { Gauge } from "./controls.tsx";
import { useDrawing } from "./exporting.tsx";
import { numberOf, strongest, useHead, type ReadHead } from "./heads.ts";
import { Inspector, TokenHint } from "./inspector.tsx";
import { sayToken } from "./saying.ts";

/** The tokens as running text: one is chosen, the others light up. */
export function TextView() {
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words } = style;
  const { query, key, direction } = store.seen.value;
  const { value: read, failure } = useHead();
  const [element, width] = useWidth();
  const pointed = useSignal<number | null>(null);
  const kept = direction === "from" ? query : key;
  // Something is lit from the start, or nobody would see what the view is for.
  const chosen =
    pointed.value ??
    kept ??
    (read === null ? null : direction === "from" ? firstQuery(read.record) : (read.record.alignment?.[firstQuery(read.record)]?.[0] ?? 0));

  const passages = useMemo(
    () => (read === null ? [] : passagesOf(read, direction, chosen, words.query[read.record.kind], words.key[read.record.kind])),
    [read, direction, chosen, words],
  );
  const bar = useMemo(() => textScene([], Math.min(280, width), style), [width, style]);
  const name = read === null ? "" : words.headOf(words.kinds[read.record.kind], numberOf(read), read.at);
  useDrawing(
    page,
    read === null
      ? null
      : {
          name: `text-${read.record.kind}_L${numberOf(read)}_H${read.at}`,
          title: `${name} · ${words.directions[direction]}`,
          scene: () => textScene(passages, Math.min(900, Math.max(320, width)), style),
        },
  );
  const keep = (at: number | null) => store.go(direction === "from" ? { query: at, key: null } : { key: at, query: null }, "replace");
  const choices = read === null ? 0 : direction === "from" ? read.record.queries : read.record.keys;
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -choices, End: choices };
    const by = moves[event.key];
    if (by === undefined || read === null) return;
    event.preventDefault();
    const at = Math.min(choices - 1, Math.max(0, (kept ?? chosen ?? -1) + by));
    pointed.value = null;
    keep(at);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("button")[at]?.focus();
    page.spoken.value = sayToken(read, direction, at);
  };
  return (
    <div class="view split">
      <div class="stage" ref={element}>
        <div class="bar">
          <h2>{name}</h2>
        </div>
        <p class="lead">{words.directionHints[direction]}</p>
        {failure !== null && <p class="failure">{words.failure(failure)}</p>}
        {passages.map((passage) => (
          <section key={passage.name} class="passage" dir="ltr" onKeyDown={passage.choosing ? press : undefined}>
            {passage.name !== "" && <h3>{passage.name}</h3>}
            <p>
              {passage.tokens.map((token, at) => {
                const { ground, ink } = lit(passage.weights[at] ?? null, style);
                const look = { background: ground, color: ink };
                const weight = passage.weights[at];
                const said = weight == null ? "" : trueDigits(weight, passage.errors[at]!, 4);
                const marked = at === passage.chosen;
                return passage.choosing ? (
                  <button
                    key={at}
                    type="button"
                    class={marked ? "word chosen" : "word"}
                    style={look}
                    title={said}
                    aria-pressed={at === kept}
                    tabIndex={at === (kept ?? passage.chosen ?? 0) ? 0 : -1}
                    onPointerEnter={(event) => {
                      if (event.pointerType === "mouse") pointed.value = at;
                    }}
                    onPointerLeave={() => (pointed.value = null)}
                    onClick={() => keep(at === kept ? null : at)}
                  >
                    <bdi>{visible(token)}</bdi>
                  </button>
                ) : (
                  <span key={at} class="word" style={look} title={said}>
                    <bdi>{visible(token)}</bdi>
                  </span>
                );
              })}
            </p>
          </section>
        ))}
        {width > 0 && <SceneCanvas scene={bar} />}
      </div>
      {read !== null && direction === "from" && (
        <Inspector
          read={read}
          cell={kept === null || key === null || pointed.value !== null ? null : { query: kept, key }}
          query={chosen}
          choose={({ query, key }) => store.go({ query, key }, "replace")}
          hint={words.pointTokenHint}
        />
      )}
      {read !== null && direction === "to" && <AttendingQueries read={read} at={chosen} />}
    </div>
  );
}

interface Shown extends Passage {
  /** Whether it is here that a token is chosen. */
  readonly choosing: boolean;
  readonly errors: readonly number[];
}

/** Tokens that attend to themselves are one passage, in which a token is chosen and others are highlighted; others are two. */
function passagesOf({ record, head }: ReadHead, direction: Direction, chosen: number | null, queryName: string, keyName: string): Shown[] {
  const cell = (other: number) => (direction === "from" ? chosen! * record.keys + other : other * record.keys + chosen!);
  const masked = (other: number) => (direction === "from" ? isMasked(record, chosen!, other) : isMasked(record, other, chosen!));
  const others = direction === "from" ? record.keys : record.queries;
  const weights = Array.from({ length: others }, (_, other) => (chosen === null || masked(other) ? null : head.weights[cell(other)]!));
  const errors = Array.from({ length: others }, (_, other) => (chosen === null ? 0 : head.error[direction === "from" ? chosen : other]!));
  if (attendsToItself(record)) return [{ name: "", tokens: record.queryTokens, weights, errors, chosen, choosing: true }];
  const dark = { weights: [], errors: [], chosen, choosing: true };
  const lighted = { weights, errors, chosen: null, choosing: false };
  return direction === "from"
    ? [
        { name: queryName, tokens: record.queryTokens, ...dark },
        { name: keyName, tokens: record.keyTokens, ...lighted },
      ]
    : [
        { name: keyName, tokens: record.keyTokens, ...dark },
        { name: queryName, tokens: record.queryTokens, ...lighted },
      ];
}

/** The queries that attend most to a key. */
function AttendingQueries({ read, at }: { read: ReadHead; at: number | null }) {
  const { words } = usePage().style.value;
  const { record, head } = read;
  if (at === null || at >= record.keys) return <TokenHint words={words} />;
  return (
    <aside class="inspector" aria-label={words.chosenToken}>
      <h3>{words.columnTitle}</h3>
      <ol class="ranking">
        {strongest(read, "to", at).map((query) => (
          <li key={query}>
            <span class="entry">
              <bdi class="token">{visible(record.queryTokens[query]!)}</bdi> <small>{positionOf(record, "queries", query)}</small>
              <Gauge part={head.weights[query * record.keys + at]!} />
              <span class="number">{trueDigits(head.weights[query * record.keys + at]!, head.error[query]!, 4)}</span>
            </span>
          </li>
        ))}
      </ol>
    </aside>
  );
}
