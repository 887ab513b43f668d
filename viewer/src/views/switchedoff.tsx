import type { Estimate, Failure } from "../data.ts";
import { percent } from "../digits.ts";
import { interval } from "../drawing/interval.ts";
import { type HeadRow, type HeadTable, intervalScale, shownIn, written } from "../findings.ts";
import { visible } from "../tokens.ts";
import { usePage } from "./context.ts";
import { Token } from "./controls.tsx";
import { shortName } from "./naming.ts";
import { Shapes } from "./shapes.tsx";

/** What a lens saw when it switched this head off; nothing is computed in the page. `width` is what of the table is in sight. */
export function SwitchedOff({ row, baseline, width }: { row: HeadRow; baseline: HeadTable["baseline"]; width: number }) {
  const { store, style } = usePage();
  const { words } = style.value;
  const { with: replacement } = store.seen.value;
  const effect = row.effects.get(replacement);
  const name = shortName(row.head, store, words);
  return (
    <div class="effect" style={{ width: `${width}px` }}>
      <h3>{words.headIsOff(name, words.replacedBy[replacement])}</h3>
      {effect === undefined ? (
        <p>{words.effectNot}</p>
      ) : (
        <>
          <dl>
            <Effect
              name={words.exactMatch}
              column="exact_match_change"
              estimate={effect.exactMatchChange}
              // The share before is the baseline's; where there is none, what is left and what was lost give it.
              before={percent(baseline?.exactMatch.mean ?? effect.exactMatch - effect.exactMatchChange.mean)}
              after={percent(effect.exactMatch)}
            />
            <Effect
              name={words.loss}
              column="loss_change"
              estimate={effect.lossChange}
              before={baseline === null ? null : baseline.loss.mean.toFixed(3)}
              after={baseline === null ? null : (baseline.loss.mean + effect.lossChange.mean).toFixed(3)}
            />
          </dl>
          <Failures failures={effect.failures} />
        </>
      )}
    </div>
  );
}

interface EffectGiven {
  readonly name: string;
  readonly column: "exact_match_change" | "loss_change";
  readonly estimate: Estimate;
  readonly before: string | null;
  readonly after: string | null;
}

function Effect({ name, column, estimate, before, after }: EffectGiven) {
  const { words, palette } = usePage().style.value;
  const { mean, ends } = written(column, estimate);
  const scale = intervalScale([estimate], shownIn(column));
  const said = column === "loss_change" ? words.lossChangeOf(mean, ends) : words.changeOf(mean, ends, estimate.examples);
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {before !== null && after !== null && <b>{`${before} → ${after}`}</b>} <span>{said}</span>
        <Shapes shapes={interval(estimate, scale, { x: 0, y: 0, width: 180, height: 12 }, palette)} width={180} height={12} />
      </dd>
    </div>
  );
}

function Failures({ failures }: { failures: readonly Failure[] }) {
  const { words } = usePage().style.value;
  if (failures.length === 0) return <p class="note">{words.noFailures}</p>;
  return (
    <table class="failures">
      <caption>{words.failures}</caption>
      <thead>
        <tr>
          {(["question", "right", "now"] as const).map((name) => (
            <th key={name} scope="col">
              {words.failureColumns[name]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {failures.map(({ question, right, now }, at) => (
          <tr key={at}>
            <td>
              <Token text={visible(question)} />
            </td>
            <td>
              <Token text={visible(right)} />
            </td>
            <td class="now">
              <Token text={visible(now)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
