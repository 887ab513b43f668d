import type { Page } from "../views/context.ts";
import { VIEWS, type State } from "./state.ts";
import { whole, zoomed } from "./zoom.ts";

/** The keys that work everywhere but in a list or a field; returns what stops them. */
export function listen(page: Page): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || page.help.value) return;
    if (event.target instanceof HTMLSelectElement) return;
    if (act(page, event.key)) event.preventDefault();
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
    return true;
  }
  switch (key) {
    case "k": {
      const kind = store.kinds[(store.kinds.indexOf(state.kind) + 1) % store.kinds.length]!;
      store.go({ kind, query: null, key: null, zoom: null });
      return true;
    }
    case "[":
    case "]":
      stepHead(page, key === "]" ? 1 : -1);
      return true;
    case "{":
    case "}": {
      const { layers } = store.record.value;
      store.go({ layer: (state.layer + (key === "}" ? 1 : layers - 1)) % layers });
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

/** The next head, of the next layer after the last. */
export function stepHead({ store }: Page, by: number): void {
  const { layers, heads } = store.record.value;
  const { layer, head } = store.seen.value;
  const at = (layer * heads + head + by + layers * heads) % (layers * heads);
  store.go({ layer: Math.floor(at / heads), head: at % heads });
}

export function stepMoment({ store, player }: Page, by: number): void {
  const { records } = store.dataset;
  const at = Math.min(records.length - 1, Math.max(0, store.at.value + by));
  player.stop();
  store.go({ step: at === records.length - 1 ? null : records[at]!.step }, "replace");
}
