// Bundles the viewer for the crate that embeds it: one script, one stylesheet, and the policy that allows these two and nothing else, in
// crates/headlight-report/dist, which is committed. The same sources give the same bytes; crates/headlight-report/checks/run compares them.
// `node build.mjs DIR` writes to DIR instead.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, "../crates/headlight-report/dist"));

// What the bundle holds of others, with their licences.
const licences = ["preact", "@preact/signals", "@preact/signals-core"].map((name) => {
  const at = join(here, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(join(at, "LICENSE"), "utf8").trim()}\n`;
});

const bundled = await build({
  absWorkingDir: here,
  entryPoints: { viewer: "src/main.ts" },
  outdir: out,
  write: false,
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  banner: { js: `/*!\n${licences.join("\n").replaceAll("*/", "* /")}*/` },
  logLevel: "warning",
});

mkdirSync(out, { recursive: true });
const hashes = {};
for (const file of bundled.outputFiles) {
  const kind = file.path.endsWith(".css") ? "style" : "script";
  // In a page the text stands between tags, and the hash is of what stands between them.
  if (/<\/(script|style)|<!--/i.test(file.text)) throw new Error(`${file.path} would end its own element`);
  hashes[kind] = `'sha256-${createHash("sha256").update(file.text).digest("base64")}'`;
  writeFileSync(file.path, file.text);
}
const policy = [
  "default-src 'none'",
  `script-src ${hashes.script}`,
  `style-src ${hashes.style}`,
  "img-src data: blob:",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
];
writeFileSync(join(out, "policy.txt"), policy.join("; "));
