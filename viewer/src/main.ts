import { signal } from "@preact/signals";
import { openDataset } from "./data/page.ts";
import { reasonOf } from "./reason.ts";
import "./style.css";
import { show } from "./view.tsx";

openDataset().then(
  (dataset) => show(signal(dataset), document.body),
  (error: unknown) => {
    const line = document.createElement("p");
    line.setAttribute("role", "alert");
    line.textContent = `This report cannot be shown: ${reasonOf(error)}`;
    document.body.prepend(line);
  },
);
