import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { PageSwitches } from "../../views/header.tsx";
import { Mark } from "../../views/mark.tsx";
import { Viewer, Views } from "../../views/viewer.tsx";
import { Asking } from "./asking.tsx";
import { Choices } from "./choices.tsx";
import { useLab } from "./context.ts";
import { Curves } from "./curves.tsx";
import { Heads } from "./heads.tsx";
import { takeFile } from "./keeping.ts";
import { Lessons, Task } from "./lessons.tsx";
import { Question } from "./question.tsx";
import { useSaying } from "./saying.ts";
import { Share } from "./share.tsx";
import { Transport, Troubles } from "./transport.tsx";

/** All of the lab in its places. */
export function Frame() {
  const lab = useLab();
  const { session, looked } = lab;
  const words = lab.words.value;
  useSaying(lab);
  const taught = lab.lesson.value !== null || lab.text.value !== null;
  const choices = !lab.hides("choices");
  return (
    <>
      <Top />
      <div class="stick">
        <Transport />
        <Troubles />
      </div>
      <div class={`body ${taught || choices ? "" : "alone"}`}>
        <Task />
        {choices && <Fold />}
        <div class="middle">
          {looked.value ? (
            <div class={`shown ${session.beside.value === null ? "" : "two"}`}>
              <div class="small">
                <Heads />
                {!lab.hides("question") && <Question />}
              </div>
              <div class="large">
                {!lab.hides("views") && (
                  <nav>
                    <Views />
                  </nav>
                )}
                <Viewer />
              </div>
            </div>
          ) : (
            session.refused.value === null && <p class="preparing">{words.preparing}</p>
          )}
        </div>
      </div>
      {looked.value && !lab.hides("curves") && <Curves />}
      <Lessons />
      <Share />
      <Asking />
      <Drop />
    </>
  );
}

/** The page's name and its doors. */
function Top() {
  const lab = useLab();
  const words = lab.words.value;
  const presenting = lab.presenter.value;
  return (
    <header>
      <Mark />
      <h1>{words.title}</h1>
      <div class="doors">
        <button type="button" class="button" onClick={() => (lab.open.value = "lessons")}>
          {words.lessons}
        </button>
        {!lab.hides("share") && (
          <button type="button" class="button" onClick={() => (lab.open.value = "share")}>
            {words.share}
          </button>
        )}
        <button
          type="button"
          class="button icon"
          aria-pressed={presenting}
          aria-label={presenting ? words.presenterOff : words.presenter}
          title={`${presenting ? words.presenterOff : words.presenter} (p)`}
          onClick={() => (lab.presenter.value = !presenting)}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M2.5 4h15v9h-15zM10 13v4M6.5 17h7" />
          </svg>
        </button>
      </div>
      <PageSwitches />
    </header>
  );
}

/** The choices, which fold away: beside what they make where there is room, and below it where there is none. */
function Fold() {
  const words = useLab().words.value;
  const wide = matchMedia("(min-width: 900px)");
  const open = useSignal(wide.matches);
  useEffect(() => {
    const changed = () => (open.value = wide.matches);
    wide.addEventListener("change", changed);
    return () => wide.removeEventListener("change", changed);
  }, []);
  return (
    <details class="fold-choices" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary title={words.choicesFold}>{words.choices}</summary>
      <Choices />
    </details>
  );
}

/** A file over the page can be dropped anywhere. */
function Drop() {
  const lab = useLab();
  const over = useSignal(false);
  useEffect(() => {
    const drag = (event: DragEvent) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      over.value = true;
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) over.value = false;
    };
    const drop = (event: DragEvent) => {
      const file = event.dataTransfer?.files[0];
      over.value = false;
      if (file === undefined) return;
      event.preventDefault();
      takeFile(lab, file);
    };
    addEventListener("dragover", drag);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", drag);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, []);
  return over.value ? <p class="drop">{lab.words.value.drop}</p> : null;
}
