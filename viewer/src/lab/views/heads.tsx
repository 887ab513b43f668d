import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { AttentionRecord, HeadName } from "../../data.ts";
import { headPicture } from "../../drawing/model.ts";
import { headTable, type HeadTable, sameHead } from "../../findings.ts";
import { nearest, recordOf } from "../../state/store.ts";
import { SceneCanvas, useWidth } from "../../views/canvas.tsx";
import { usePage } from "../../views/context.ts";
import { chooseHead } from "../../views/moving.ts";
import { layerAndHead, rolesText, shortName, termOf } from "../../views/naming.ts";
import { Kinds } from "../../views/viewer.tsx";
import type { Run } from "../session.ts";
import { useLab } from "./context.ts";
import { Different } from "./different.tsx";
import { RunTitle } from "./runs.tsx";
import type { Chosen } from "./setting.tsx";
import { HeadSwitch, Without } from "./switches.tsx";

/** What may be different about a model beside another. */
const COMPARED: readonly Chosen[] = [
  "layers",
  "heads",
  "dModel",
  "architecture",
  "positions",
  "norm",
  "activation",
  "learningRate",
  "batchSize",
  "dropout",
  "schedule",
  "length",
  "symbols",
  "dFf",
  "seed",
];

/** All heads at a glance, each with its switch; of two models side by side, the first stays on the left whichever is shown. */
export function Heads() {
  const lab = useLab();
  const { session } = lab;
  const { store } = usePage();
  const words = lab.words.value;
  const comparing = useSignal(false);
  const [shown, beside] = [session.shown.value, session.beside.value];
  return (
    <section class={`heads ${beside === null ? "" : "two"}`} aria-label={words.heads}>
      <div class="bar">
        <h2 title={words.headsHint}>{words.heads}</h2>
        <Kinds />
        {!lab.hides("compare") &&
          (beside === null ? (
            <button
              type="button"
              class="button"
              title={words.compareHint}
              aria-expanded={comparing.value}
              onClick={() => (comparing.value = !comparing.value)}
            >
              {words.compare}
            </button>
          ) : (
            <button type="button" class="button" onClick={() => session.compare({})}>
              {words.closeBeside}
            </button>
          ))}
      </div>
      {comparing.value && beside === null && (
        <Different
          title={words.compareWith}
          settings={session.shown.value.settings.value}
          names={COMPARED}
          action={words.startBeside}
          act={(different) => {
            comparing.value = false;
            session.compare(different);
          }}
          cancel={() => (comparing.value = false)}
        />
      )}
      <div class="grids">
        {beside !== null && beside.number < shown.number && <Beside run={beside} />}
        <Grid key={shown.number} run={shown} record={store.record.value} table={store.table.value} titled={beside !== null} />
        {beside !== null && beside.number > shown.number && <Beside run={beside} />}
      </div>
      {!lab.hides("switches") && <Without />}
    </section>
  );
}

/** The other model, at the step that is shown of the first. */
function Beside({ run }: { run: Run }) {
  const { store } = usePage();
  const dataset = run.dataset.value;
  const findings = dataset?.findings;
  const table = useMemo(() => (findings === undefined ? null : headTable(findings)), [findings]);
  if (dataset === null || dataset.records.length === 0) return null;
  const moment = dataset.records[nearest(dataset.records, store.state.value.step)]!;
  const record = recordOf(moment, store.record.value.kind) ?? moment.records[0]!;
  return <Grid run={run} record={record} table={table} titled />;
}

interface Given {
  readonly run: Run;
  readonly record: AttentionRecord;
  readonly table: HeadTable | null;
  /** Whether it must be said which run it is. */
  readonly titled: boolean;
}

/** Narrower than this, a head has no room for a switch with words. */
const ROOMY = 96;
const GAP = 10;
const LARGEST = 168;

/** A row of heads for each layer, or several where they do not fit. */
function Grid({ run, record, table, titled }: Given) {
  const { session } = useLab();
  const { words } = usePage().style.value;
  const [element, width] = useWidth();
  const shown = run === session.shown.value;
  const least = width < 420 ? 66 : ROOMY;
  const fit = Math.max(1, Math.floor((width + GAP) / (least + GAP)));
  // Rows of one length: 8 heads where 5 fit are two rows of 4.
  const columns = Math.ceil(record.heads / Math.ceil(record.heads / fit));
  const side = Math.min(LARGEST, Math.floor((width + GAP) / columns) - GAP);
  return (
    <div class="grid" ref={element}>
      {titled && <RunTitle run={run} />}
      {width > 0 &&
        Array.from({ length: record.layers }, (_, layer) => (
          <div key={layer} class="layer" role="group" aria-label={words.layerName(layer)}>
            <div class="row" style={{ gridTemplateColumns: `repeat(${columns}, ${side}px)`, gap: `${GAP}px` }}>
              {Array.from({ length: record.heads }, (_, head) => (
                <Card
                  key={head}
                  record={record}
                  head={{ kind: record.kind, layer, head }}
                  side={side}
                  table={table}
                  shown={shown}
                  run={run}
                />
              ))}
            </div>
          </div>
        ))}
    </div>
  );
}

interface CardGiven {
  readonly run: Run;
  readonly record: AttentionRecord;
  readonly head: HeadName;
  readonly side: number;
  readonly table: HeadTable | null;
  readonly shown: boolean;
}

/** One head: its picture, its name, its role, its switch. */
function Card({ run, record, head, side, table, shown }: CardGiven) {
  const lab = useLab();
  const { session } = lab;
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words } = style;
  const scene = useMemo(() => headPicture(record, head.layer, head.head, side - 8, style), [record, head.layer, head.head, side, style]);
  const seen = store.seen.value;
  const chosen = shown && sameHead(head, { kind: record.kind, layer: seen.layer, head: seen.head });
  const change = session.changes.value.find((each) => sameHead(each.head, head))?.change ?? null;
  const row = table?.rows.find((each) => sameHead(each.head, head));
  const roles = row === undefined ? "" : rolesText(row, words);
  // Of several roles there is room for the first, which tells most of the head.
  const first = row?.roles[0];
  const role = first === undefined ? "" : first === "needed keys" ? lab.words.value.aligned : termOf(first, words);
  const full = words.headName(head.layer, head.head);
  const look = () => {
    if (!shown) session.show(run.number);
    chooseHead(page, head);
    if (["model", "findings"].includes(store.state.peek().view)) store.go({ view: "head" }, "replace");
  };
  return (
    <div class={`card ${chosen ? "chosen" : ""} ${change ?? ""}`} data-head={layerAndHead(head, words)}>
      <button
        type="button"
        class="look"
        aria-label={roles === "" ? full : `${full}, ${roles}`}
        aria-current={chosen}
        title={roles}
        onClick={look}
      >
        <SceneCanvas scene={scene} />
        <span class="who" aria-hidden="true">
          {shortName(head, store, words).split(" ").at(-1)}
        </span>
        <span class="role" aria-hidden="true">
          {role}
        </span>
      </button>
      {!lab.hides("switches") && shown && <HeadSwitch head={head} name={full} roomy={side >= ROOMY} />}
    </div>
  );
}
