import { MaskCell, REASONS, type Reason, reasonOf } from "../data.ts";
import type { Palette } from "./colours.ts";
import type { Grid } from "./grid.ts";
import type { Shape } from "./scene.ts";

/** Hatching over the masked cells of a grid: runs along a row, and equal rows as one, so that 512 × 512 cells take some hundred shapes. */
export function hatching(mask: Uint8Array, keys: number, grid: Grid, palette: Palette): Shape[] {
  const shapes: Shape[] = [];
  const open = new Map<string, { from: number; query: number; why: number; first: number; end: number }>();
  const close = (name: string) => {
    const run = open.get(name)!;
    open.delete(name);
    shapes.push({
      shape: "hatch",
      why: reasonOf(run.why),
      ground: palette.masked,
      ink: palette.hatch,
      x: grid.x + (run.first - grid.left) * grid.wide,
      y: grid.y + (run.from - grid.top) * grid.high,
      width: (run.end - run.first) * grid.wide,
      height: (run.query - run.from + 1) * grid.high,
    });
  };
  for (let query = grid.top; query < grid.bottom; query++) {
    const here = new Set<string>();
    for (let key = grid.left; key < grid.right; ) {
      const why = mask[query * keys + key]!;
      let end = key + 1;
      while (end < grid.right && mask[query * keys + end] === why) end++;
      if (why !== MaskCell.visible) {
        const name = `${why} ${key} ${end}`;
        here.add(name);
        const run = open.get(name);
        if (run === undefined) open.set(name, { from: query, query, why, first: key, end });
        else run.query = query;
      }
      key = end;
    }
    for (const name of [...open.keys()]) if (!here.has(name)) close(name);
  }
  for (const name of [...open.keys()]) close(name);
  return shapes;
}

/** Why cells of a mask are masked, each reason once. */
export function reasons(mask: Uint8Array | null): readonly Reason[] {
  return mask === null ? [] : REASONS.filter((reason) => mask.includes(MaskCell[reason]));
}
