import type { Estimate } from "../data.ts";
import type { IntervalScale } from "../findings.ts";
import type { Palette } from "./colours.ts";
import type { Area, Shape } from "./scene.ts";

/** A mean as a dot on its 95 % interval, along an axis that fills the width; where the axis holds more than one sign, a line stands at 0. */
export function interval(estimate: Estimate, scale: IntervalScale, { x, y, width, height }: Area, palette: Palette): Shape[] {
  const dot = Math.min(3, height / 2);
  const inner = width - 2 * dot;
  const xOf = (value: number) => x + dot + scale.at(value) * inner;
  const middle = y + height / 2;
  const shapes: Shape[] = [
    { shape: "line", x1: x, y1: middle, x2: x + width, y2: middle, stroke: palette.rule, thickness: 1 },
    { shape: "line", x1: xOf(0), y1: y, x2: xOf(0), y2: y + height, stroke: palette.rule, thickness: 1 },
  ];
  if (Number.isFinite(estimate.low) && Number.isFinite(estimate.high)) {
    const [low, high] = [xOf(estimate.low), xOf(estimate.high)];
    shapes.push({ shape: "line", x1: low, y1: middle, x2: high, y2: middle, stroke: palette.accent, thickness: 2 });
    for (const end of [low, high]) {
      shapes.push({ shape: "line", x1: end, y1: middle - dot, x2: end, y2: middle + dot, stroke: palette.accent, thickness: 1.5 });
    }
  }
  if (Number.isFinite(estimate.mean)) {
    const place = { x: xOf(estimate.mean) - dot, y: middle - dot, width: 2 * dot, height: 2 * dot };
    shapes.push({ shape: "box", ...place, radius: dot, fill: palette.accent });
  }
  return shapes;
}
