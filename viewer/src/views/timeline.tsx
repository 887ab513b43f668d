import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { percent } from "../digits.ts";
import { curves, headCurves, stepsOf } from "../drawing/curves.ts";
import { APART, headsOf, type MarkGroup, type StepMark } from "../drawing/marks.ts";
import { overTraining, sameHead } from "../findings.ts";
import { SceneCanvas, useWidth } from "./canvas.tsx";
import { usePage } from "./context.ts";
import { Button, Select } from "./controls.tsx";
import { chartTitle, shortName, termOf } from "./naming.ts";

/** Training from its first recorded step to its last: a slider, a player, and the curves, all at one step. */
export function Timeline() {
  return usePage().store.training.value ? <Training /> : null;
}

function Training() {
  const page = usePage();
  const { store, player } = page;
  const { words, palette, measure } = page.style.value;
  const { records, metrics, findings } = store.dataset.value;
  const { step } = store.moment.value;
  const [element, width] = useWidth();
  const open = useSignal(false);
  const recorded = useMemo(() => records.flatMap((moment) => (moment.step === null ? [] : [moment.step])), [records]);
  const { charts, appearances } = useMemo(() => overTraining(findings), [findings]);
  const { kind, layer, head, chart: wanted } = store.seen.value;
  const chart = charts.find(({ name }) => name === wanted) ?? null;
  const marks = useMemo(
    () =>
      appearances.map(
        ({ head: of, role, step }): StepMark => ({
          step,
          head: shortName(of, store, words),
          role: termOf(role, words),
          chosen: sameHead(of, { kind, layer, head }),
        }),
      ),
    [appearances, kind, layer, head, words],
  );
  const drawing = useMemo(() => {
    if (width === 0 || (metrics.length === 0 && chart === null)) return null;
    const steps = stepsOf(metrics, recorded.length > 1 ? recorded : [], step, words);
    const style = { width, palette, words, measure };
    if (chart === null) return curves(metrics, steps, marks, style);
    const chosen = { kind, layer, head };
    const named = { head: chosen, name: shortName(chosen, store, words) };
    return headCurves(chart, named, termOf(chart.quantity, words), steps, marks, style);
  }, [metrics, recorded, step, width, palette, words, chart, marks]);
  const line = store.metrics.value;
  const goTo = (at: number) => {
    player.stop();
    store.goToMoment(at);
  };
  const name = step === null ? words.lastStep : words.stepOf(step);
  return (
    <section class={`timeline ${open.value ? "open" : ""} ${records.length > 1 ? "moving" : ""}`} aria-label={words.timeline}>
      <div class="now">
        {records.length > 1 ? (
          <div class="player">
            <Button name={player.playing.value ? words.pause : words.play} press={player.toggle}>
              <svg viewBox="0 0 20 20" aria-hidden="true">
                <path class="full" d={player.playing.value ? "M5 4h4v12H5zM11 4h4v12h-4z" : "M6 3l11 7-11 7z"} />
              </svg>
            </Button>
            <input
              type="range"
              aria-label={words.timelineSlider}
              aria-valuetext={`${name}, ${words.momentOf(store.at.value + 1, records.length)}`}
              min={0}
              max={records.length - 1}
              step={1}
              value={store.at.value}
              onInput={(event) => goTo(Number(event.currentTarget.value))}
            />
            <p>
              <b>{name}</b> <small>{words.momentOf(store.at.value + 1, records.length)}</small>
            </p>
          </div>
        ) : (
          <p class="lead">{words.oneMoment}</p>
        )}
        {line !== null && (
          <p class="reading">
            <span>
              {words.loss} <b>{Number.isFinite(line.loss) ? line.loss.toFixed(3) : "NaN"}</b>
            </span>
            <span>
              {words.tokenAccuracy} <b>{percent(line.tokenAccuracy)}</b>
            </span>
          </p>
        )}
        {charts.length > 0 && (
          <span class="chart">
            <Select
              name={words.chartName}
              choices={[
                { value: "", text: words.chartTraining },
                ...charts.map(({ name, title }) => ({ value: name, text: chartTitle(title, words) })),
              ]}
              chosen={chart?.name ?? ""}
              choose={(name) => store.go({ chart: name === "" ? null : name }, "replace")}
            />
          </span>
        )}
        {(metrics.length > 0 || chart !== null) && (
          <span class="fold">
            <Button name={words.showCurves} pressed={open.value} press={() => (open.value = !open.value)}>
              <svg viewBox="0 0 20 20" aria-hidden="true">
                <path d="M3 3v14h14M5 13c4 0 4-8 11-8" />
              </svg>
            </Button>
          </span>
        )}
      </div>
      <div ref={element} class="plots">
        <div
          class="curves"
          role="img"
          aria-label={[
            chart === null
              ? words.curvesName
              : words.chartOf(shortName({ kind, layer, head }, store, words), chartTitle(chart.title, words)),
            ...appearances.map((each) => words.appears(shortName(each.head, store, words), termOf(each.role, words), each.step)),
          ].join("; ")}
          onClick={(event) => {
            if (drawing === null || records.length < 2) return;
            const box = event.currentTarget.getBoundingClientRect();
            goTo(closest(recorded, drawing.stepAt(event.clientX - box.left)));
          }}
        >
          {drawing !== null && <SceneCanvas scene={drawing.scene} />}
        </div>
        {drawing?.groups.map((group) => (
          <Mark key={group.x} group={group} width={width} stop />
        ))}
        {drawing?.again.map((group) => (
          <Mark key={group.x} group={group} width={width} />
        ))}
      </div>
    </section>
  );
}

/** What is met above the lines of marks: pointed at, or focused, it says which heads took which roles there. Tab stops at those of one panel. */
function Mark({ group, width, stop = false }: { group: MarkGroup; width: number; stop?: boolean }) {
  const { words } = usePage().style.value;
  const lines = headsOf(group).map(({ step, head, roles }) => words.appears(head, roles, step));
  return (
    <button
      type="button"
      class={`appearance ${group.x > width / 2 ? "right" : ""}`}
      aria-label={lines.join("; ")}
      aria-hidden={!stop}
      tabIndex={stop ? 0 : -1}
      style={{ left: `${group.x - APART / 2}px`, top: `${group.y - APART + 6}px`, width: `${APART}px`, height: `${APART}px` }}
    >
      <span class="tip" style={{ maxWidth: `${Math.max(160, width / 2)}px` }}>
        {lines.map((line) => (
          <span key={line}>{line}</span>
        ))}
      </span>
    </button>
  );
}

function closest(steps: readonly number[], step: number): number {
  return steps.reduce((best, each, at) => (Math.abs(each - step) < Math.abs(steps[best]! - step) ? at : best), 0);
}
