import { render } from "preact";
import "../style/lab.css";
import { App } from "../views/app.tsx";
import type { Session } from "./session.ts";
import { LabContext } from "./views/context.ts";
import { Frame } from "./views/frame.tsx";
import { makeLab } from "./views/making.ts";

/** Shows a lab at the end of an element. */
export function showLab(session: Session, root: HTMLElement): void {
  const element = document.createElement("div");
  element.id = "headlight";
  element.className = "lab";
  root.append(element);
  const lab = makeLab(session);
  render(
    <LabContext.Provider value={lab}>
      <App page={lab.page}>
        <Frame />
      </App>
    </LabContext.Provider>,
    element,
  );
}
