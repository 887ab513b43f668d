import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { Token } from "../../views/controls.tsx";
import { visible } from "../../tokens.ts";
import { questionForm } from "../../words/lab/tasks.ts";
import { useLab } from "./context.ts";
import { taskOf } from "./setting.tsx";

/** Longer questions no task has. */
const LONGEST = 2000;

/** A question of the user's own: the answer, whether it is right, and attention on it. */
export function Question() {
  const { session, page, words: said } = useLab();
  const words = said.value;
  const typed = useSignal(session.question.value ?? "");
  const id = useId();
  const facts = session.shown.value.facts.value;
  const question = session.question.value;
  const example = facts?.example ?? "";
  const task = taskOf(session.catalogue, session.shown.value.settings.value).name;
  const form = page.language.value === "zh" ? questionForm(task) : (facts?.question ?? null);
  // A question that came another way, such as with the address, stands in the box too.
  useEffect(() => {
    if (question !== null) typed.value = question;
  }, [question]);
  return (
    <section class="question" aria-label={words.question}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          session.ask(typed.value.trim() === "" ? null : typed.value.trim());
        }}
      >
        <label for={id}>{words.question}</label>
        <input
          id={id}
          type="text"
          autocomplete="off"
          spellcheck={false}
          maxLength={LONGEST}
          value={typed.value}
          placeholder={example}
          aria-describedby={`${id}-form`}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
        <button type="submit" class="button">
          {words.ask}
        </button>
        {question !== null && (
          <button
            type="button"
            class="button"
            onClick={() => {
              typed.value = "";
              session.ask(null);
            }}
          >
            {words.backToExample}
          </button>
        )}
      </form>
      <p id={`${id}-form`} class="form">
        {facts !== null && question === null && (
          <>
            {form !== null && (
              <bdi>
                {form}
                {page.language.value === "zh" ? "，" : ", "}
              </bdi>
            )}
            {words.asExample}{" "}
            <button type="button" class="fill" onClick={() => (typed.value = example)}>
              <bdi>{example}</bdi>
            </button>
          </>
        )}
      </p>
      <Answer />
    </section>
  );
}

function Answer() {
  const { session, words: said } = useLab();
  const words = said.value;
  const asked = session.asked.value;
  if (asked === null) return null;
  const right = asked.right === null ? null : asked.answer === asked.right;
  return (
    <p class="answer">
      {words.answer} <Token text={visible(asked.answer)} />{" "}
      {right === null ? (
        <small>{words.noRight}</small>
      ) : right ? (
        <b class="right">✓ {words.isRight}</b>
      ) : (
        <>
          <b class="wrong">✗ {words.isWrong}</b>{" "}
          <span>
            {words.rightAnswer} <Token text={visible(asked.right!)} />
          </span>
        </>
      )}
      <small> · {words.atStep(asked.step)}</small>
    </p>
  );
}
