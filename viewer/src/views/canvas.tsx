import type { ComponentChildren, Ref } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { NAMES } from "../drawing/marks.ts";
import { paint } from "../drawing/paint.ts";
import type { Scene, Shape } from "../drawing/scene.ts";
import { usePage } from "./context.ts";

/** A scene on the page, and over it what changes quickly, such as the marks of what is pointed at. Both are of one size. */
export function SceneCanvas({ scene, over = [], children }: { scene: Scene; over?: readonly Shape[]; children?: ComponentChildren }) {
  const density = useDensity();
  return (
    <div class="scene" style={{ width: `${scene.width}px`, height: `${scene.height}px` }}>
      <Layer scene={scene} density={density} />
      {over.length > 0 && <Layer scene={{ ...scene, background: "transparent", shapes: over }} density={density} />}
      {children}
    </div>
  );
}

function Layer({ scene, density }: { scene: Scene; density: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current !== null) paint(canvas.current, scene, density);
  }, [scene, density]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus
  return <canvas ref={canvas} aria-hidden="true" style={{ width: `${scene.width}px`, height: `${scene.height}px` }} />;
}

/** Pixels of the screen to one of the page; it changes when the page is zoomed or moved to another screen. */
function useDensity(): number {
  const [density, setDensity] = useState(devicePixelRatio);
  useEffect(() => {
    const query = matchMedia(`(resolution: ${density}dppx)`);
    const changed = () => setDensity(devicePixelRatio);
    query.addEventListener("change", changed);
    return () => query.removeEventListener("change", changed);
  }, [density]);
  return density;
}

/** The width of an element, 0 until it is known. */
export function useWidth(): [Ref<HTMLDivElement>, number] {
  const element = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    const read = () => element.current !== null && setWidth(Math.floor(element.current.clientWidth));
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, width];
}

/** The height that a drawing may use: what is left of the window by what stands above it and by the time line below, which stays in sight. */
export function useRoom(): number {
  const { around, store } = usePage();
  const { training, dataset } = store;
  const [height, setHeight] = useState(innerHeight);
  useEffect(() => {
    const read = () => setHeight(innerHeight);
    addEventListener("resize", read);
    return () => removeEventListener("resize", read);
  }, []);
  if (around !== null) return around.room(height);
  // As in style/timeline.css, where the curves give way in low windows.
  const names = dataset.value.findings.some(({ appearances }) => appearances.length > 0) ? NAMES : 0;
  const timeline = !training.value ? 0 : height < 800 ? 74 : 144 + names;
  const note = store.seen.value.texts === "all" ? 0 : 28;
  return Math.max(300, height - 202 - timeline - note);
}
