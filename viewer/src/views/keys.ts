import { VIEWS } from "../state/state.ts";
import type { Page } from "./context.ts";
import { chooseKind, stepHead, stepMoment, zoomBy } from "./moving.ts";
import { announce } from "./saying.ts";

/** The keys that work everywhere but in a list or a field; returns what stops them. */
export function listen(page: Page): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || page.help.value) return;
    if (event.target instanceof HTMLSelectElement || isField(event.target) || within(event, "dialog")) return;
    // With speech input, or unsteady hands, single-character shortcuts are a trap, so they can be turned off.
    if (page.store.state.value.keys === "off" && event.key !== "Escape") return;
    if (page.around?.act(event)) return event.preventDefault();
    const before = page.store.state.value;
    const [inPanel, inDrawing] = [within(event, "#panel"), within(event, "#panel [tabindex]")];
    if (!act(page, event.key)) return;
    event.preventDefault();
    const now = page.store.state.value;
    if (now.view === before.view ? inDrawing && now !== before : inPanel) page.entering.value = true;
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function within({ target }: Event, selector: string): boolean {
  return target instanceof Element && target.closest(selector) !== null;
}

/** Whether what is typed goes into it. */
function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && ["number", "text"].includes(target.type));
}

function act(page: Page, key: string): boolean {
  const { store } = page;
  // As it was asked: without any look there is nothing that could be seen.
  const state = store.state.value;
  const view = VIEWS[Number(key) - 1];
  if (view !== undefined) {
    store.go({ view });
    void announce(page, "view");
    return true;
  }
  switch (key) {
    case "k": {
      const kinds = store.kinds.value;
      return chooseKind(page, kinds[(kinds.indexOf(state.kind) + 1) % kinds.length]!);
    }
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
      if (key === "0") store.go({ zoom: null }, "replace");
      else zoomBy(page, key === "-" ? 2 : 0.5);
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
