import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { measure, paint } from "../drawing/paint.ts";
import { titled, type Cells, type Scene } from "../drawing/scene.ts";
import { svgOf } from "../drawing/svg.ts";
import { Button } from "./controls.tsx";
import { usePage, type Drawing, type Page } from "./context.ts";

/** Says what the save buttons would save, as long as the view is shown. Every view calls it, so here the drawing takes the focus that is due to it. */
export function useDrawing(page: Page, drawing: Drawing | null): void {
  useEffect(() => {
    page.drawing.value = drawing && ofPart(page, drawing);
    if (drawing === null || !page.entering.peek()) return;
    page.entering.value = false;
    document.querySelector<HTMLElement>("#panel [tabindex='0']")?.focus({ preventScroll: true });
  });
  useEffect(
    () => () => {
      page.drawing.value = null;
    },
    [],
  );
}

/** The drawing with the part of the record in its names that it is of, where it is not of all. */
function ofPart(page: Page, drawing: Drawing): Drawing {
  const { texts } = page.store.seen.value;
  if (texts === "all") return drawing;
  return { ...drawing, name: `${drawing.name}_${texts}`, title: `${drawing.title} · ${page.style.value.words.textsOf[texts]}` };
}

/** Saves or copies what is seen, under a headline. */
export function SaveButtons() {
  const page = usePage();
  const { words } = page.style.value;
  const said = useSignal("");
  const drawing = page.drawing.value;
  const say = (text: string) => {
    page.spoken.value = text;
    said.value = text;
    setTimeout(() => (said.value = ""), 2500);
  };
  const copy = async () => {
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": pngOf(complete(page, drawing!)) })]);
      say(words.copied);
    } catch {
      say(words.copyFailed);
    }
  };
  return (
    <div class="save">
      <span class="said">{said.value}</span>
      <Button
        name={words.savePngHint}
        disabled={drawing === null}
        press={async () => save(await pngOf(complete(page, drawing!)), `${drawing!.name}.png`)}
      >
        {words.savePng}
      </Button>
      <Button name={words.saveSvgHint} disabled={drawing === null} press={() => save(svgBlob(page, drawing!), `${drawing!.name}.svg`)}>
        {words.saveSvg}
      </Button>
      <Button name={words.copyPngHint} disabled={drawing === null} press={copy}>
        {words.copyPng}
      </Button>
    </div>
  );
}

function complete(page: Page, drawing: Drawing): Scene {
  const { palette } = page.style.value;
  return titled(drawing.scene(), drawing.title, subtitle(page), palette.ink, palette.faint, measure);
}

/** Which run and step a picture is of. */
function subtitle(page: Page): string {
  const { title, origin } = page.store.dataset.value;
  const { words } = page.style.value;
  const { step } = page.store.moment.value;
  return [title, origin.task, step === null ? "" : words.stepOf(step), origin.model].filter((part) => part !== "").join(" · ");
}

function svgBlob(page: Page, drawing: Drawing): Blob {
  return new Blob([svgOf(complete(page, drawing), drawing.title, imageOf)], { type: "image/svg+xml" });
}

/** A matrix of colours as a PNG, a pixel a cell. */
function imageOf(cells: Cells): string {
  const canvas = document.createElement("canvas");
  const scene = {
    width: cells.columns,
    height: cells.rows,
    background: "transparent",
    shapes: [{ ...cells, x: 0, y: 0, width: cells.columns, height: cells.rows }],
  };
  paint(canvas, scene, 1);
  return canvas.toDataURL("image/png");
}

/** Twice as many pixels as on the page, but no larger than canvases may be. */
function pngOf(scene: Scene): Promise<Blob> {
  const canvas = document.createElement("canvas");
  const density = Math.min(2, 16_000 / Math.max(scene.width, scene.height), Math.sqrt(120e6 / (scene.width * scene.height)));
  paint(canvas, scene, density);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob === null ? reject(new Error("no picture")) : resolve(blob)), "image/png"),
  );
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
