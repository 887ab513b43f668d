// Opens SVGs in Chromium: node check_svgs.mjs DIR… looks at every .svg there, and compares it with the .png beside it.
//
// Each must be an SVG document without an error or a script, its texts must lie on the page and apart from each other, and
// where our own rasteriser drew the same picture, Chromium must show the same pixels but for the edges of letters.
import { createRequire } from "node:module";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// Modules look for packages beside themselves, and playwright-core is elsewhere.
const { chromium } = createRequire(resolve(process.env.NODE_PATH ?? ".", "beside.js"))("playwright-core");

// In pixels: how far texts may reach beyond the page or into each other, as the viewer's fonts differ.
const SLACK = 1.5;
// A channel that differs by more is another colour; letters and hatching may cover so much of a picture.
const SAME_COLOUR = 48;
const LETTERS = 0.08;

const files = process.argv.slice(2).flatMap((directory) => readdirSync(directory)
  .filter((name) => name.endsWith(".svg"))
  .map((name) => join(directory, name)));
if (files.length === 0) throw new Error("no SVG to check");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage();
const troubles = [];
let compared = 0;
for (const file of files) {
  const trouble = (what) => troubles.push(`${basename(file)}: ${what}`);
  const onMessage = (message) => trouble(message.text?.() ?? message);
  const onRequest = (request) => {
    if (request.url() !== pathToFileURL(resolve(file)).href) trouble(`asks for ${request.url()}`);
  };
  page.on("console", onMessage).on("pageerror", onMessage).on("request", onRequest);
  await page.goto(pathToFileURL(resolve(file)).href);
  const seen = await page.evaluate(inspect, SLACK);
  page.off("console", onMessage).off("pageerror", onMessage).off("request", onRequest);
  seen.troubles.forEach(trouble);
  const png = file.replace(/\.svg$/, ".png");
  if (existsSync(png)) {
    await page.setViewportSize(seen.size);
    await page.goto(pathToFileURL(resolve(file)).href);
    const shot = (await page.screenshot()).toString("base64");
    const share = await page.evaluate(differing, [shot, readFileSync(png, "base64"), SAME_COLOUR]);
    if (!(share < LETTERS)) trouble(`differs from its PNG in ${(100 * share).toFixed(1)} % of the pixels`);
    compared += 1;
  }
}
await browser.close();
if (troubles.length > 0) {
  console.error(troubles.slice(0, 40).join("\n"));
  process.exit(1);
}
console.log(`${files.length} SVGs render in Chromium, texts apart; ${compared} look like their PNGs`);

// In the page: what is wrong with the document.
function inspect(slack) {
  const root = document.documentElement;
  const troubles = [];
  const { width, height } = root.viewBox?.baseVal ?? {};
  if (root.nodeName !== "svg" || !width || !height) return { troubles: ["is no SVG document with a size"] };
  if (document.querySelector("parsererror, script, foreignObject, image, a")) troubles.push("holds what is no drawing");
  const texts = [...document.querySelectorAll("text")].map((text) => {
    const { left, top, right, bottom } = text.getBoundingClientRect();
    // The box of a line has room for accents and tails; its letters take the middle of it.
    const spare = 0.15 * Number(text.getAttribute("font-size"));
    const [across, down] = text.hasAttribute("transform") ? [spare, 0] : [0, spare];
    return { words: text.textContent, left: left + across, right: right - across, top: top + down, bottom: bottom - down };
  });
  if (texts.length < 3) troubles.push(`has only ${texts.length} texts`);
  for (const [at, text] of texts.entries()) {
    if (text.left < -slack || text.top < -slack || text.right > width + slack || text.bottom > height + slack) {
      troubles.push(`"${text.words}" leaves the page`);
    }
    if (text.words.trim() === "" || text.right <= text.left) troubles.push(`an empty text at ${text.left}, ${text.top}`);
    for (const other of texts.slice(at + 1)) {
      const wide = Math.min(text.right, other.right) - Math.max(text.left, other.left);
      const high = Math.min(text.bottom, other.bottom) - Math.max(text.top, other.top);
      if (wide > slack && high > slack) troubles.push(`"${text.words}" and "${other.words}" overlap`);
    }
  }
  return { troubles, size: { width, height } };
}

// In the page: the share of pixels in which two PNGs differ by more than a trifle, or 1 where their sizes differ.
async function differing([one, other, trifle]) {
  const pixels = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    return canvas.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = await Promise.all([pixels(one), pixels(other)]);
  if (a.width !== b.width || a.height !== b.height) return 1;
  let different = 0;
  for (let at = 0; at < a.data.length; at += 4) {
    const far = Math.max(...[0, 1, 2].map((channel) => Math.abs(a.data[at + channel] - b.data[at + channel])));
    if (far > trifle) different += 1;
  }
  return different / (a.data.length / 4);
}
