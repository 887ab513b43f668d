import type { HeadName, Kind } from "../data.ts";
import { zoomed } from "../state/zoom.ts";
import type { Page } from "./context.ts";
import { announce } from "./saying.ts";

/** Another kind of attention, of which no cell is chosen yet; false where it is the one that is seen. */
export function chooseKind(page: Page, kind: Kind): boolean {
  const { store } = page;
  if (kind === store.record.value.kind) return false;
  store.go({ kind, query: null, key: null, zoom: null });
  void announce(page, "kind");
  return true;
}

/** A head of any kind; where it is of another one, no cell of it is chosen yet. */
export function chooseHead({ store }: Page, { kind, layer, head }: HeadName): void {
  const other = kind === store.seen.value.kind ? {} : { kind, query: null, key: null, zoom: null };
  store.go({ layer, head, ...other }, "replace");
}

/** The next head, of the next layer after the last. Many are passed on the way to one, so the browser's history keeps the last alone. */
export function stepHead(page: Page, by: number): void {
  const { store } = page;
  const { layers, heads } = store.record.value;
  const { layer, head } = store.seen.value;
  const at = (layer * heads + head + by + layers * heads) % (layers * heads);
  store.go({ layer: Math.floor(at / heads), head: at % heads }, "replace");
  void announce(page, "head");
}

export function stepMoment(page: Page, by: number): void {
  const { store, player } = page;
  player.stop();
  store.goToMoment(store.at.value + by);
  void announce(page, "step");
}

/** Shows a part of the heatmap that is `factor` times as large as before, around the chosen cell if there is one. */
export function zoomBy({ store }: Page, factor: number): void {
  const { query, key, zoom } = store.seen.value;
  const around = query === null || key === null ? null : { query: query + 0.5, key: key + 0.5 };
  store.go({ zoom: zoomed(store.record.value, zoom, factor, around) }, "replace");
}
