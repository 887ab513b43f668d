import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { PARTS, type Part } from "../lessons/lesson.ts";
import { useLab } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { exerciseLink, LONGEST_TEXT } from "./exercise.ts";
import { saveRun, takeFile } from "./keeping.ts";

/** What a lab can give away and get back: its address, its command, its run as a file, and an exercise made of it. */
export function Share() {
  const lab = useLab();
  const { session, open } = lab;
  const words = lab.words.value;
  const saving = useSignal(false);
  const file = useRef<HTMLInputElement>(null);
  const keeps = session.keeps.value;
  return (
    <Dialog title={words.share} open={open.value === "share"} close={() => (open.value = null)}>
      <div class="share">
        <Copied name={words.link} text={location.href} action={words.copyLink} hint={words.copyLinkHint} />
        <Copied name={words.command} text={session.command.value} action={words.copyCommand} hint={words.commandHint} />
        <div class="keep">
          <button
            type="button"
            class="button"
            disabled={saving.value}
            onClick={() => {
              saving.value = true;
              void saveRun(lab).finally(() => (saving.value = false));
            }}
          >
            {saving.value ? words.saving : words.save}
          </button>
          <p class="note">{words.saveHint}</p>
          <button type="button" class="button" onClick={() => file.current?.click()}>
            {words.open}
          </button>
          <p class="note">{words.openHint}</p>
          <input
            ref={file}
            type="file"
            class="unseen"
            tabIndex={-1}
            aria-label={words.open}
            accept=".zip,application/zip"
            onChange={(event) => {
              const chosen = event.currentTarget.files?.[0];
              event.currentTarget.value = "";
              if (chosen !== undefined) takeFile(lab, chosen);
            }}
          />
        </div>
        <p class="boxed">
          {keeps === null ? words.keptUnknown : keeps ? words.keptHere : words.keptNot} {words.nothingSent}
        </p>
        <Exercise />
      </div>
    </Dialog>
  );
}

/** A text with a button that copies it. */
function Copied({ name, text, action, hint }: { name: string; text: string; action: string; hint: string }) {
  const { page, words: said } = useLab();
  const words = said.value;
  const id = useId();
  const note = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      note.value = words.copied;
    } catch {
      field.current?.select();
      note.value = words.copyFailed;
    }
    page.spoken.value = note.value;
  };
  return (
    <div class="copied">
      <label for={id}>{name}</label>
      <input ref={field} id={id} type="text" readOnly value={text} onFocus={(event) => event.currentTarget.select()} />
      <button type="button" class="button" onClick={() => void copy()}>
        {action}
      </button>
      <p class="note">{note.value === "" ? hint : note.value}</p>
    </div>
  );
}

/** A teacher's own text, and what is hidden beside it. */
function Exercise() {
  const words = useLab().words.value;
  const id = useId();
  const text = useSignal("");
  const hidden = useSignal<readonly Part[]>(["choices", "share"]);
  const toggle = (part: Part) => {
    hidden.value = PARTS.filter((each) => (each === part) !== hidden.value.includes(each));
  };
  return (
    <details class="exercise">
      <summary>{words.exercise}</summary>
      <p class="note">{words.exerciseHint}</p>
      <label for={id}>{words.exerciseText}</label>
      <textarea
        id={id}
        rows={5}
        maxLength={LONGEST_TEXT}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <fieldset>
        <legend>{words.exerciseHides}</legend>
        {PARTS.map((part) => (
          <label key={part} class="check">
            <input type="checkbox" checked={hidden.value.includes(part)} onChange={() => toggle(part)} />
            {words.parts[part]}
          </label>
        ))}
      </fieldset>
      {text.value.trim() !== "" && (
        <Copied
          name={words.link}
          text={exerciseLink(location.href, text.value, hidden.value)}
          action={words.exerciseLink}
          hint={words.exerciseHint}
        />
      )}
    </details>
  );
}
