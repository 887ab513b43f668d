import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { stepsOf } from "../../drawing/curves.ts";
import { runCurves } from "../../drawing/runs.ts";
import { SceneCanvas, useWidth } from "../../views/canvas.tsx";
import { usePage } from "../../views/context.ts";
import { useLab } from "./context.ts";
import { Different } from "./different.tsx";
import { Runs, runColour } from "./runs.tsx";
import type { Chosen } from "./setting.tsx";

/** What may change in the middle of a training: nothing that changes the task or the model's shape. */
const BRANCHED: readonly Chosen[] = ["learningRate", "batchSize", "dropout", "schedule", "warmupSteps", "decaySteps", "maxSteps"];

/** Training over its steps: curves, the look that is shown, and branches. */
export function Curves() {
  const lab = useLab();
  const words = lab.words.value;
  return (
    <section class="timeline moving open" aria-label={words.curves}>
      <div class="now">
        <Scrub />
        {!lab.hides("branch") && <Branch />}
        <Runs />
      </div>
      <Plots />
    </section>
  );
}

/** Chooses the look that is shown, among those that were kept. */
function Scrub() {
  const lab = useLab();
  const { store, style } = usePage();
  const words = lab.words.value;
  const { words: viewers } = style.value;
  const { records } = store.dataset.value;
  const at = store.at.value;
  const { step } = store.moment.value;
  const following = store.state.value.step === null;
  const name = step === null ? viewers.lastStep : viewers.stepOf(step);
  return (
    <div class="player">
      <input
        type="range"
        aria-label={viewers.timelineSlider}
        aria-valuetext={following ? `${name}, ${words.following}` : name}
        min={0}
        max={Math.max(0, records.length - 1)}
        step={1}
        value={at}
        disabled={records.length < 2}
        onInput={(event) => store.goToMoment(Number(event.currentTarget.value))}
      />
      <p>
        <b>{name}</b> {following && <small>{words.following}</small>}
      </p>
      {!following && (
        <button type="button" class="button small" onClick={() => store.go({ step: null }, "replace")}>
          {words.toNow}
        </button>
      )}
    </div>
  );
}

/** Goes on from a kept step with something different. */
function Branch() {
  const { session, words: said } = useLab();
  const { store } = usePage();
  const words = said.value;
  const open = useSignal(false);
  const run = session.shown.value;
  const { step } = store.moment.value;
  const from = run.kept.value.findLast((kept) => kept <= (step ?? 0)) ?? null;
  if (from === null) return null;
  if (!open.value) {
    return (
      <button type="button" class="button branch" title={words.notKept} onClick={() => (open.value = true)}>
        {words.goOn}
      </button>
    );
  }
  return (
    <Different
      title={words.goOnFrom(from)}
      settings={run.settings.value}
      names={BRANCHED}
      action={words.branch}
      act={(different) => {
        open.value = false;
        session.branch(from, different);
        store.go({ step: null }, "replace");
      }}
      cancel={() => (open.value = false)}
    />
  );
}

/** Loss, exact match and accuracy by position; a press chooses the step. */
function Plots() {
  const { session, words: said } = useLab();
  const { store, style } = usePage();
  const words = said.value;
  const { palette, words: viewers, measure } = style.value;
  const [element, width] = useWidth();
  const shown = session.shown.value;
  const taken = shown.steps.value;
  const { records } = store.dataset.value;
  const { step } = store.moment.value;
  const recorded = useMemo(() => records.flatMap((moment) => (moment.step === null ? [] : [moment.step])), [records]);
  const curves = session.runs.value.map((run) => ({
    colour: runColour(run, palette.heads),
    metrics: run.steps.value,
    shown: run === shown,
  }));
  const drawing = useMemo(() => {
    if (width === 0) return null;
    const all = curves.flatMap(({ metrics }) => [metrics[0], metrics.at(-1)].filter((line) => line !== undefined));
    const steps = stepsOf(all, recorded, step, viewers);
    const positions = { steps: taken, title: words.byPosition, axis: words.position };
    const named = { ...viewers, exactMatch: words.validationMatch, tokenAccuracy: words.trainingAccuracy };
    return runCurves(curves, positions, steps, { width, palette, words: named, measure });
  }, [...curves.map(({ metrics }) => metrics), shown, recorded, step, width, palette, viewers, words]);
  return (
    <div ref={element} class="plots">
      <div
        class="curves"
        role="img"
        aria-label={words.curvesName(shown.number)}
        onClick={(event) => {
          if (drawing === null || recorded.length < 2) return;
          const box = event.currentTarget.getBoundingClientRect();
          store.goToMoment(closest(recorded, drawing.stepAt(event.clientX - box.left)));
        }}
      >
        {drawing !== null && <SceneCanvas scene={drawing.scene} />}
      </div>
    </div>
  );
}

function closest(steps: readonly number[], step: number): number {
  return steps.reduce((best, each, at) => (Math.abs(each - step) < Math.abs(steps[best]! - step) ? at : best), 0);
}
