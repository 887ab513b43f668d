import { percent } from "../digits.ts";
import type { HeadTable } from "../findings.ts";
import { visible } from "../tokens.ts";
import { usePage } from "./context.ts";
import { termOf } from "./naming.ts";

/** How the unchanged model does, with what all effects are compared. */
export function Unchanged({ table: { baseline } }: { table: HeadTable }) {
  const { words } = usePage().style.value;
  if (baseline === null) return null;
  const { exactMatch, loss } = baseline;
  return (
    <p class="unchanged">
      {words.unchanged} {words.exactMatch} <b>{percent(exactMatch.mean)}</b>{" "}
      <small>
        [{percent(exactMatch.low)}, {percent(exactMatch.high)}]
      </small>
      {" · "}
      {words.loss} <b>{loss.mean.toFixed(3)}</b>{" "}
      <small>
        [{loss.low.toFixed(3)}, {loss.high.toFixed(3)}]
      </small>
    </p>
  );
}

/** What a reader must know of the figures: over what they are means, thresholds, limits. */
export function Notes() {
  const { store, style } = usePage();
  const { words } = style.value;
  const { findings } = store.dataset.value;
  return (
    <section class="notes">
      <h3>{words.notesTitle}</h3>
      <ul>
        <li>{words.intervals}</li>
        {findings.map(({ lens, examples, seed, step, notes }, at) => (
          <li key={at}>
            {words.foundBy(visible(lens), examples, seed)}
            {step !== null && ` · ${words.stepOf(step)}`}
            {notes.length > 0 && (
              <ul>
                {notes.map((note) => (
                  <li key={note}>
                    <bdi>{termOf(note, words)}</bdi>
                  </li>
                ))}
              </ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
