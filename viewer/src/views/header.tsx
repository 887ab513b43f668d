import { percent } from "../digits.ts";
import { exactMatchAt } from "../state/store.ts";
import { usePage } from "./context.ts";
import { Mark } from "./mark.tsx";
import { Switches } from "./switches.tsx";

/** What is looked at, in one line, and the switches of the page. */
export function Header() {
  const { store, style } = usePage();
  const { words } = style.value;
  const dataset = store.dataset.value;
  const { step } = store.moment.value;
  const match = exactMatchAt(dataset.metrics, step);
  return (
    <header>
      <Mark />
      <h1 title={dataset.title}>
        <bdi>{dataset.title === "" ? "Headlight" : dataset.title}</bdi>
      </h1>
      <p class="origin">
        {[dataset.origin.task, dataset.origin.model, words.size(store.record.value.layers, store.record.value.heads)]
          .filter((part) => part !== "" && part !== dataset.title)
          .map((part) => (
            <bdi key={part}>{part}</bdi>
          ))}
      </p>
      <p class="figures">
        {step !== null && (
          <span>
            {words.step} <b>{step}</b>
          </span>
        )}
        {match !== null && (
          <span>
            {words.exactMatch} <b>{percent(match.value)}</b>
            {step !== null && match.step !== step && ` ${words.exactMatchAt(match.step)}`}
          </span>
        )}
      </p>
      <PageSwitches />
    </header>
  );
}

/** Language, theme and help. */
export function PageSwitches() {
  const { store, style, dark, language, help } = usePage();
  const { words } = style.value;
  return (
    <Switches
      theme={store.state.value.theme}
      dark={dark.value}
      language={language.value}
      words={words}
      go={(change) => store.go(change, "replace")}
    >
      <button type="button" class="button icon" aria-label={words.help} title={`${words.help} (?)`} onClick={() => (help.value = true)}>
        ?
      </button>
    </Switches>
  );
}
