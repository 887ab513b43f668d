import type { ComponentChildren } from "preact";
import { percent } from "../../digits.ts";
import { exactMatchAt } from "../../state/store.ts";
import { Select } from "../../views/controls.tsx";
import { usePage } from "../../views/context.ts";
import { refusalIn } from "../../words/refusals.ts";
import { type Run, SPEEDS } from "../session.ts";
import { unlessLost, useLab } from "./context.ts";
import { lacksPairs } from "./choosing.ts";

/** Trains, pauses, steps, begins again; and how the training stands. It stays in sight. */
export function Transport() {
  const lab = useLab();
  const { session } = lab;
  const words = lab.words.value;
  const playing = session.playing.value;
  const refused = session.refused.value !== null && session.shown.value.status.value === "idle";
  return (
    <section class="transport" aria-label={words.transport}>
      <div class="drive">
        <button
          type="button"
          class={`play ${playing ? "playing" : ""}`}
          title={playing ? words.pauseHint : words.playHint}
          disabled={refused}
          onClick={() => (playing ? session.pause() : session.play())}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d={playing ? "M5 4h4v12H5zM11 4h4v12h-4z" : "M6 3l11 7-11 7z"} />
          </svg>
          <span>{playing ? words.pause : words.play}</span>
        </button>
        <Icon name={words.stepOnce} hint={words.stepOnceHint} disabled={refused} press={() => session.stepOnce()}>
          <path class="full" d="M4 4l8 6-8 6z" />
          <path d="M15 4v12" />
        </Icon>
        <Icon
          name={words.restart}
          hint={words.restartHint}
          disabled={session.refused.value !== null}
          press={() => unlessLost(lab, () => session.restart())}
        >
          <path d="M4.5 7A6.5 6.5 0 1 1 3.5 11" />
          <path d="M4 3v4.5h4.5" />
        </Icon>
        {!lab.hides("speed") && (
          <Select
            name={words.speed}
            choices={SPEEDS.map((speed) => ({ value: String(speed), text: speed === null ? words.fastest : words.speedOf(speed) }))}
            chosen={String(session.speed.value)}
            choose={(value) => (session.speed.value = SPEEDS.find((speed) => String(speed) === value) ?? null)}
          />
        )}
      </div>
      <Figures />
      <State />
    </section>
  );
}

interface Given {
  readonly name: string;
  readonly hint: string;
  readonly disabled: boolean;
  press(): void;
  readonly children: ComponentChildren;
}

function Icon({ name, hint, disabled, press, children }: Given) {
  return (
    <button type="button" class="button icon" aria-label={name} title={hint} disabled={disabled} onClick={press}>
      <svg viewBox="0 0 20 20" aria-hidden="true">
        {children}
      </svg>
    </button>
  );
}

/** Step, loss, and exact match on its way to the target. */
function Figures() {
  const { session, words: said } = useLab();
  const words = said.value;
  const { words: viewers } = usePage().style.value;
  const run = session.shown.value;
  const last = run.steps.value.at(-1);
  const match = matchOf(run);
  const target = run.facts.value?.target ?? null;
  return (
    <dl class="standing">
      <div>
        <dt>{viewers.step}</dt>
        <dd data-figure="step">{last?.step ?? 0}</dd>
      </div>
      <div>
        <dt>{viewers.loss}</dt>
        <dd data-figure="loss">{last === undefined ? "–" : Number.isFinite(last.loss) ? last.loss.toFixed(3) : "NaN"}</dd>
      </div>
      <div class="match" title={run.facts.value === null ? "" : words.targetOf(percent(run.facts.value.target), run.facts.value.heldOut)}>
        <dt>
          {viewers.exactMatch}
          {target !== null && <small> · {words.target(percent(target))}</small>}
        </dt>
        <dd data-figure="exact-match">
          {match === null ? "–" : percent(match)}
          <span class="meter" aria-hidden="true">
            <span class={target !== null && (match ?? 0) >= target ? "reached" : ""} style={{ width: `${(match ?? 0) * 100}%` }} />
            {target !== null && <i style={{ left: `${target * 100}%` }} />}
          </span>
        </dd>
      </div>
    </dl>
  );
}

/** The last exact match on the validation set; null before the first. */
export function matchOf(run: Run): number | null {
  return exactMatchAt(run.steps.value, null)?.value ?? null;
}

/** The state in words, and what drives it. */
function State() {
  const { session, words: said } = useLab();
  const words = said.value;
  const run = session.shown.value;
  const facts = run.facts.value;
  const status = run.status.value;
  const step = run.steps.value.at(-1)?.step ?? 0;
  const trouble = run.trouble.value;
  const text =
    status === "idle" && session.refused.value !== null
      ? lacksPairs(session)
        ? words.pairsFirst
        : words.states.refused
      : status === "solved"
        ? words.solvedAt(step)
        : status === "stopped"
          ? (trouble === null ? words.pausedAt : words.stoppedAt)(step)
          : words.states[status];
  const parts = [
    // Where nothing is trained, no speed is one.
    ...(facts?.stepsPerSecond == null || status !== "training"
      ? []
      : [words.stepsPerSecond(facts.stepsPerSecond.toFixed(facts.stepsPerSecond < 10 ? 1 : 0))]),
    ...(facts === null ? [] : [words.workers(facts.workers), words.parameters(facts.parameters.toLocaleString("en"))]),
  ];
  return (
    <div class={`state ${status}`}>
      <p class="says">
        <i class="lamp" aria-hidden="true" />
        {session.held.value ? words.held : text}
      </p>
      <p class="facts" title={words.workersHint}>
        {parts.join(" · ")}
      </p>
    </div>
  );
}

/** Why a training cannot go on, or what was refused; each with what helps. */
export function Troubles() {
  const { session, page, words: said } = useLab();
  const language = page.language.value;
  const words = said.value;
  const run = session.shown.value;
  const trouble = run.trouble.value;
  const refused = session.refused.value;
  const missing = lacksPairs(session);
  const notice = session.notice.value;
  return (
    <div class="troubles" role="alert">
      {refused !== null && !missing && (
        <p class="trouble refused">
          <bdi>{refusalIn(language, refused)}</bdi>
        </p>
      )}
      {trouble !== null && (
        <p class={run.status.value === "error" ? "trouble" : "notice"}>
          <bdi>{refusalIn(language, trouble)}</bdi>
          {run.status.value === "error" && (
            <button type="button" class="button" title={words.recoverHint} onClick={() => session.recover()}>
              {words.recover}
            </button>
          )}
        </p>
      )}
      {notice !== null && (
        <p class="notice">
          <bdi>{refusalIn(language, notice)}</bdi>
          <button type="button" class="button" onClick={() => (session.notice.value = null)}>
            {words.dismiss}
          </button>
        </p>
      )}
    </div>
  );
}
