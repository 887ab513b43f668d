/**
 * A session without workers: numbers that look like a training's, the same every time. Its steps are taken by a timer while it plays, and by
 * `advance` in tests.
 */
import { computed, type Signal, signal } from "@preact/signals";
import type { Dataset, Findings, HeadName, Moment } from "../../src/data.ts";
import type { Evaluated, HeadChange, Settings, Step } from "../../src/lab/messages.ts";
import type { Asked, Facts, Run, Session, Speed, Status } from "../../src/lab/session.ts";
import { recordOf } from "../records.ts";
import { CATALOGUE } from "./catalogue.ts";

export interface FakeSession extends Session {
  /** Trains all runs by so many steps. */
  advance(steps: number): void;
  readonly calls: string[];
  readonly set: {
    readonly trouble: (line: string) => void;
    readonly held: Signal<boolean>;
    readonly keeps: Signal<boolean | null>;
  };
}

interface FakeRun extends Run {
  readonly status: Signal<Status>;
  readonly trouble: Signal<string | null>;
  readonly steps: Signal<readonly Step[]>;
  advance(steps: number): void;
}

/** A look at the heads is kept every so many steps. */
const LOOK = 5;
const DIGITS = "3 1 4 1 5 9 2 6 5 3".split(" ");

function filled(settings: Settings): Settings {
  const task = CATALOGUE.tasks.find(({ name }) => name === settings.task) ?? CATALOGUE.tasks[0]!;
  const defaults = task.defaults.find(({ architecture }) => architecture === settings.architecture) ?? task.defaults[0]!;
  return { ...defaults, ...settings };
}

/** How far a training has come, 0–1: with one layer it never gets far in `induction`. */
function progress(settings: Settings, step: number): number {
  const rate = Math.min(1.4, (settings.learningRate ?? 8e-3) / 6e-3);
  const most = settings.task === "induction" && settings.layers === 1 ? 0.42 : 1;
  return Math.min(most, (step * rate) / 90);
}

function stepAt(settings: Settings, step: number): Step {
  const far = progress(settings, step);
  const bump = Math.sin(step * 2.3 + (settings.seed ?? 0)) * 0.02;
  const accuracy = 1 / (1 + Math.exp(-(far - 0.42) * 14));
  const length = settings.length ?? 10;
  return {
    step,
    loss: Math.max(0.003, 2.77 * (1 - accuracy) + bump),
    tokenAccuracy: Math.min(1, Math.max(0.06, accuracy + bump / 2)),
    exactMatch: step % 10 === 0 ? Math.round(512 / (1 + Math.exp(-(far - 0.7) * 22)) + (far >= 1 ? 1 : 0)) / 512 : null,
    byPosition: Array.from({ length }, (_, at) => Math.min(1, Math.max(0.05, accuracy + 0.25 * Math.sin(step / 9 + at) * (1 - accuracy)))),
    learningRate: settings.learningRate ?? 8e-3,
  };
}

function lookAt(settings: Settings, step: number, question: string | null): Moment {
  const trained = progress(settings, step);
  const source = question?.trim().split(/\s+/) ?? DIGITS.slice(0, settings.length ?? 10);
  const [layers, heads] = [settings.layers ?? 2, settings.heads ?? 4];
  const size = source.length;
  const back = (layer: number, head: number) => (layer === 0 && head === 1 % heads ? size : [1, 4, 2, 0, 3, 5, 6, 7][(layer + head) % 8]!);
  if (settings.architecture !== "encoder-decoder") {
    const tokens = ["BOS", ...source, "SEP", ...source.slice(0, -1)];
    const needed = (query: number) => (query > size ? [query - size] : []);
    const shape = { kind: "decoder_self", layers, heads, queries: tokens, keys: tokens } as const;
    return { step, records: [recordOf({ ...shape, causal: true, needed, trained, back, projections: "plain" })] };
  }
  const target = ["BOS", ...source.slice(0, -1)];
  return {
    step,
    records: [
      recordOf({ kind: "encoder_self", layers, heads, queries: source, keys: source, trained, back }),
      recordOf({ kind: "decoder_self", layers, heads, queries: target, keys: target, causal: true, trained, back }),
      recordOf({
        kind: "cross",
        layers,
        heads,
        queries: target,
        keys: source,
        needed: (query) => [query],
        trained,
        back: (layer, head) => (layer === 0 && head === 1 % heads ? 0 : 2 + head),
      }),
    ],
  };
}

function rolesAt({ layers = 2, heads = 4, architecture }: Settings, far: number, step: number): Findings[] {
  if (far < 0.6) return [];
  const kind = architecture === "encoder-decoder" ? "encoder_self" : "decoder_self";
  const named = (layer: number, head: number): HeadName => ({ kind, layer, head });
  const found = [
    { head: named(0, 0), roles: ["previous token"] },
    ...(layers > 1 ? [{ head: named(1, heads - 1), roles: ["induction"] }] : []),
  ];
  return [
    {
      lens: "scores",
      step,
      examples: 64,
      seed: 0,
      baseline: null,
      scores: [{ name: "previous", title: "previous token" }],
      heads: found.map((each) => ({ ...each, scores: new Map([["previous", { mean: 0.9, low: 0.85, high: 0.95, examples: 64 }]]) })),
      ablations: [],
      charts: [],
      appearances: [],
      notes: [],
    },
  ];
}

function makeRun(number: number, asked: Settings, from: Run["from"], before: readonly Step[], question: Signal<string | null>): FakeRun {
  const settings = filled(asked);
  const steps = signal<readonly Step[]>(before);
  const status = signal<Status>("idle");
  const trouble = signal<string | null>(null);
  const looks = new Map<string, Moment>();
  const look = (step: number) => {
    const name = `${step} ${question.value}`;
    const known = looks.get(name) ?? lookAt(settings, step, question.value);
    looks.set(name, known);
    return known;
  };
  const last = computed(() => steps.value.at(-1)?.step ?? 0);
  const kept = computed(() => Array.from({ length: Math.floor(last.value / 20) + 1 }, (_, at) => at * 20));
  const facts = computed(
    (): Facts => ({
      parameters: 101_520,
      heldOut: 512,
      target: 1,
      example: DIGITS.slice(0, settings.length ?? 10).join(" "),
      question: `${settings.length} of the ${settings.symbols} symbols 0 … ${(settings.symbols ?? 16) - 1}`,
      workers: 2,
      stepsPerSecond: last.value === 0 ? null : 19.4,
    }),
  );
  const dataset = computed((): Dataset => {
    const moments = Array.from({ length: Math.floor(last.value / LOOK) + 1 }, (_, at) => look(at * LOOK));
    if (last.value % LOOK !== 0) moments.push(look(last.value));
    return {
      title: settings.task ?? "",
      origin: { task: settings.task ?? "", model: settings.architecture ?? "" },
      records: moments,
      metrics: steps.value,
      findings: rolesAt(settings, progress(settings, last.value), last.value),
    };
  });
  const advance = (count: number) => {
    const more: Step[] = [];
    for (let step = last.value + 1; step <= last.value + count; step++) {
      more.push(stepAt(settings, step));
      if (more.at(-1)!.exactMatch === 1) break;
    }
    steps.value = [...steps.value, ...more];
    if (more.at(-1)?.exactMatch === 1) status.value = "solved";
  };
  return { number, settings: signal(settings), from, status, trouble, steps, facts, dataset, kept, advance };
}

export function makeFake(settings: Settings, options: { readonly timer: boolean }): FakeSession {
  const question = signal<string | null>(null);
  const asked = signal<Asked | null>(null);
  const runs = signal<readonly FakeRun[]>([makeRun(1, settings, null, [], question)]);
  const [shownNumber, besideNumber] = [signal(1), signal<number | null>(null)];
  const runOf = (number: number | null) => runs.value.find((run) => run.number === number) ?? null;
  const shown = computed(() => runOf(shownNumber.value) ?? runs.value[0]!);
  const beside = computed(() => runOf(besideNumber.value));
  const playing = signal(false);
  const speed = signal<Speed>(null);
  const changes = signal<readonly HeadChange[]>([]);
  const chosen = signal<Settings>(settings);
  const notice = signal<string | null>(null);
  const lesson = signal<string | null>(null);
  const [held, keeps] = [signal(false), signal<boolean | null>(true)];
  const calls: string[] = [];
  const active = () => [shown.value, ...(beside.value === null ? [] : [beside.value])];
  const stop = () => {
    playing.value = false;
    for (const run of active()) if (run.status.value === "training") run.status.value = run.steps.value.length === 0 ? "idle" : "stopped";
  };
  const advance = (steps: number) => {
    for (const run of active()) if (run.status.value !== "solved") run.advance(steps);
    if (active().every((run) => run.status.value === "solved")) stop();
  };
  const play = () => {
    playing.value = true;
    for (const run of active()) if (run.status.value !== "solved") run.status.value = "training";
  };
  if (options.timer) setInterval(() => playing.value && !held.value && advance(1), 50);
  const changed = computed((): Evaluated | null => {
    const run = shown.value;
    const match = run.steps.value.findLast(({ exactMatch }) => exactMatch !== null)?.exactMatch ?? 0;
    if (changes.value.length === 0) return null;
    const needed = changes.value.some(({ head }) => head.layer === 0 && head.head === 1);
    return { step: run.steps.value.at(-1)?.step ?? 0, exactMatch: match, changed: needed ? match * 0.04 : match * 0.985, examples: 512 };
  });
  const add = (run: FakeRun) => {
    runs.value = [...runs.value, run];
    return run.number;
  };
  const session: FakeSession = {
    catalogue: CATALOGUE,
    chosen,
    refused: computed(() => {
      const { dModel, heads } = filled(chosen.value);
      return dModel! % heads! === 0 ? null : `a width of ${dModel} cannot be divided among ${heads} heads`;
    }),
    runs,
    shown,
    beside,
    playing,
    speed,
    held,
    changes,
    changed,
    question,
    asked,
    lesson,
    keeps,
    command: computed(() => `headlight train ${filled(chosen.value).task} --out runs/mine --seed ${filled(chosen.value).seed}`),
    notice,
    unsaved: computed(() => shown.value.steps.value.length > 0),
    play,
    pause: stop,
    stepOnce: () => {
      stop();
      advance(1);
      for (const run of active()) if (run.status.value === "idle") run.status.value = "stopped";
    },
    restart: () => {
      calls.push("restart");
      stop();
      changes.value = [];
      [question.value, asked.value] = [null, null];
      [shownNumber.value, besideNumber.value] = [1, null];
      runs.value = [makeRun(1, chosen.value, null, [], question)];
    },
    change: (head, change) => {
      const others = changes.value.filter((each) => JSON.stringify(each.head) !== JSON.stringify(head));
      changes.value = change === null ? others : [...others, { head, change }];
    },
    changeNone: () => (changes.value = []),
    ask: (text) => {
      notice.value = null;
      if (text?.includes("x")) {
        notice.value = "unknown token 'x'; this run's tokens are 0 … 15";
        return;
      }
      question.value = text;
      const solved = shown.value.status.value === "solved";
      asked.value =
        text === null
          ? null
          : { question: text, answer: solved ? text : text.replace(/\d+$/, "7"), right: text, step: shown.value.steps.value.length };
    },
    branch: (step, different) => {
      calls.push(`branch ${step} ${JSON.stringify(different)}`);
      const parent = shown.value;
      const steps = parent.steps.value.filter((each) => each.step <= step);
      const number = runs.value.length + 1;
      shownNumber.value = add(
        makeRun(number, { ...parent.settings.value, ...different }, { run: parent.number, step, different }, steps, question),
      );
      play();
    },
    compare: (different) => {
      calls.push(`compare ${JSON.stringify(different)}`);
      if (Object.keys(different).length === 0) {
        besideNumber.value = null;
        return;
      }
      const number = runs.value.length + 1;
      besideNumber.value = add(
        makeRun(number, { ...shown.value.settings.value, ...different }, { run: shown.value.number, step: 0, different }, [], question),
      );
      play();
    },
    show: (number) => {
      if (number === besideNumber.value) besideNumber.value = shownNumber.value;
      shownNumber.value = number;
    },
    save: async () => ({ name: "copy-seed-0.zip", zip: new Blob(["PK"]) }),
    open: async (file) => {
      calls.push(`open ${file.size}`);
      if (file.size < 10) notice.value = "this is not a run directory: no config.json in it";
    },
    recover: () => {
      calls.push("recover");
      shown.value.trouble.value = null;
      shown.value.status.value = "stopped";
    },
    advance,
    calls,
    set: {
      trouble: (line) => {
        stop();
        shown.value.trouble.value = line;
        shown.value.status.value = "error";
      },
      held,
      keeps,
    },
  };
  return session;
}
