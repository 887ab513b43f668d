import { useEffect } from "preact/hooks";
import { VIEWS } from "../state/state.ts";
import { PageContext, usePage, type Page } from "./context.ts";
import { Tabs } from "./controls.tsx";
import { FindingsView } from "./findings.tsx";
import { Header } from "./header.tsx";
import { HeadView } from "./head.tsx";
import { Help } from "./help.tsx";
import { listen } from "./keys.ts";
import { LinesView } from "./lines.tsx";
import { ModelView } from "./model.tsx";
import { chooseKind } from "./moving.ts";
import { StepsView } from "./steps.tsx";
import { TextView } from "./text.tsx";
import { Timeline } from "./timeline.tsx";
import { Toolbar, Tools } from "./toolbar.tsx";

export function App({ page }: { page: Page }) {
  const { store } = page;
  const { words } = page.style.value;
  const { view } = store.seen.value;
  useEffect(() => listen(page), [page]);
  const Shown = { model: ModelView, head: HeadView, lines: LinesView, steps: StepsView, text: TextView, findings: FindingsView }[view];
  return (
    <PageContext.Provider value={page}>
      <button
        type="button"
        class="skip"
        onClick={() => document.querySelector<HTMLElement>("#panel [tabindex='0'], #panel button")?.focus()}
      >
        {words.skip}
      </button>
      <Header />
      <nav>
        <Views />
        <Kinds />
      </nav>
      <main>
        <Toolbar />
        <Tools />
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${view}`}>
          <Shown />
        </div>
      </main>
      <Timeline />
      <Help />
      <div class="unseen" role="status" aria-live="polite">
        {page.spoken.value}
      </div>
    </PageContext.Provider>
  );
}

function Views() {
  const { store, style } = usePage();
  const { words } = style.value;
  const choices = VIEWS.map((value) => ({ value, text: words.views[value], hint: words.viewHints[value] }));
  return (
    <Tabs
      kind="views"
      name={words.viewsName}
      choices={choices}
      chosen={store.seen.value.view}
      choose={(view) => store.go({ view })}
      panel="panel"
    />
  );
}

/** A run with one kind has nothing to choose; its name stands there all the same. */
function Kinds() {
  const page = usePage();
  const { store, style } = page;
  const { words } = style.value;
  const choices = store.kinds.value.map((value) => ({
    value,
    text: words.kindsShort[value],
    hint: words.kinds[value],
  }));
  if (choices.length === 1) return <span class="kind">{words.kinds[choices[0]!.value]}</span>;
  return (
    <Tabs
      kind="kinds"
      name={words.kindsName}
      choices={choices}
      chosen={store.record.value.kind}
      choose={(kind) => void chooseKind(page, kind)}
      panel="panel"
    />
  );
}
