import { percent } from "../../digits.ts";
import type { HeadName } from "../../data.ts";
import { sameHead } from "../../findings.ts";
import { usePage } from "../../views/context.ts";
import { Segments, Select } from "../../views/controls.tsx";
import { shortName } from "../../views/naming.ts";
import { useLab } from "./context.ts";

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

/** What the changed heads cost: exact match with all heads as they are, and as they are now. */
export function Without() {
  const { session, words: said } = useLab();
  const { store, style } = usePage();
  const words = said.value;
  const { words: viewers } = style.value;
  const changes = session.changes.value;
  const changed = session.changed.value;
  if (changes.length === 0) return <p class="without hint">{words.whatIf}</p>;
  const names = (change: "off" | "uniform") =>
    changes
      .filter((each) => each.change === change)
      .map(({ head }) => shortName(head, store, viewers))
      .join(words.and);
  const [off, uniform] = [names("off"), names("uniform")];
  const text = [...(off === "" ? [] : [words.without(off)]), ...(uniform === "" ? [] : [words.uniformHeads(uniform)])].join(words.and);
  return (
    <div class="without" role="status">
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
        {text}
        {changed !== null && <small> · {words.ofExamples(changed.examples)}</small>}
      </p>
      <button type="button" class="button" onClick={() => session.changeNone()}>
        {words.allOn}
      </button>
    </div>
  );
}
