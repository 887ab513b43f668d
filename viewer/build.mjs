// Bundles the viewer for the two crates that embed it, each into its dist/, which is committed: for a report one script and one stylesheet, and
// for the page of a sweep the same of its own;
// for the lab the same with its controls, and the script of its workers. Beside them lies the policy that allows these and nothing else.
// The same sources give the same bytes; crates/headlight-report/checks/run compares them.
// `node build.mjs DIR` writes to DIR/headlight-report and DIR/headlight-lab instead.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

// What the bundles hold of others, with their licences.
const licences = ["preact", "@preact/signals", "@preact/signals-core"].map((name) => {
  const at = join(here, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(at, "package.json"), "utf8"));
  return `${name} ${version}\n\n${readFileSync(join(at, "LICENSE"), "utf8").trim()}\n`;
});
const banner = `/*!\n${licences.join("\n").replaceAll("*/", "* /")}*/`;

// A page's own script and style are allowed by their hashes. The lab's workers are made from a blob, since a page from disk has no other
// address for them; they inherit the policy, which lets the module be compiled, but no text become code.
await bundle("headlight-report", { viewer: "src/main.ts" }, banner, (hashes) => [`script-src ${hashes.viewer}`]);
await bundle("headlight-report", { sweep: "src/sweep.ts" }, banner, (hashes) => [`script-src ${hashes.sweep}`], "sweep-policy.txt");
await bundle("headlight-lab", { lab: "src/lab.ts" }, banner, (hashes) => [
  `script-src ${hashes.lab} 'wasm-unsafe-eval'`,
  "worker-src blob:",
]);
await bundle("headlight-lab", { worker: "src/lab/worker.ts" }, "");

/** Writes a crate's script and style, and, for the script of a page, its policy: the rules for scripts are `scripts` of the script's hash. */
async function bundle(crate, entryPoints, banner, scripts, policyFile = "policy.txt") {
  const out = process.argv[2] ? join(resolve(process.argv[2]), crate) : join(here, "../crates", crate, "dist");
  const bundled = await build({
    absWorkingDir: here,
    entryPoints,
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
    banner: { js: banner },
    logLevel: "warning",
  });

  mkdirSync(out, { recursive: true });
  const hashes = {};
  for (const file of bundled.outputFiles) {
    const [name, kind] = file.path.slice(out.length + 1).split(".");
    // In a page the text stands between tags, and the hash is of what stands between them.
    if (/<\/(script|style)|<!--/i.test(file.text)) throw new Error(`${file.path} would end its own element`);
    hashes[kind === "css" ? "style" : name] = `'sha256-${createHash("sha256").update(file.text).digest("base64")}'`;
    writeFileSync(file.path, file.text);
  }
  if (!scripts) return;
  const policy = [
    "default-src 'none'",
    ...scripts(hashes),
    `style-src ${hashes.style}`,
    "img-src data: blob:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  writeFileSync(join(out, policyFile), policy.join("; "));
}
