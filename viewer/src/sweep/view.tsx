import { render } from "preact";
import { Mark } from "../views/mark.tsx";
import { Switches } from "../views/switches.tsx";
import { makePage, SweepContext, useSweep } from "./context.ts";
import { type Sweep, RUN_STATES } from "./data.ts";
import { Choices } from "./choices.tsx";
import { Chosen } from "./chosen.tsx";
import { Cells } from "./table.tsx";

/** Shows a sweep at the end of an element. */
export function showSweep(sweep: Sweep, root: HTMLElement): void {
  const element = document.createElement("div");
  element.id = "headlight";
  element.className = "sweep";
  root.append(element);
  render(
    <SweepContext.Provider value={makePage(sweep)}>
      <Header />
      <main>
        <Choices />
        <Cells />
        <Chosen />
      </main>
    </SweepContext.Provider>,
    element,
  );
}

function Header() {
  const { sweep, store, dark, language, words: said } = useSweep();
  const words = said.value;
  const { theme } = store.state.value;
  const counts = RUN_STATES.map((state) => ({ state, count: sweep.runs.filter((run) => run.state === state).length }));
  return (
    <header>
      <Mark />
      <h1 title={sweep.title}>
        <bdi>{sweep.title}</bdi>
      </h1>
      <p class="origin">
        <bdi>{sweep.task}</bdi>
      </p>
      <p class="figures">
        <span>{words.counts(sweep.runs.length)}</span>
        {counts
          .filter(({ count }) => count > 0)
          .map(({ state, count }) => (
            <span key={state}>
              {words.state[state]} <b>{count}</b>
            </span>
          ))}
      </p>
      <Switches theme={theme} dark={dark.value} language={language.value} words={words} go={(change) => store.go(change, "replace")} />
    </header>
  );
}
