import { useMemo } from "preact/hooks";
import { isMasked, rowKind } from "../arithmetic.ts";
import { MaskCell, reasonOf, type AttentionRecord } from "../data.ts";
import { bound, sumDigits, trueDigits } from "../digits.ts";
import { isCoarse } from "../drawing/colours.ts";
import { MEASURES, measured } from "../measures.ts";
import { positionOf } from "../parts.ts";
import { visible } from "../tokens.ts";
import type { Words } from "../words/words.ts";
import { usePage } from "./context.ts";
import { Gauge, Token } from "./controls.tsx";
import { strongest, type ReadHead } from "./heads.ts";

export interface Cell {
  readonly query: number;
  readonly key: number;
}

/** What stands in a cell, in true digits, and which keys its query attends to most. */
export function Inspector({
  read,
  cell,
  query,
  choose,
  hint,
}: {
  read: ReadHead;
  cell: Cell | null;
  query: number | null;
  choose(cell: Cell): void;
  hint?: string;
}) {
  const { store, style } = usePage();
  const { words } = style.value;
  const predicts = store.predicts.value;
  const row = cell?.query ?? query;
  return (
    <aside class="inspector" aria-label={words.chosenToken}>
      {cell === null ? (
        row === null && <p class="lead">{hint ?? words.pointHint}</p>
      ) : (
        <CellFacts read={read} cell={cell} predicts={predicts} words={words} />
      )}
      {row !== null && row < read.record.queries && <RowFacts read={read} query={row} choose={choose} words={words} />}
      <HeadFacts read={read} words={words} />
      {predicts && <p class="note">{words.decoderNote}</p>}
    </aside>
  );
}

/** The tokens of a cell, with their positions. */
export function CellName({ record, cell: { query, key }, words }: { record: AttentionRecord; cell: Cell; words: Words }) {
  const named = (word: string, token: string | undefined, at: number) => (
    <div>
      <dt>{word}</dt>
      <dd>
        <Token text={visible(token ?? "")} /> <small>{at}</small>
      </dd>
    </div>
  );
  return (
    <dl class="cell">
      {named(words.queryWord, record.queryTokens[query], positionOf(record, "queries", query))}
      {named(words.keyWord, record.keyTokens[key], positionOf(record, "keys", key))}
    </dl>
  );
}

/** Stands instead of facts while no token is chosen. */
export function TokenHint({ words }: { words: Words }) {
  return (
    <aside class="inspector">
      <p class="lead">{words.pointTokenHint}</p>
    </aside>
  );
}

function CellFacts({ read, cell, predicts, words }: { read: ReadHead; cell: Cell; predicts: boolean; words: Words }) {
  const { record, head } = read;
  const { query, key } = cell;
  const next = record.queryTokens[query + 1];
  const needed = record.alignment?.[query]?.includes(key) === true;
  return (
    <>
      <CellName record={record} cell={cell} words={words} />
      <p class="value">
        <strong data-value>{trueDigits(head.weights[query * record.keys + key]!, head.error[query]!)}</strong>
        <span>{words.weight}</span>
      </p>
      {isMasked(record, query, key) && <p class="remark">{maskedBy(read, cell, words)}</p>}
      {needed && <p class="remark needed">{words.isNeeded}</p>}
      {predicts && (
        <p class="remark">
          <Sentence text={next === undefined ? words.readsLast : words.readsNext} tokens={[record.queryTokens[query] ?? "", next ?? ""]} />
        </p>
      )}
    </>
  );
}

/** Words with tokens in the places of `{0}` and `{1}`. */
function Sentence({ text, tokens }: { text: string; tokens: readonly string[] }) {
  return <>{text.split(/\{(\d)\}/).map((part, at) => (at % 2 === 0 ? part : <Token key={at} text={visible(tokens[Number(part)]!)} />))}</>;
}

function RowFacts({ read, query, choose, words }: { read: ReadHead; query: number; choose(cell: Cell): void; words: Words }) {
  const { record, head } = read;
  const row = head.weights.subarray(query * record.keys, (query + 1) * record.keys);
  const sum = head.sums[query]!;
  const state = rowKind(record, head, query);
  const error = head.error[query]!;
  const unseen = isCoarse(error) ? [...row.keys()].filter((key) => row[key] === 0 && !isMasked(record, query, key)).length : 0;
  return (
    <section>
      <h3>{words.rowTitle}</h3>
      <ol class="ranking">
        {strongest(read, "from", query).map((key) => (
          <li key={key}>
            <button type="button" onClick={() => choose({ query, key })}>
              <Token text={visible(record.keyTokens[key] ?? "")} /> <small>{positionOf(record, "keys", key)}</small>
              <Gauge part={row[key]!} />
              <span class="number">{trueDigits(row[key]!, head.error[query]!, 4)}</span>
            </button>
          </li>
        ))}
      </ol>
      {unseen > 0 && <p class="note">{words.unseenKeys(unseen, bound(error))}</p>}
      <dl class="facts">
        {record.positions !== null && (
          <div>
            <dt>{words.rowShown}</dt>
            <dd data-shown>{trueDigits(total(row), error * row.length, 4)}</dd>
          </div>
        )}
        <div>
          <dt>{words.rowSum}</dt>
          <dd class={state === "one" ? "" : "wrong"}>{state === "one" ? sum.toFixed(3) : sumDigits(sum, 4)}</dd>
        </div>
        <div>
          <dt>{words.rowEntropy}</dt>
          <dd>{words.bits(head.entropies[query]!.toFixed(2))}</dd>
        </div>
      </dl>
      {state === "none" && <p class="remark wrong">{words.sumIsNone}</p>}
      {state === "zero" && <p class="remark wrong">{words.sumIsZero}</p>}
      {state === "other" && <p class="remark wrong">{words.sumIsOther(sumDigits(sum, 4))}</p>}
    </section>
  );
}

/** The numbers by which the model view sorts. */
function HeadFacts({ read, words }: { read: ReadHead; words: Words }) {
  const facts = useMemo(
    () =>
      MEASURES.flatMap((sort) => {
        const found = measured(sort, read.record, read.layer, read.at);
        return found === null
          ? []
          : [{ sort, text: found.offset === undefined ? found.value.toFixed(2) : words.atOffset(found.value.toFixed(2), found.offset) }];
      }),
    [read, words],
  );
  if (facts.length === 0) return null;
  return (
    <section>
      <h3>{words.headFacts}</h3>
      <dl class="facts">
        {facts.map(({ sort, text }) => (
          <div key={sort} title={words.sortHints[sort]}>
            <dt>{words.sorts[sort]}</dt>
            <dd>{sort === "entropy" ? words.bits(text) : text}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function total(row: Float32Array): number {
  return row.reduce((sum, weight) => sum + weight, 0);
}

function maskedBy({ record }: ReadHead, { query, key }: Cell, words: Words): string {
  return words.maskedBy[reasonOf(record.mask?.[query * record.keys + key] ?? MaskCell.masked)];
}

/** A token with its position: tokens repeat. */
export function named(record: AttentionRecord, side: "queries" | "keys", at: number): string {
  const tokens = side === "queries" ? record.queryTokens : record.keyTokens;
  return `${visible(tokens[at] ?? "")} (${positionOf(record, side, at)})`;
}

/** A cell in one sentence, for a screen reader. */
export function sayCell(read: ReadHead, cell: Cell, words: Words): string {
  const { record, head } = read;
  const weight = trueDigits(head.weights[cell.query * record.keys + cell.key]!, head.error[cell.query]!, 4);
  const parts = [words.weightOf(named(record, "queries", cell.query), named(record, "keys", cell.key), weight)];
  if (isMasked(record, cell.query, cell.key)) parts.push(maskedBy(read, cell, words));
  if (record.alignment?.[cell.query]?.includes(cell.key) === true) parts.push(words.isNeeded);
  return parts.join("; ");
}
