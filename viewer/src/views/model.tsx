import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { modelGrid, modelList, type Listed, type Panel } from "../drawing/model.ts";
import { descends, type Measured } from "../measures.ts";
import { usePage } from "./context.ts";
import { SceneCanvas, useRoom, useWidth } from "./canvas.tsx";
import { useDrawing } from "./exporting.tsx";
import { measureAll, numberOf, type MeasuredHead } from "./heads.ts";

/** All heads at a glance: choose one. */
export function ModelView() {
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words, palette } = style;
  const record = store.record.value;
  const { sort, most, layer, head } = store.seen.value;
  const [element, width] = useWidth();
  const room = useRoom() + 8;
  const pointed = useSignal<Panel | null>(null);

  const drawing = useMemo(() => {
    if (width === 0) return null;
    if (sort === "layer") return modelGrid(record, width, room, style);
    const ordered = order(measureAll(record, sort), sort, words.noMeasure, words.atOffset);
    return modelList(record, ordered.slice(0, most ?? undefined), width, style);
  }, [record, sort, most, width, room, style]);
  useDrawing(
    page,
    drawing && {
      name: `model-${record.kind}`,
      title: sort === "layer" ? words.kinds[record.kind] : `${words.kinds[record.kind]} · ${words.sort}: ${words.sorts[sort]}`,
      scene: () => drawing.scene,
    },
  );

  const marks = drawing?.panels.filter((panel) => panel.layer === layer && panel.head === head) ?? [];
  const over = marks.map(({ x, y, width, height }) => ({
    shape: "box" as const,
    x: x - 2.5,
    y: y - 2.5,
    width: width + 5,
    height: height + 5,
    stroke: palette.accent,
    thickness: 2.5,
    radius: 2,
  }));
  const hint =
    sort === "layer" ? words.viewHints.model : sort === "alignment" ? words.sortHints[sort] : `${words.sortHints[sort]} ${words.sortNote}`;
  const move = (event: KeyboardEvent, at: number) => {
    const panels = drawing!.panels;
    const columns = panels.filter(({ y }) => y === panels[0]!.y).length;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: panels.length - 1 }[
      event.key
    ];
    if (to === undefined || panels[to] === undefined) return;
    event.preventDefault();
    store.go({ layer: panels[to].layer, head: panels[to].head }, "replace");
    (event.currentTarget as HTMLElement).parentElement?.querySelectorAll<HTMLElement>(".panel")[to]?.focus();
  };
  return (
    <div class="view model">
      <div ref={element} class="measure" />
      <p class="lead">
        {pointed.value !== null
          ? `${words.headName(numberOf({ record, layer: pointed.value.layer }), pointed.value.head)}${pointed.value.number && ` · ${pointed.value.number}`}`
          : hint}
      </p>
      {drawing !== null && (
        <div class="scroll">
          <SceneCanvas scene={drawing.scene} over={over}>
            {drawing.panels.map((panel, at) => (
              <button
                key={`${panel.layer} ${panel.head}`}
                type="button"
                class="panel"
                aria-label={`${words.headName(numberOf({ record, layer: panel.layer }), panel.head)}${panel.number && `, ${panel.number}`}`}
                aria-current={panel.layer === layer && panel.head === head}
                tabIndex={panel.layer === layer && panel.head === head ? 0 : marks.length === 0 && at === 0 ? 0 : -1}
                style={{ left: `${panel.x}px`, top: `${panel.y}px`, width: `${panel.width}px`, height: `${panel.height}px` }}
                onPointerEnter={() => (pointed.value = panel)}
                onPointerLeave={() => (pointed.value = null)}
                onFocus={() => (pointed.value = panel)}
                onBlur={() => (pointed.value = null)}
                onKeyDown={(event) => move(event, at)}
                onClick={() => {
                  page.entering.value = true;
                  store.go({ layer: panel.layer, head: panel.head, view: "head" });
                }}
              />
            ))}
          </SceneCanvas>
        </div>
      )}
    </div>
  );
}

function order(list: readonly MeasuredHead[], sort: Measured, none: string, atOffset: (value: string, offset: number) => string): Listed[] {
  const sign = descends(sort) ? -1 : 1;
  // Heads without a number come last.
  const rank = ({ value }: MeasuredHead) => (value === null ? Number.MAX_VALUE : sign * value);
  return [...list]
    .sort((one, other) => rank(one) - rank(other) || one.layer - other.layer || one.head - other.head)
    .map(({ layer, head, value, offset }) => {
      const text = value === null ? none : value.toFixed(2);
      return { layer, head, number: offset === undefined ? text : atOffset(text, offset) };
    });
}
