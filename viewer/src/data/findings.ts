import type { Ablation, Appearance, Estimate, Findings, HeadCurves, HeadFinding, HeadName } from "../data.ts";
import type { AblationEntry, AppearanceEntry, CurvesEntry, EstimateEntry, FoundEntry, HeadEntry } from "./manifest.ts";

/** What lenses found of the model. */
export function openFindings(entries: readonly FoundEntry[]): Findings[] {
  return entries.map((entry) => ({
    lens: entry.lens,
    step: entry.step,
    examples: entry.examples,
    seed: entry.seed,
    baseline: entry.baseline ? { exactMatch: estimate(entry.baseline.exact_match), loss: estimate(entry.baseline.loss) } : null,
    scores: entry.scores ?? [],
    heads: (entry.heads ?? []).map((head) => headFinding(head, entry.scores ?? [])),
    ablations: (entry.ablations ?? []).flatMap(ablation),
    charts: (entry.curves ?? []).map(chart),
    appearances: (entry.appearances ?? []).map(appearance),
    notes: entry.notes ?? [],
  }));
}

function headFinding(entry: NonNullable<FoundEntry["heads"]>[number], scores: readonly { readonly name: string }[]): HeadFinding {
  const found = scores.flatMap(({ name }) => (Object.hasOwn(entry, name) ? [[name, estimate(entry[name] as EstimateEntry)] as const] : []));
  return { head: headName(entry), roles: entry.roles, scores: new Map(found) };
}

function ablation(entry: AblationEntry): Ablation[] {
  const { examples, heads, failures = [] } = entry;
  if (heads.length !== 1) return [];
  return [
    {
      head: headName(heads[0]!),
      with: entry.with,
      exactMatch: number(entry.exact_match),
      exactMatchChange: estimate({ mean: entry.exact_match_change, low: entry.low, high: entry.high, examples }),
      lossChange: estimate({ mean: entry.loss_change, low: entry.loss_low, high: entry.loss_high, examples }),
      failures: failures.map(([question, right, now]) => ({ question, right, now })),
    },
  ];
}

/** The curves of heads; a number of the whole model is among the metrics. */
function chart({ name, title, quantity, curves }: CurvesEntry): HeadCurves {
  const lines = curves.flatMap(({ head, points }) => {
    if (head === undefined) return [];
    const seen = points.map(([step, value, [low, high]]) => ({
      step: number(step),
      value: number(value),
      low: number(low),
      high: number(high),
    }));
    return [{ head: headName(head), points: seen.filter(({ step }) => Number.isFinite(step)) }];
  });
  return { name, title, quantity, lines };
}

function appearance(entry: AppearanceEntry): Appearance {
  const { role, step } = entry;
  return { head: headName(entry), role, step };
}

function headName({ kind, layer, head }: HeadEntry): HeadName {
  return { kind, layer, head };
}

function estimate({ mean, low, high, examples }: EstimateEntry): Estimate {
  return { mean: number(mean), low: number(low), high: number(high), examples };
}

/** JSON has no NaN. */
function number(value: number | null): number {
  return value ?? Number.NaN;
}
