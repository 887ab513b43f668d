import type { AttentionRecord } from "../data.ts";
import type { Zoom } from "../drawing/grid.ts";

type Shape = Pick<AttentionRecord, "queries" | "keys">;

/** No closer than so many cells. */
const LEAST = 4;

export function whole(record: Shape): Zoom {
  return { left: 0, top: 0, right: record.keys, bottom: record.queries };
}

/** A part that is `factor` times as large as before around a cell, which stays where it was; null where that is everything. */
export function zoomed(record: Shape, zoom: Zoom | null, factor: number, around: { query: number; key: number } | null): Zoom | null {
  const from = zoom ?? whole(record);
  const key = around?.key ?? (from.left + from.right) / 2;
  const query = around?.query ?? (from.top + from.bottom) / 2;
  const [left, right] = along(from.left, from.right, factor, key, record.keys);
  const [top, bottom] = along(from.top, from.bottom, factor, query, record.queries);
  return part(record, { left, top, right, bottom });
}

function along(first: number, end: number, factor: number, around: number, most: number): [number, number] {
  const length = Math.min(
    most,
    Math.max(Math.min(LEAST, most), factor < 1 ? Math.floor((end - first) * factor) : Math.ceil((end - first) * factor)),
  );
  const before = ((around - first) / (end - first)) * length;
  const start = Math.min(most - length, Math.max(0, Math.round(around - before)));
  return [start, start + length];
}

/** The same part elsewhere. */
export function moved(record: Shape, zoom: Zoom, keys: number, queries: number): Zoom {
  const right = Math.min(record.keys - zoom.right, Math.max(-zoom.left, keys));
  const down = Math.min(record.queries - zoom.bottom, Math.max(-zoom.top, queries));
  return { left: zoom.left + right, top: zoom.top + down, right: zoom.right + right, bottom: zoom.bottom + down };
}

/** The part moved so far that it holds a cell. */
export function following(record: Shape, zoom: Zoom | null, query: number, key: number): Zoom | null {
  if (zoom === null) return null;
  const keys = key < zoom.left ? key - zoom.left : key >= zoom.right ? key - zoom.right + 1 : 0;
  const queries = query < zoom.top ? query - zoom.top : query >= zoom.bottom ? query - zoom.bottom + 1 : 0;
  return keys === 0 && queries === 0 ? zoom : moved(record, zoom, keys, queries);
}

function part(record: Shape, zoom: Zoom): Zoom | null {
  const all = zoom.left <= 0 && zoom.top <= 0 && zoom.right >= record.keys && zoom.bottom >= record.queries;
  return all ? null : zoom;
}
