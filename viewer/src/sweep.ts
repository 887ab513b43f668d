import { reasonOf } from "./reason.ts";
import { readSweep } from "./sweep/data.ts";
import { showSweep } from "./sweep/view.tsx";
import "./style/sweep.css";

try {
  showSweep(readSweep(), document.body);
} catch (error) {
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.textContent = `This sweep cannot be shown: ${reasonOf(error)}`;
  document.body.prepend(line);
}
