import type { Dataset, StepMetrics } from "../data.ts";
import { pageBlocks } from "./blocks.ts";
import { HeadCache } from "./cache.ts";
import { openFindings } from "./findings.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { openMoments } from "./moments.ts";

/** The dataset that this page carries. */
export async function openDataset(): Promise<Dataset> {
  if (!("DecompressionStream" in globalThis)) throw new Error("this browser is too old; those since 2023 can");
  const manifest = readManifest();
  return {
    title: manifest.title,
    origin: { task: manifest.task, model: manifest.model },
    records: await openMoments(manifest, pageBlocks, new HeadCache()),
    metrics: metricsOf(manifest),
    findings: openFindings(manifest.findings ?? []),
  };
}

function metricsOf({ metrics }: Manifest): StepMetrics[] {
  return metrics.step.map((step, at) => ({
    step,
    loss: metrics.loss[at]!,
    tokenAccuracy: metrics.tokenAccuracy[at]!,
    exactMatch: metrics.exactMatch[at] ?? null,
    learningRate: metrics.learningRate[at]!,
  }));
}
