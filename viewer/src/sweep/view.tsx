import { render } from "preact";
import { Mark } from "../views/mark.tsx";
import { makePage, SweepContext, useSweep } from "./context.ts";
import { type Sweep, STATUSES } from "./data.ts";
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
  const next = ({ auto: dark.value ? "light" : "dark", light: "dark", dark: "light" } as const)[theme];
  const counts = STATUSES.map((status) => ({ status, count: sweep.runs.filter((run) => run.status === status).length }));
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
          .map(({ status, count }) => (
            <span key={status}>
              {words.status[status]} <b>{count}</b>
            </span>
          ))}
      </p>
      <div class="switches">
        <button
          type="button"
          class="button"
          lang={language.value === "zh" ? "en" : "zh-Hans"}
          onClick={() => store.go({ language: language.value === "zh" ? "en" : "zh" })}
        >
          {words.language}
        </button>
        <button
          type="button"
          class="button icon"
          aria-label={words.themes[theme]}
          title={words.themes[theme]}
          onClick={() => store.go({ theme: next })}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <circle cx="10" cy="10" r="7" />
            <path d="M10 3a7 7 0 0 1 0 14z" class="full" />
          </svg>
        </button>
      </div>
    </header>
  );
}
