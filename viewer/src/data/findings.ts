import type { Ablation, Appearance, Estimate, Findings, HeadCurves, HeadFinding, HeadName, Kind } from "../data.ts";
import type { AblationEntry, CurvesEntry, EstimateEntry, FoundEntry, HeadEntry, TableEntry } from "./manifest.ts";

/** What lenses found of a model with these kinds of attention. */
export function openFindings(entries: readonly FoundEntry[], kinds: ReadonlySet<Kind>): Findings[] {
  // A head's name leaves out the kind where it goes without saying.
  const unnamed = kinds.size === 1 ? [...kinds][0]! : "decoder_self";
  return entries.map((entry) => ({
    lens: entry.lens,
    step: entry.step,
    examples: entry.examples,
    seed: entry.seed,
    baseline: entry.baseline ? { exactMatch: estimate(entry.baseline.exact_match), loss: estimate(entry.baseline.loss) } : null,
    scores: entry.scores ?? [],
    heads: (entry.heads ?? []).map((head) => headFinding(head, entry.scores ?? [])),
    ablations: (entry.ablations ?? []).flatMap(ablation),
    charts: (entry.curves ?? []).map((curves) => chart(curves, unnamed)),
    appearances: (entry.tables ?? []).filter(({ title }) => title === "when roles appear").flatMap((table) => appearances(table, unnamed)),
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

function chart({ name, title, quantity, curves }: CurvesEntry, unnamed: Kind): HeadCurves {
  const lines = curves.flatMap(({ label, points }) => {
    const named = labelled(label, unnamed);
    if (named === null) return [];
    const seen = points.map(([step, value, [low, high]]) => ({
      step: number(step),
      value: number(value),
      low: number(low),
      high: number(high),
    }));
    return [{ ...named, points: seen.filter(({ step }) => Number.isFinite(step)) }];
  });
  return { name, title, quantity, lines };
}

/** The rows of the table that name a head, a role and a step; a role that was never there has none. */
function appearances({ columns, rows }: TableEntry, unnamed: Kind): Appearance[] {
  const [head, role, step] = ["head", "role", "step"].map((name) => columns.findIndex((column) => column.name === name));
  return rows.flatMap((row) => {
    const named = labelled(String(row[head!] ?? ""), unnamed);
    const [title, at] = [row[role!], row[step!]];
    return named !== null && typeof title === "string" && typeof at === "number" ? [{ head: named.head, role: title, step: at }] : [];
  });
}

/** A head's name, as `crates/headlight-record/src/head.rs` writes it, and what stands after it. */
function labelled(text: string, unnamed: Kind): { head: HeadName; label: string } | null {
  const found = /^(?:(encoder_self|decoder_self|cross):)?L(\d{1,6})H(\d{1,6})(?:\s+(.*))?$/s.exec(text);
  if (found === null) return null;
  const [, kind = unnamed, layer, head, label = ""] = found;
  return { head: { kind: kind as Kind, layer: Number(layer), head: Number(head) }, label };
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
