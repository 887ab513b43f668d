import { useEffect, useRef } from "preact/hooks";
import { cellAt, type Grid } from "../drawing/grid.ts";
import { moved, zoomed } from "../state/zoom.ts";
import { usePage } from "./context.ts";
import type { Cell } from "./inspector.tsx";

interface Pointing {
  readonly grid: Grid | null;
  point(cell: Cell | null): void;
  pick(cell: Cell): void;
}

/** From here on a press is a drag and no click, in pixels. */
const DRAG = 5;

/** A mouse, pen or fingers on a heatmap: point, pick, drag, and zoom with the wheel, a double click or two fingers. */
export function usePointing({ grid, point, pick }: Pointing) {
  const { store } = usePage();
  const element = useRef<HTMLDivElement>(null);
  const fingers = useRef(new Map<number, { x: number; y: number }>());
  const drag = useRef({ x: 0, y: 0, keys: 0, queries: 0, moved: false, spread: 0 });

  const place = (event: { clientX: number; clientY: number }) => {
    const box = element.current!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const zoomBy = (factor: number, at: { x: number; y: number }) => {
    if (grid === null) return;
    const around = { key: grid.left + (at.x - grid.x) / grid.wide, query: grid.top + (at.y - grid.y) / grid.high };
    store.go({ zoom: zoomed(store.record.value, store.seen.value.zoom, factor, around) }, "replace");
  };

  // Preact would add a wheel listener that must not prevent the page's own zoom.
  const wheel = useRef((_event: WheelEvent) => {});
  wheel.current = (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoomBy(event.deltaY > 0 ? 1.25 : 0.8, place(event));
  };
  useEffect(() => {
    const turned = (event: WheelEvent) => wheel.current(event);
    const target = element.current;
    target?.addEventListener("wheel", turned, { passive: false });
    return () => target?.removeEventListener("wheel", turned);
  }, [grid === null]);

  const spread = () => {
    const [one, other] = [...fingers.current.values()];
    return one === undefined || other === undefined ? 0 : Math.hypot(one.x - other.x, one.y - other.y);
  };
  const down = (event: PointerEvent) => {
    const at = place(event);
    fingers.current.set(event.pointerId, at);
    if (event.pointerType === "mouse") element.current?.setPointerCapture(event.pointerId);
    drag.current = { ...at, keys: 0, queries: 0, moved: fingers.current.size > 1, spread: spread() };
  };
  const move = (event: PointerEvent) => {
    const at = place(event);
    if (grid === null) return;
    if (!fingers.current.has(event.pointerId)) return point(cellAt(grid, at.x, at.y));
    fingers.current.set(event.pointerId, at);
    if (fingers.current.size === 2) {
      const now = spread();
      const [one, other] = [...fingers.current.values()];
      if (now > drag.current.spread * 1.15 || now < drag.current.spread / 1.15) {
        zoomBy(drag.current.spread / now, { x: (one!.x + other!.x) / 2, y: (one!.y + other!.y) / 2 });
        drag.current.spread = now;
      }
      return;
    }
    const { zoom } = store.seen.value;
    if (Math.hypot(at.x - drag.current.x, at.y - drag.current.y) > DRAG) drag.current.moved = true;
    if (zoom === null || !drag.current.moved) return;
    const keys = Math.round((drag.current.x - at.x) / grid.wide) - drag.current.keys;
    const queries = Math.round((drag.current.y - at.y) / grid.high) - drag.current.queries;
    if (keys === 0 && queries === 0) return;
    drag.current.keys += keys;
    drag.current.queries += queries;
    store.go({ zoom: moved(store.record.value, zoom, keys, queries) }, "replace");
  };
  const up = (event: PointerEvent) => {
    const known = fingers.current.delete(event.pointerId);
    if (!known || grid === null || drag.current.moved) return;
    const at = place(event);
    const cell = cellAt(grid, at.x, at.y);
    if (cell !== null) pick(cell);
  };
  return {
    ref: element,
    onPointerDown: down,
    onPointerMove: move,
    onPointerUp: up,
    onPointerCancel: (event: PointerEvent) => void fingers.current.delete(event.pointerId),
    onPointerLeave: () => point(null),
    onDblClick: (event: MouseEvent) => zoomBy(0.5, place(event)),
  };
}
