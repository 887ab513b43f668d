import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { firstQuery, isMasked, steps, type Steps } from "../arithmetic.ts";
import type { Projections } from "../data.ts";
import { atMost, signed, trueDigits } from "../digits.ts";
import { productsDrawing, stepsDrawing } from "../drawing/steps.ts";
import type { Shape } from "../drawing/scene.ts";
import { visible } from "../tokens.ts";
import { SceneCanvas, useRoom, useWidth } from "./canvas.tsx";
import { usePage } from "./context.ts";
import { Select } from "./controls.tsx";
import { useDrawing } from "./exporting.tsx";
import { numberOf, useHead, type ReadHead } from "./heads.ts";
import { CellName, TokenHint, sayCell } from "./inspector.tsx";

/** How one query's attention weights are computed. */
export function StepsView() {
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words, palette } = style;
  const { value: read, failure } = useHead();
  const [element, width] = useWidth();
  const room = useRoom();
  const pointed = useSignal<number | null>(null);
  const { key } = store.seen.value;
  const query = store.seen.value.query ?? (read === null ? 0 : firstQuery(read.record));

  const done = useMemo(() => {
    const projections = read?.head.projections ?? null;
    return read === null || projections === null ? null : steps(read.record, read.head, projections, query);
  }, [read, query]);
  const drawing = useMemo(
    () => (read === null || width === 0 ? null : stepsDrawing(read.record, read.head, query, done, width, room, style)),
    [read, query, done, width, room, style],
  );
  const name = read === null ? "" : words.headOf(words.kinds[read.record.kind], numberOf(read), read.at);
  const label = read === null ? "" : visible(read.record.queryTokens[query] ?? "");
  useDrawing(
    page,
    drawing &&
      read && {
        name: `steps-${read.record.kind}_L${numberOf(read)}_H${read.at}_Q${query}`,
        title: `${name} · ${words.chooseQuery} ${label} (${query})`,
        scene: () => drawing.scene,
      },
  );

  const shown = pointed.value ?? key ?? (read === null ? null : strongestKey(read, query));
  const over: Shape[] = [];
  if (drawing !== null && shown !== null) {
    const column = drawing.columnOf(shown);
    over.push({ shape: "box", ...column, fill: palette.accent, opacity: 0.12 });
    over.push({ shape: "box", ...column, stroke: palette.accent, thickness: 1.5 });
  }
  const press = (event: KeyboardEvent) => {
    if (read === null) return;
    const { queries, keys } = read.record;
    const within = (at: number, end: number) => Math.min(end - 1, Math.max(0, at));
    const from = shown ?? 0;
    const change = {
      ArrowLeft: { query, key: within(from - 1, keys) },
      ArrowRight: { query, key: within(from + 1, keys) },
      ArrowUp: { query: within(query - 1, queries), key },
      ArrowDown: { query: within(query + 1, queries), key },
    }[event.key];
    if (change === undefined) return;
    event.preventDefault();
    pointed.value = null;
    store.go(change, "replace");
    page.spoken.value = sayCell(read, { query: change.query, key: change.key ?? strongestKey(read, change.query) }, words);
  };
  const keyUnder = (event: { currentTarget: EventTarget; clientX: number }) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return drawing?.keyAt(event.clientX - box.left) ?? null;
  };
  return (
    <div class="view split">
      <div class="stage">
        <div class="bar">
          <h2>{name}</h2>
          {read !== null && (
            <Select
              name={words.chooseQuery}
              choices={read.record.queryTokens.map((token, at) => ({ value: String(at), text: `${at}  ${visible(token).slice(0, 40)}` }))}
              chosen={String(query)}
              choose={(value) => store.go({ query: Number(value) }, "replace")}
            />
          )}
        </div>
        {failure !== null && <p class="failure">{words.failure(failure)}</p>}
        {read !== null && done === null && <p class="lead boxed">{words.stepsMissing}</p>}
        <div ref={element} class="measure">
          {drawing !== null && (
            <div
              class="plot scroll"
              tabIndex={0}
              role="application"
              aria-roledescription="steps"
              aria-label={words.stepsName(name)}
              onKeyDown={press}
            >
              <div
                class="hit"
                onPointerMove={(event) => (pointed.value = keyUnder(event))}
                onPointerLeave={() => (pointed.value = null)}
                onClick={(event) => {
                  const at = keyUnder(event);
                  if (at !== null) store.go({ query, key: at === key ? null : at }, "replace");
                }}
              >
                <SceneCanvas scene={drawing.scene} over={over} />
              </div>
            </div>
          )}
        </div>
      </div>
      {read !== null && <KeyFacts read={read} query={query} at={shown} done={done} />}
    </div>
  );
}

function strongestKey({ record, head }: ReadHead, query: number): number {
  const row = head.weights.subarray(query * record.keys, (query + 1) * record.keys);
  return row.reduce((best, weight, key) => (weight > row[best]! ? key : best), 0);
}

/** One key's number at every step. */
function KeyFacts({ read, query, at, done }: { read: ReadHead; query: number; at: number | null; done: Steps | null }) {
  const { store, style } = usePage();
  const { words } = style.value;
  const { record, head } = read;
  if (at === null || at >= record.keys) return <TokenHint words={words} />;
  const rows: [string, string][] = [];
  if (done !== null) {
    const { errors } = done;
    const scaled = signed(done.scaled[at]!, errors.scaled[at]!, 4);
    const biased = done.biased === null ? null : signed(done.biased[at]!, errors.biased![at]!, 4);
    rows.push([words.stepsOf.scores, signed(done.scores[at]!, errors.scores[at]!, 4)], [words.stepsOf.scaled, scaled]);
    if (biased !== null) rows.push([words.stepsOf.biased, biased]);
    rows.push([words.stepsOf.masked, isMasked(record, query, at) ? "−∞" : (biased ?? scaled)]);
  }
  rows.push([words.stepsOf.weights, trueDigits(head.weights[query * record.keys + at]!, head.error[query]!)]);
  return (
    <aside class="inspector" aria-label={words.chosenToken}>
      <CellName record={record} cell={{ query, key: at }} words={words} />
      <dl class="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {head.projections !== null && <Products projections={head.projections} query={query} at={at} />}
      {done !== null && (
        <p class="note">{(done.apart < 1e-3 + head.error[query]! ? words.stepsChecked : words.stepsApart)(atMost(done.apart))}</p>
      )}
      {store.predicts.value && <p class="note">{words.decoderNote}</p>}
    </aside>
  );
}

/** The score, term by term. */
function Products({ projections, query, at }: { projections: Projections; query: number; at: number }) {
  const style = usePage().style.value;
  const { dHead } = projections;
  const row = (values: Float32Array, position: number) => values.subarray(position * dHead, (position + 1) * dHead);
  const scene = useMemo(
    () => productsDrawing(row(projections.query, query), row(projections.key, at), 236, style),
    [projections, query, at, style],
  );
  return (
    <section>
      <h3>{style.words.products}</h3>
      <SceneCanvas scene={scene} />
    </section>
  );
}
