/** Findings for records made in memory: numbers that look like a lens's, drawn at random, the same every time. */
import type { Ablation, Dataset, Estimate, Findings, HeadFinding, HeadName, Replacement } from "../src/data.ts";
import { random } from "./unit/random.ts";

export const SCORES = [
  { name: "previous", title: "previous token" },
  { name: "first", title: "first token" },
  { name: "induction", title: "induction" },
  { name: "needed", title: "needed keys" },
  { name: "entropy", title: "entropy, bits" },
  { name: "repeated_induction", title: "induction on repeated tokens" },
];

/** Of every head that the dataset's last moment has. `texts` stand in failures, roles, titles and notes. */
export function foundIn({ records, metrics }: Dataset, texts: readonly string[] = ["3 1 4 1 5", "3 1 4 1 5", "3 1 4 4 5"]): Findings[] {
  const next = random(11);
  const step = records.at(-1)!.step;
  const heads = records
    .at(-1)!
    .records.flatMap(({ kind, layers, heads }) =>
      Array.from({ length: layers * heads }, (_, at): HeadName => ({ kind, layer: Math.floor(at / heads), head: at % heads })),
    );
  const estimate = (mean: number, spread: number): Estimate => ({
    mean,
    low: mean - spread * (0.5 + next()),
    high: mean + spread * (0.5 + next()),
    examples: 256,
  });
  const share = (value: number): Estimate => {
    const { mean, low, high, examples } = estimate(value, 1.96 * Math.sqrt((value * (1 - value)) / 256));
    return { mean, low: Math.max(0, low), high: Math.min(1, high), examples };
  };
  const strong = new Map(heads.map((head) => [head, next() < 0.3 ? 0.9 + 0.09 * next() : 0.05 + 0.3 * next()]));
  const found = heads.map((head, at): HeadFinding => {
    const value = strong.get(head)!;
    const special = 1 + (at % 3);
    const scores = SCORES.map(({ name }, number) => [
      name,
      name === "entropy" ? estimate(3.2 * (1 - value), 0.1) : share(number === special - 1 ? value : 0.1 * next()),
    ]);
    const role = value > 0.85 ? [SCORES[special - 1]!.title] : [];
    return { head, roles: at === 1 && texts.length > 3 ? [texts[3]!] : role, scores: new Map(scores as [string, Estimate][]) };
  });
  const ablations = (["zero", "mean"] as const).flatMap((replacement: Replacement) =>
    heads.map((head): Ablation => {
      const lost = strong.get(head)! > 0.85 ? 0.6 + 0.35 * next() : 0.06 * next();
      const change = share(lost);
      const failure = { question: texts[0]!, right: texts[1]!, now: texts[2]! };
      return {
        head,
        with: replacement,
        exactMatch: 0.99 - lost,
        exactMatchChange: { mean: -lost, low: -change.high, high: -change.low, examples: 256 },
        lossChange: estimate(4 * lost, 0.2 * lost + 0.002),
        failures: lost > 0.1 ? [failure, { ...failure, question: "BOS 2 7 1 8 SEP" }] : [],
      };
    }),
  );
  const baseline = { exactMatch: share(0.99), loss: estimate(0.012, 0.002) };
  const all = { step, examples: 256, seed: 0, baseline: null, scores: [], heads: [], ablations: [], charts: [], appearances: [] };
  const notes = ["A role is said of a head whose score is at least 0.85, the lower end of its interval included."];
  if (texts.length > 3) notes.push(texts[3]!);
  const base = { ...all, notes };
  const findings: Findings[] = [
    { ...base, lens: "heads", scores: SCORES, heads: found },
    { ...all, lens: "ablate", baseline, ablations, notes: ["A model without a head is one that was never trained that way."] },
  ];
  if (metrics.length === 0 || records.length < 2) return findings;
  const line = (head: HeadName, end: number) => {
    const turn = 20 + 30 * next();
    const points = records.map((moment) => {
      const value = end / (1 + Math.exp((turn - moment.step!) / 4));
      return { step: moment.step!, value, low: Math.max(0, value - 0.03), high: Math.min(1, value + 0.03) };
    });
    return { head, points };
  };
  const lines = heads.map((head) => line(head, strong.get(head)!));
  const charts = [{ name: "previous", title: "previous token", quantity: "score", lines }];
  const appearances = found.flatMap(({ head, roles: [role] }) => {
    const passed = lines.find((each) => each.head === head)!.points.find(({ value }) => value > 0.85);
    return role === undefined || passed === undefined ? [] : [{ head, role, step: passed.step }];
  });
  return [...findings, { ...all, lens: "training", charts, appearances, notes: [] }];
}
