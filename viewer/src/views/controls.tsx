import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";

interface Choices<T extends string> {
  readonly name: string;
  readonly choices: readonly { readonly value: T; readonly text: string; readonly hint?: string }[];
  readonly chosen: T;
  choose(value: T): void;
}

/** Tabs over one panel, with the keys that tabs have: arrows, Home and End. */
export function Tabs<T extends string>({ name, choices, chosen, choose, panel, kind }: Choices<T> & { panel: string; kind: string }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const at = choices.findIndex(({ value }) => value === chosen);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: choices.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = (to + choices.length) % choices.length;
    choose(choices[next]!.value);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <div ref={list} class={`tabs ${kind}`} role="tablist" aria-label={name} onKeyDown={move}>
      {choices.map(({ value, text, hint }) => (
        <button
          key={value}
          type="button"
          role="tab"
          id={`tab-${value}`}
          aria-selected={value === chosen}
          aria-controls={panel}
          tabIndex={value === chosen ? 0 : -1}
          title={hint}
          onClick={() => choose(value)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** One of a few, side by side. */
export function Segments<T extends string>({ name, choices, chosen, choose }: Choices<T>) {
  const group = useId();
  return (
    <fieldset class="segments">
      <legend class="unseen">{name}</legend>
      {choices.map(({ value, text, hint }) => (
        <label key={value} title={hint}>
          <input type="radio" name={group} checked={value === chosen} onChange={() => choose(value)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** One of several, in a list that opens. */
export function Select<T extends string>(given: Choices<T> & { short?: boolean; disabled?: boolean }) {
  const { name, choices, chosen, choose, short = false, disabled = false } = given;
  return (
    <label class="select">
      <span class={short ? "unseen" : "name"}>{name}</span>
      <select
        value={chosen}
        disabled={disabled}
        onChange={(event) => choose(event.currentTarget.value as T)}
        title={choices.find(({ value }) => value === chosen)?.hint}
      >
        {choices.map(({ value, text }) => (
          <option key={value} value={value} selected={value === chosen}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export function Button({
  name,
  press,
  children,
  pressed,
  disabled = false,
}: {
  name: string;
  press(): void;
  children: ComponentChildren;
  pressed?: boolean;
  disabled?: boolean;
}) {
  return (
    <button type="button" class="button" aria-label={name} title={name} aria-pressed={pressed} disabled={disabled} onClick={press}>
      {children}
    </button>
  );
}

/** A token in running text: what it holds cannot turn the writing around it. */
export function Token({ text }: { text: string }) {
  return <bdi class="token">{text}</bdi>;
}

/** A number from 0 to 1 as a bar; the number itself stands beside it. */
export function Gauge({ part }: { part: number }) {
  return (
    <span class="gauge" aria-hidden="true">
      <span style={{ width: `${Math.min(1, part) * 100}%` }} />
    </span>
  );
}
