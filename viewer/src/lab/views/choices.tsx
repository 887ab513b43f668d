import { useSignal } from "@preact/signals";
import { exampleOf, taskWords } from "../../words/lab/tasks.ts";
import { filled, same } from "../settings.ts";
import { choose } from "./choosing.ts";
import { type Lab, unlessLost, useLab } from "./context.ts";
import { Pairs } from "./pairs.tsx";
import { type Chosen, defaultOf, isOpen, SettingControl, taskOf, type Value, valueText } from "./setting.tsx";

const MODEL = ["architecture", "layers", "heads", "dModel", "positions", "norm", "activation"] as const satisfies readonly Chosen[];
const TRAINING = ["learningRate", "seed"] as const satisfies readonly Chosen[];
const SIZES = ["characters", "length", "symbols"] as const satisfies readonly Chosen[];
const MORE = [
  "dFf",
  "minLength",
  "batchSize",
  "dropout",
  "schedule",
  "warmupSteps",
  "decaySteps",
  "tieWeights",
  "maxSteps",
] as const satisfies readonly Chosen[];

/** What is trained, and how. */
export function Choices() {
  const lab = useLab();
  const { session } = lab;
  const words = lab.words.value;
  const settings = session.chosen.value;
  const open = (names: readonly Chosen[]) =>
    names.filter((name) => isOpen(name, session.catalogue, settings) && (lab.choices.value?.includes(name) ?? true));
  const [model, training, sizes, more] = [MODEL, TRAINING, SIZES, MORE].map(open) as [Chosen[], Chosen[], Chosen[], Chosen[]];
  const differs = [...model, ...training, ...sizes, ...more].some((name) => isChanged(lab, name));
  return (
    <div class="choices">
      <Differing />
      {lab.choices.value === null && <Task />}
      {sizes.map((name) => (
        <Setting key={name} name={name} />
      ))}
      <Group title={words.groups.model} names={model} />
      <Group title={words.groups.training} names={training} />
      {more.length > 0 && <More names={more} />}
      {differs && (
        <button
          type="button"
          class="button small reset"
          onClick={() =>
            choose(lab, { task: taskOf(session.catalogue, settings).name, ...(settings.pairs !== undefined && { pairs: settings.pairs }) })
          }
        >
          {words.allDefaults}
        </button>
      )}
    </div>
  );
}

function Group({ title, names }: { title: string; names: readonly Chosen[] }) {
  if (names.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      {names.map((name) => (
        <Setting key={name} name={name} />
      ))}
    </section>
  );
}

/** What few people change. */
function More({ names }: { names: readonly Chosen[] }) {
  const lab = useLab();
  const open = useSignal(names.some((name) => isChanged(lab, name)));
  return (
    <details class="more" open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
      <summary>{lab.words.value.more}</summary>
      {names.map((name) => (
        <Setting key={name} name={name} />
      ))}
    </details>
  );
}

function isChanged({ session }: Lab, name: Chosen): boolean {
  const settings = session.chosen.value;
  const usual = defaultOf(name, session.catalogue, settings);
  return (filled(session.catalogue, settings)[name] ?? usual) !== usual;
}

/** One setting: its name, its control, and the way back to its default. */
function Setting({ name }: { name: Chosen }) {
  const lab = useLab();
  const { session } = lab;
  const words = lab.words.value;
  const settings = session.chosen.value;
  const usual = valueText(defaultOf(name, session.catalogue, settings), words);
  const changed = isChanged(lab, name);
  const put = (value: Value) => choose(lab, { ...settings, [name]: value });
  const back = () => {
    const { [name]: _, ...rest } = settings;
    choose(lab, rest);
  };
  return (
    <div class={`setting ${changed ? "changed" : ""}`} data-setting={name}>
      <span class="title" title={`${words.settingHints[name]} (${words.isDefault(usual)})`}>
        {words.settings[name]}
      </span>
      <SettingControl name={name} catalogue={session.catalogue} settings={settings} words={words} choose={put} />
      {name === "seed" && (
        <button
          type="button"
          class="button icon"
          aria-label={words.anotherSeed}
          title={words.anotherSeed}
          onClick={() => put(((filled(session.catalogue, settings).seed ?? 0) + 1) % 2 ** 32)}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <rect x="3" y="3" width="14" height="14" rx="3" />
            <path class="full" d="M6.5 5.5h2v2h-2zM11.5 12.5h2v2h-2zM9 9h2v2h-2z" />
          </svg>
        </button>
      )}
      {changed && (
        <button
          type="button"
          class="back"
          aria-label={words.toDefault(words.settings[name], usual)}
          title={words.toDefault(words.settings[name], usual)}
          onClick={back}
        >
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <path d="M7 4L3 8l4 4M3 8h8a5 5 0 0 1 0 10H8" />
          </svg>
        </button>
      )}
      <small class="meaning">{words.settingHints[name]}</small>
    </div>
  );
}

/** The task, with what it asks and what attention has to do for it. */
function Task() {
  const lab = useLab();
  const { session, page } = lab;
  const words = lab.words.value;
  const settings = session.chosen.value;
  const task = taskOf(session.catalogue, settings);
  const said = taskWords(task, page.language.value);
  const example = exampleOf(task.name);
  const seed = settings.seed === undefined ? {} : { seed: settings.seed };
  return (
    <section class="task">
      <div class="setting" data-setting="task">
        <span class="title" title={words.settingHints.task}>
          {words.settings.task}
        </span>
        <SettingControl
          name="task"
          catalogue={session.catalogue}
          settings={{ ...settings, task: task.name }}
          words={words}
          choose={(name) => choose(lab, { task: String(name), ...seed })}
        />
      </div>
      <p class="about">{said.about}</p>
      {example !== null && (
        <p class="example">
          <span class="unseen">{words.example}: </span>
          <code>{example}</code>
        </p>
      )}
      <p class="note">{said.lesson}</p>
      {task.takesPairs && <Pairs />}
    </section>
  );
}

/** The form says something else than what is being trained. */
function Differing() {
  const lab = useLab();
  const { session } = lab;
  const words = lab.words.value;
  const trained = session.runs.value[0]?.settings.value;
  const begun = session.runs.value.some(({ steps }) => steps.value.length > 0);
  if (!begun || trained === undefined || same(session.catalogue, session.chosen.value, trained)) return null;
  return (
    <div class="differing" role="status">
      <p>{words.differ}</p>
      <button
        type="button"
        class="button main"
        disabled={session.refused.value !== null}
        onClick={() => unlessLost(lab, () => session.restart())}
      >
        {words.startWithThem}
      </button>
      <button type="button" class="button" onClick={() => (session.chosen.value = trained)}>
        {words.takeBack}
      </button>
    </div>
  );
}
