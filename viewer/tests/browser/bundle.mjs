// A page of one script and one style sheet, from a module of the tests.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles a module below `tests/` into a page. Returns its path, and what removes it.
 *
 * @param {string} entry
 */
export async function bundled(entry) {
  const folder = mkdtempSync(join(tmpdir(), "headlight-fixture-"));
  await build({
    entryPoints: { page: join(here, "..", entry) },
    outdir: folder,
    bundle: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    jsx: "automatic",
    jsxImportSource: "preact",
    logLevel: "warning",
  });
  const [script, style] = ["js", "css"].map((end) => readFileSync(join(folder, `page.${end}`), "utf8"));
  const file = join(folder, "page.html");
  // Strings in it hold "</script>", which would end the element.
  const safe = script.replaceAll("</", "<\\/");
  const head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">';
  writeFileSync(file, `<!doctype html><html><head>${head}<style>${style}</style></head><body><script>${safe}</script></body></html>`);
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}
