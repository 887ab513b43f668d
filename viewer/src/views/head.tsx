import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { AttentionRecord } from "../data.ts";
import type { Palette } from "../drawing/colours.ts";
import { heatmap } from "../drawing/heatmap.ts";
import type { Grid } from "../drawing/grid.ts";
import type { Shape } from "../drawing/scene.ts";
import { following } from "../state/zoom.ts";
import { SceneCanvas, useRoom, useWidth } from "./canvas.tsx";
import { usePage } from "./context.ts";
import { useDrawing } from "./exporting.tsx";
import { numberOf, useHead } from "./heads.ts";
import { Inspector, sayCell, type Cell } from "./inspector.tsx";
import { usePointing } from "./pointing.ts";
import { ZoomButtons } from "./zoombuttons.tsx";

/** One head as a heatmap. */
export function HeadView() {
  const page = usePage();
  const { store } = page;
  const style = page.style.value;
  const { words } = style;
  const { zoom, query, key } = store.seen.value;
  const [element, width] = useWidth();
  const room = useRoom();
  const pointed = useSignal<Cell | null>(null);
  const { value: read, failure } = useHead();

  const drawing = useMemo(
    () => (read === null || width === 0 ? null : heatmap(read.record, read.head, zoom, width, room, style)),
    [read, zoom, width, room, style],
  );
  const name = read === null ? "" : words.headOf(words.kinds[read.record.kind], numberOf(read), read.at);
  useDrawing(
    page,
    drawing && read && { name: `${read.record.kind}_L${numberOf(read)}_H${read.at}`, title: name, scene: () => drawing.scene },
  );

  const selected = query === null || key === null ? null : { query, key };
  const select = (cell: Cell | null) => store.go({ query: cell?.query ?? null, key: cell?.key ?? null }, "replace");
  const pointing = usePointing({
    grid: drawing?.grid ?? null,
    point: (cell) => (pointed.value = cell),
    pick: (cell) => select(same(cell, selected) ? null : cell),
  });
  const press = (event: KeyboardEvent) => {
    if (read === null) return;
    const next = keyed(event.key, selected, read.record, zoom ?? undefined);
    if (next === null) return;
    event.preventDefault();
    pointed.value = null;
    store.go({ ...next, zoom: following(read.record, zoom, next.query, next.key) }, "replace");
    page.spoken.value = sayCell(read, next, words);
  };
  const shown = pointed.value ?? selected;
  const over =
    drawing === null
      ? []
      : [...cross(drawing.grid, shown ?? { query, key }, style.palette), ...frame(drawing.grid, selected, style.palette)];
  return (
    <div class="view split">
      <div class="stage">
        <div class="bar">
          <h2>{name}</h2>
          <ZoomButtons />
        </div>
        {failure !== null && <p class="failure">{words.failure(failure)}</p>}
        <div ref={element} class="measure">
          {drawing !== null && (
            <div
              class={`plot ${zoom === null ? "" : "zoomed"}`}
              tabIndex={0}
              role="application"
              aria-roledescription="heatmap"
              aria-label={words.plotName(name)}
              data-grid={[drawing.grid.x, drawing.grid.y, drawing.grid.wide, drawing.grid.high, drawing.grid.left, drawing.grid.top].join(
                " ",
              )}
              onKeyDown={press}
              {...pointing}
            >
              <SceneCanvas scene={drawing.scene} over={over} />
            </div>
          )}
          {read === null && failure === null && <p class="lead">{words.loading}</p>}
        </div>
      </div>
      {read !== null && <Inspector read={read} cell={shown} query={query} choose={select} />}
    </div>
  );
}

function same(one: Cell, other: Cell | null): boolean {
  return other !== null && one.query === other.query && one.key === other.key;
}

/** The cell that a key moves to; null for keys that move nothing. The first one chooses the cell in the upper left corner. */
function keyed(pressed: string, from: Cell | null, record: AttentionRecord, zoom?: { left: number; top: number }): Cell | null {
  const moves: Record<string, [number, number]> = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
    PageUp: [-10, 0],
    PageDown: [10, 0],
    Home: [0, Number.NEGATIVE_INFINITY],
    End: [0, Number.POSITIVE_INFINITY],
  };
  const move = moves[pressed];
  if (move === undefined) return null;
  if (from === null) return { query: zoom?.top ?? 0, key: zoom?.left ?? 0 };
  const within = (at: number, end: number) => Math.min(end - 1, Math.max(0, at));
  return { query: within(from.query + move[0], record.queries), key: within(from.key + move[1], record.keys) };
}

/** Lines around the chosen row and column, led to their labels. */
function cross(grid: Grid, { query, key }: { query: number | null; key: number | null }, { accent }: Palette): Shape[] {
  const shapes: Shape[] = [];
  const stroke = { shape: "box", stroke: accent, thickness: 1.5 } as const;
  const wash = { shape: "box", fill: accent, opacity: 0.16, radius: 2 } as const;
  if (query !== null && query >= grid.top && query < grid.bottom) {
    const y = grid.y + (query - grid.top) * grid.high;
    shapes.push({ ...stroke, x: grid.x, y, width: (grid.right - grid.left) * grid.wide, height: grid.high });
    shapes.push({ ...wash, x: 20, y, width: grid.x - 22, height: grid.high });
  }
  if (key !== null && key >= grid.left && key < grid.right) {
    const x = grid.x + (key - grid.left) * grid.wide;
    shapes.push({ ...stroke, x, y: grid.y, width: grid.wide, height: (grid.bottom - grid.top) * grid.high });
    shapes.push({ ...wash, x, y: 20, width: grid.wide, height: grid.y - 22 });
  }
  return shapes;
}

function frame(grid: Grid, cell: Cell | null, palette: Palette): Shape[] {
  if (cell === null || !seen(grid, cell)) return [];
  const [x, y] = [grid.x + (cell.key - grid.left) * grid.wide, grid.y + (cell.query - grid.top) * grid.high];
  const grown = Math.max(0, 8 - grid.wide) / 2;
  const place = { x: x - grown, y: y - grown, width: grid.wide + 2 * grown, height: grid.high + 2 * grown };
  return [
    { shape: "box", ...place, stroke: palette.paper, thickness: 4 },
    { shape: "box", ...place, stroke: palette.ink, thickness: 2 },
  ];
}

function seen(grid: Grid, cell: Cell): boolean {
  return cell.key >= grid.left && cell.key < grid.right && cell.query >= grid.top && cell.query < grid.bottom;
}
