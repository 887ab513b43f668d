import type { ReadonlySignal } from "@preact/signals";
import { render } from "preact";
import type { Dataset } from "./data.ts";
import { App } from "./views/app.tsx";
import { makePage } from "./views/context.ts";
import { Report } from "./views/report.tsx";

/** Shows a dataset, and every later one that its source sets, at the end of an element. What else stands there stays: a report keeps its numbers there until they are wanted. */
export function show(dataset: ReadonlySignal<Dataset>, root: HTMLElement): void {
  const element = document.createElement("div");
  element.id = "headlight";
  root.append(element);
  render(
    <App page={makePage(dataset)}>
      <Report />
    </App>,
    element,
  );
}
