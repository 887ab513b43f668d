import { render } from "preact";
import type { Dataset } from "./data.ts";

/** Shows a dataset in an element. */
export function show(dataset: Dataset, parent: HTMLElement): void {
  render(<h1>{dataset.title}</h1>, parent);
}
