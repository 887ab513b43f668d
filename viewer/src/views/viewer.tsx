import { VIEWS } from "../state/state.ts";
import { usePage } from "./context.ts";
import { Tabs } from "./controls.tsx";
import { FindingsView } from "./findings.tsx";
import { HeadView } from "./head.tsx";
import { LinesView } from "./lines.tsx";
import { ModelView } from "./model.tsx";
import { chooseKind } from "./moving.ts";
import { StepsView } from "./steps.tsx";
import { TextView } from "./text.tsx";
import { TextsNote } from "./texts.tsx";
import { Toolbar, Tools } from "./toolbar.tsx";

/** The chosen view, with what it is chosen and saved by. */
export function Viewer() {
  const { view } = usePage().store.seen.value;
  const Shown = { model: ModelView, head: HeadView, lines: LinesView, steps: StepsView, text: TextView, findings: FindingsView }[view];
  return (
    <main>
      <Toolbar />
      <Tools />
      <TextsNote />
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${view}`}>
        <Shown />
      </div>
    </main>
  );
}

export function Views() {
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
export function Kinds() {
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
