import { computed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { recordOf } from "../../state/store.ts";
import { sameHead } from "../../findings.ts";
import { doneAfter, type Seen } from "../lessons/checks.ts";
import { LESSONS } from "../lessons/all.ts";
import type { Lesson } from "../lessons/lesson.ts";
import { type Lab, unlessLost, useLab } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { matchOf } from "./transport.tsx";

/** Goes into a lesson, or out of it: what is trained is the lesson's. */
function enter(lab: Lab, lesson: Lesson | null): void {
  const { session, open } = lab;
  open.value = null;
  if (lesson === null) {
    session.lesson.value = null;
    lab.leave();
    return;
  }
  unlessLost(lab, () => {
    lab.leave();
    session.lesson.value = lesson.name;
    session.chosen.value = lesson.settings;
    session.restart();
  });
}

/** The lessons to choose from. */
export function Lessons() {
  const lab = useLab();
  const words = lab.words.value;
  const language = lab.page.language.value;
  return (
    <Dialog title={words.lessons} open={lab.open.value === "lessons"} close={() => (lab.open.value = null)}>
      <p class="lead">{words.lessonsHint}</p>
      <ul class="lessons">
        {LESSONS.map((lesson) => (
          <li key={lesson.name}>
            <button type="button" aria-current={lesson === lab.lesson.value} onClick={() => enter(lab, lesson)}>
              <b>{lesson.text[language].title}</b>
              <span>{lesson.text[language].about}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

/** The task of a lesson, step by step, each ticked when it is done; or a teacher's own text. */
export function Task() {
  const lab = useLab();
  const words = lab.words.value;
  const lesson = lab.lesson.value;
  const text = lab.text.value;
  if (lesson === null && text === null) return null;
  return (
    <section class="lesson" aria-label={words.lesson}>
      {text !== null ? (
        <p class="own" dir="auto">
          {text}
        </p>
      ) : (
        <Steps key={lesson!.name} lesson={lesson!} />
      )}
      {lesson !== null && (
        <button type="button" class="button small" title={words.freelyHint} onClick={() => enter(lab, null)}>
          {words.freely}
        </button>
      )}
    </section>
  );
}

function Steps({ lesson }: { lesson: Lesson }) {
  const lab = useLab();
  const words = lab.words.value;
  const { title, about, steps, look } = lesson.text[lab.page.language.value];
  const seen = useMemo(() => computed(() => seenIn(lab)), [lab]);
  const now = seen.value;
  useEffect(() => {
    if (now === null) return;
    const before = lab.done.peek();
    const done = doneAfter(lesson.checks, before, now);
    if (done === before) return;
    lab.done.value = done;
    lab.page.spoken.value = done === steps.length ? words.done : `${words.stepDone}: ${steps[done - 1]}`;
  }, [now]);
  const done = lab.done.value;
  return (
    <>
      <h2>{title}</h2>
      <p>{about}</p>
      <ol>
        {steps.map((step, at) => (
          <li key={step} class={at < done ? "done" : at === done ? "next" : ""} aria-current={at === done ? "step" : undefined}>
            <i aria-hidden="true">{at < done ? "✓" : at + 1}</i>
            <span>
              {step}
              <span class="unseen"> ({at < done ? words.stepDone : words.stepOpen})</span>
            </span>
          </li>
        ))}
      </ol>
      <p class="note">
        <b>{words.look}:</b> {look}
      </p>
      {done === steps.length && <p class="finished">{words.done}</p>}
    </>
  );
}

/** What the checks of a lesson ask of the page; null until there is a look at the heads. */
function seenIn({ session, page: { store }, looked }: Lab): Seen | null {
  if (!looked.value) return null;
  const run = session.shown.value;
  const { kind, layer, head, query, key } = store.seen.value;
  const record = recordOf(store.moment.value, kind) ?? store.record.value;
  const row = store.table.value?.rows.find((each) => sameHead(each.head, { kind, layer, head }));
  const { offset, bestOffset } = record.measures(layer, head);
  // Whichever of the two is shown, the other is compared by what it was made different by.
  const compared = session.runs.value.findLast(({ from }) => from !== null && from.step === 0) ?? null;
  return {
    settings: run.settings.value,
    step: run.steps.value.at(-1)?.step ?? 0,
    solved: run.status.value === "solved",
    newest: store.state.value.step === null,
    needed: query !== null && key !== null && record.alignment?.[query]?.includes(key) === true,
    back: offset === null || bestOffset === null ? null : { positions: -bestOffset, weight: offset },
    roles: row?.roles ?? [],
    changes: session.changes.value,
    changed: session.changed.value,
    beside: compared === null ? null : { settings: compared.settings.value, exactMatch: matchOf(compared) },
  };
}
