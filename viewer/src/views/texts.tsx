import { TEXTS } from "../state/state.ts";
import { usePage } from "./context.ts";
import { Select } from "./controls.tsx";

/** Of a record of two texts, which attention is seen: all of it, or that within or between them. */
export function TextsPicker() {
  const { store, style } = usePage();
  const { words } = style.value;
  if (store.whole.value.texts === null) return null;
  return (
    <Select
      name={words.texts}
      choices={TEXTS.map((value) => ({ value, text: words.textsOf[value], hint: words.textsHints[value] }))}
      chosen={store.seen.value.texts}
      // A part has rows and columns of its own, so what was zoomed to is elsewhere.
      choose={(texts) => store.go({ texts, zoom: null })}
      disabled={store.seen.value.view === "steps"}
    />
  );
}

/** What a reader must know while one part is seen, and why there are none in a view. */
export function TextsNote() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { texts, view } = store.seen.value;
  if (store.whole.value.texts === null || view === "findings") return null;
  if (view === "steps") return <p class="note texts">{words.textsInSteps}</p>;
  if (texts === "all") return null;
  return (
    <p class="note texts">
      {words.textsHints[texts]} {words.textsNote}
    </p>
  );
}
