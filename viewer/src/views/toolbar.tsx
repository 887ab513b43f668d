import { COUNTS, SORTS, THRESHOLDS, type Sort } from "../state/state.ts";
import { usePage } from "./context.ts";
import { Button, Segments, Select } from "./controls.tsx";
import { SaveButtons } from "./exporting.tsx";
import { Filters } from "./filters.tsx";
import { numberOf } from "./heads.ts";
import { stepHead } from "./moving.ts";
import { TextsPicker } from "./texts.tsx";

/** What the view shows: which head, in which order, which way. */
export function Toolbar() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { view } = store.seen.value;
  return (
    <div class="toolbar">
      {view === "model" ? <Order /> : view === "findings" ? <Filters /> : <HeadPicker />}
      {view !== "findings" && <TextsPicker />}
      {view === "text" && (
        <Segments
          name={words.direction}
          choices={(["from", "to"] as const).map((value) => ({ value, text: words.directions[value], hint: words.directionHints[value] }))}
          chosen={store.seen.value.direction}
          choose={(direction) => store.go({ direction })}
        />
      )}
    </div>
  );
}

/** How it is drawn, and the save buttons. On a narrow screen they stand below the drawing. */
export function Tools() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { view, scale } = store.seen.value;
  return (
    <div class="toolbar tools" role="group" aria-label={words.settings}>
      {view !== "steps" && view !== "findings" && <Threshold />}
      {view !== "findings" && (
        <Select
          name={words.scale}
          choices={(["linear", "log"] as const).map((value) => ({ value, text: words.scales[value] }))}
          chosen={scale}
          choose={(scale) => store.go({ scale }, "replace")}
        />
      )}
      <SaveButtons />
    </div>
  );
}

function HeadPicker() {
  const page = usePage();
  const { store, style } = page;
  const { words } = style.value;
  const record = store.record.value;
  const { layer, head, view } = store.seen.value;
  const layers = record.layerNumbers.map((number, at) => ({ value: String(at), text: String(number) }));
  const heads = Array.from({ length: record.heads }, (_, at) => ({ value: String(at), text: String(at) }));
  return (
    <div class="picker" role="group" aria-label={words.headName(numberOf({ record, layer }), head)}>
      <Select name={words.layer} choices={layers} chosen={String(layer)} choose={(value) => store.go({ layer: Number(value) })} />
      {view !== "lines" && (
        <>
          <Select name={words.head} choices={heads} chosen={String(head)} choose={(value) => store.go({ head: Number(value) })} />
          <Button name={words.previousHead} press={() => stepHead(page, -1)}>
            ‹
          </Button>
          <Button name={words.nextHead} press={() => stepHead(page, 1)}>
            ›
          </Button>
        </>
      )}
    </div>
  );
}

function Threshold() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { threshold } = store.seen.value;
  const at = THRESHOLDS.findLastIndex((value) => value <= threshold);
  const text = threshold === 0 ? words.thresholdOff : `≥ ${threshold}`;
  return (
    <label class="range">
      <span class="name">{words.threshold}</span>
      <input
        type="range"
        min={0}
        max={THRESHOLDS.length - 1}
        step={1}
        value={at}
        aria-valuetext={text}
        onInput={(event) => store.go({ threshold: THRESHOLDS[Number(event.currentTarget.value)]! }, "replace")}
      />
      <span class="reads">{text}</span>
    </label>
  );
}

/** How heads are ordered, and how many of them are shown. */
function Order() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { sort, most } = store.seen.value;
  const record = store.record.value;
  const sorts = SORTS.filter((each) => each !== "alignment" || record.alignment !== null);
  const counts = COUNTS.filter((count) => count < record.layers * record.heads);
  return (
    <>
      <Select<Sort>
        name={words.sort}
        choices={sorts.map((value) => ({ value, text: words.sorts[value], hint: words.sortHints[value] }))}
        chosen={sort}
        choose={(sort) => store.go({ sort, most: sort === "layer" ? null : most })}
      />
      {sort !== "layer" && counts.length > 0 && (
        <Select
          name={words.most}
          choices={[{ value: "", text: words.mostAll }, ...counts.map((count) => ({ value: String(count), text: words.mostFirst(count) }))]}
          chosen={most === null ? "" : String(most)}
          choose={(value) => store.go({ most: value === "" ? null : Number(value) })}
        />
      )}
    </>
  );
}
