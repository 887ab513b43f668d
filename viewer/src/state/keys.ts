import type { Kind } from "../data.ts";
import type { Page } from "../views/context.ts";
import { announce } from "../views/saying.ts";
import { VIEWS, type State } from "./state.ts";
import { whole, zoomed } from "./zoom.ts";

/** The keys that work everywhere but in a list or a field; returns what stops them. */
export function listen(page: Page): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || page.help.value) return;
    if (event.target instanceof HTMLSelectElement) return;
    // Who speaks to the computer, or slips, can turn off all keys that are one sign.
    if (page.store.state.value.keys === "off" && event.key !== "Escape") return;
    const before = page.store.state.value;
    const within = (selector: string) => event.target instanceof Element && event.target.closest(selector) !== null;
    const [inPanel, inDrawing] = [within("#panel"), within("#panel [tabindex]")];
    if (!act(page, event.key)) return;
    event.preventDefault();
    const now = page.store.state.value;
    if (now.view === before.view ? inDrawing && now !== before : inPanel) page.entering.value = true;
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function act(page: Page, key: string): boolean {
  const { store } = page;
  const state = store.seen.value;
  const view = VIEWS[Number(key) - 1];
  if (view !== undefined) {
    store.go({ view });
    void announce(page, "view");
    return true;
  }
  switch (key) {
    case "k":
      return chooseKind(page, store.kinds[(store.kinds.indexOf(state.kind) + 1) % store.kinds.length]!);
    case "[":
    case "]":
      stepHead(page, key === "]" ? 1 : -1);
      return true;
    case "{":
    case "}": {
      const { layers } = store.record.value;
      store.go({ layer: (state.layer + (key === "}" ? 1 : layers - 1)) % layers }, "replace");
      void announce(page, "head");
      return true;
    }
    case ",":
    case ".":
      stepMoment(page, key === "." ? 1 : -1);
      return true;
    case "+":
    case "=":
    case "-":
    case "0":
      if (state.view !== "head") return false;
      store.go({ zoom: zoomBy(page, key) }, "replace");
      return true;
    case "p":
      page.player.toggle();
      return true;
    case "t":
      store.go({ theme: page.dark.value ? "light" : "dark" }, "replace");
      return true;
    case "l":
      store.go({ language: page.language.value === "zh" ? "en" : "zh" }, "replace");
      return true;
    case "?":
      page.help.value = true;
      return true;
    case "Escape":
      if (state.query === null && state.key === null) return false;
      store.go({ query: null, key: null }, "replace");
      return true;
    default:
      return false;
  }
}

function zoomBy({ store }: Page, key: string): State["zoom"] {
  const { query, key: column, zoom } = store.seen.value;
  if (key === "0") return null;
  const around = query === null || column === null ? null : { query: query + 0.5, key: column + 0.5 };
  return zoomed(store.record.value, zoom ?? whole(store.record.value), key === "-" ? 2 : 0.5, around);
}

/** Another kind of attention, of which no cell is chosen yet; false where it is the one that is seen. */
export function chooseKind(page: Page, kind: Kind): boolean {
  const { store } = page;
  if (kind === store.record.value.kind) return false;
  store.go({ kind, query: null, key: null, zoom: null });
  void announce(page, "kind");
  return true;
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
  const { records } = store.dataset;
  const at = Math.min(records.length - 1, Math.max(0, store.at.value + by));
  player.stop();
  store.go({ step: at === records.length - 1 ? null : records[at]!.step }, "replace");
  void announce(page, "step");
}
