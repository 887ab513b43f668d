import { percent } from "../../digits.ts";
import type { HeadName } from "../../data.ts";
import { sameHead } from "../../findings.ts";
import { usePage } from "../../views/context.ts";
import { Segments, Select } from "../../views/controls.tsx";
import { shortName } from "../../views/naming.ts";
import { fitting } from "../heads.ts";
import type { HeadChange } from "../messages.ts";
import type { Session } from "../session.ts";
import { type Lab, useLab } from "./context.ts";

const POSITIONS = ["on", "off", "uniform"] as const;

/** As it was trained, off, or uniform. */
export function HeadSwitch({ head, name, roomy }: { head: HeadName; name: string; roomy: boolean }) {
  const { session, words: said } = useLab();
  const words = said.value;
  const change = session.changes.value.find((each) => sameHead(each.head, head))?.change;
  const given = {
    name: words.switchOf(name),
    choices: POSITIONS.map((value) => ({ value, text: words.switches[value], hint: words.switchHints[value] })),
    chosen: change ?? ("on" as const),
    choose: (value: (typeof POSITIONS)[number]) => session.change(head, value === "on" ? null : value),
  };
  return <div class="turn">{roomy ? <Segments {...given} /> : <Select {...given} short />}</div>;
}

/** The changed heads that the shown model has: an address may name others, which change nothing. */
export function changesIn({ changes, shown }: Session): HeadChange[] {
  return fitting(changes.value, shown.value.settings.value);
}

/** Which heads are changed, and how, in words: `without L0H1, with L1H0 uniform`. */
export function changesText({ session, page, words: said }: Lab): string {
  const words = said.value;
  const { words: viewers } = page.style.value;
  const names = (change: "off" | "uniform") =>
    changesIn(session)
      .filter((each) => each.change === change)
      .map(({ head }) => shortName(head, page.store, viewers))
      .join(words.and);
  const [off, uniform] = [names("off"), names("uniform")];
  return [...(off === "" ? [] : [words.without(off)]), ...(uniform === "" ? [] : [words.uniformHeads(uniform)])].join(words.and);
}

/** What the changed heads cost: exact match with all heads as they are, and as they are now. */
export function Without() {
  const lab = useLab();
  const { session } = lab;
  const words = lab.words.value;
  const { words: viewers } = usePage().style.value;
  const changed = session.changed.value;
  if (changesIn(session).length === 0) return <p class="without hint">{words.whatIf}</p>;
  return (
    <div class="without">
      <p>
        {viewers.exactMatch}{" "}
        {changed === null ? (
          <b>{words.measuring}</b>
        ) : (
          <>
            <b>{percent(changed.exactMatch)}</b> →{" "}
            <b class={changed.changed < changed.exactMatch - 0.05 ? "lost" : ""}>{percent(changed.changed)}</b>
          </>
        )}{" "}
        {changesText(lab)}
        {changed !== null && <small> · {words.ofExamples(changed.examples)}</small>}
      </p>
      <button type="button" class="button" onClick={() => session.changeNone()}>
        {words.allOn}
      </button>
    </div>
  );
}
