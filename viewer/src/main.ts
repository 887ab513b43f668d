import { signal } from "@preact/signals";
import { openDataset } from "./data/page.ts";
import "./style.css";
import { show } from "./view.tsx";

openDataset().then(
  (dataset) => show(signal(dataset), document.body),
  (error: unknown) => {
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.textContent = `This report cannot be shown: ${error instanceof Error ? error.message : String(error)}`;
    document.body.prepend(line);
  },
);
