import { render } from "preact";
import type { Dataset } from "./data.ts";
import { App } from "./views/app.tsx";
import { makePage } from "./views/context.ts";

/** Shows a dataset in an element, which it takes for itself. */
export function show(dataset: Dataset, root: HTMLElement): void {
  const element = document.createElement("div");
  element.id = "headlight";
  root.replaceChildren(element);
  render(<App page={makePage(dataset)} />, element);
}
