// Bundles tests/unit/*.test.ts and runs them with node's own runner: node tests/unit.mjs
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const tests = readdirSync(join(here, "unit")).filter((name) => name.endsWith(".test.ts"));
const out = mkdtempSync(join(tmpdir(), "headlight-viewer-"));
try {
  await build({
    entryPoints: tests.map((name) => join(here, "unit", name)),
    outdir: out,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    loader: { ".css": "empty" },
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });
  const built = tests.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
  const { status } = spawnSync(process.execPath, ["--test", ...built], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(out, { recursive: true });
}
