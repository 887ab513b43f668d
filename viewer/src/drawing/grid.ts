/** The part of a heatmap that is seen: cells from `left` to before `right`, and from `top` to before `bottom`. */
export interface Zoom {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** These cells on the page, `wide` and `high` each, of which the first is that of query `top` and key `left`. */
export interface Grid extends Zoom {
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly high: number;
}

/** The cell under a point of the scene. */
export function cellAt(grid: Grid, x: number, y: number): { query: number; key: number } | null {
  const key = grid.left + Math.floor((x - grid.x) / grid.wide);
  const query = grid.top + Math.floor((y - grid.y) / grid.high);
  const inside = key >= grid.left && key < grid.right && query >= grid.top && query < grid.bottom;
  return inside ? { query, key } : null;
}
