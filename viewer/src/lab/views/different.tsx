import { useSignal } from "@preact/signals";
import { Select } from "../../views/controls.tsx";
import type { Settings } from "../messages.ts";
import { filled } from "../settings.ts";
import { useLab } from "./context.ts";
import { type Chosen, isOpen, SettingControl, type Value, valueText } from "./setting.tsx";

interface Given {
  readonly title: string;
  /** What it differs from. */
  readonly settings: Settings;
  /** The settings that can differ. */
  readonly names: readonly Chosen[];
  readonly action: string;
  act(different: Settings): void;
  cancel(): void;
}

/** One thing different: which, and how. */
export function Different({ title, settings, names, action, act, cancel }: Given) {
  const { session, words: said } = useLab();
  const words = said.value;
  const { catalogue } = session;
  const open = names.filter((each) => isOpen(each, catalogue, settings));
  const name = useSignal<Chosen>(open[0]!);
  const value = useSignal<Value | undefined>(undefined);
  const now = filled(catalogue, settings)[name.value];
  const different = value.value !== undefined && value.value !== now;
  return (
    <form
      class="different"
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (different) act({ [name.value]: value.value });
      }}
    >
      <span class="title">{title}</span>
      <Select
        name={title}
        choices={open.map((each) => ({ value: each, text: words.settings[each], hint: words.settingHints[each] }))}
        chosen={name.value}
        choose={(chosen) => {
          name.value = chosen;
          value.value = undefined;
        }}
        short
      />
      <SettingControl
        key={name.value}
        name={name.value}
        catalogue={catalogue}
        settings={value.value === undefined ? settings : { ...settings, [name.value]: value.value }}
        words={words}
        choose={(chosen) => (value.value = chosen)}
      />
      <span class="ends">
        <button type="submit" class="button main" disabled={!different}>
          {action}
        </button>
        <button type="button" class="button" onClick={cancel}>
          {words.cancel}
        </button>
      </span>
    </form>
  );
}

/** What is different about a run, in words: `learning rate 0.001`. */
export function useDifference(): (different: Settings) => string {
  const words = useLab().words.value;
  return (different) =>
    (Object.entries(different) as [Chosen, Value][])
      .map(([name, value]) => words.valueOf(words.settings[name], valueText(value, words)))
      .join(words.and);
}
