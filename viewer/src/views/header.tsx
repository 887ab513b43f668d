import { percent } from "../digits.ts";
import { exactMatchAt } from "../state/store.ts";
import { usePage } from "./context.ts";
import { Mark } from "./mark.tsx";

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
      <Switches />
    </header>
  );
}

/** Language, theme and help. */
export function Switches() {
  const page = usePage();
  const { store, style } = page;
  const { words } = style.value;
  const { theme } = store.state.value;
  const next = ({ auto: page.dark.value ? "light" : "dark", light: "dark", dark: "light" } as const)[theme];
  return (
    <div class="switches">
      <button
        type="button"
        class="button"
        lang={page.language.value === "zh" ? "en" : "zh-Hans"}
        onClick={() => store.go({ language: page.language.value === "zh" ? "en" : "zh" }, "replace")}
      >
        {words.languageSwitch}
      </button>
      <button
        type="button"
        class="button icon"
        aria-label={words.themes[theme]}
        title={words.themes[theme]}
        onClick={() => store.go({ theme: next }, "replace")}
      >
        <svg viewBox="0 0 20 20" aria-hidden="true">
          <circle cx="10" cy="10" r="7" />
          <path d="M10 3a7 7 0 0 1 0 14z" class="full" />
        </svg>
      </button>
      <button
        type="button"
        class="button icon"
        aria-label={words.help}
        title={`${words.help} (?)`}
        onClick={() => (page.help.value = true)}
      >
        ?
      </button>
    </div>
  );
}
