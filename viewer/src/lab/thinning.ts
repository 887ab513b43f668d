/** Something that was kept after a step, and the room that it takes. */
export interface Kept {
  readonly step: number;
  readonly bytes: number;
}

/**
 * Of things in the order of their steps, those that stay within a count and a size: the first and the last, and others between them, as evenly spread
 * as can be. Whoever adds one after the other and thins each time has the whole training in sight, however long it gets.
 */
export function thinned<T extends Kept>(things: readonly T[], most: number, size: number): readonly T[] {
  const kept = [...things];
  let bytes = kept.reduce((sum, each) => sum + each.bytes, 0);
  while (kept.length > 2 && (kept.length > most || bytes > size)) {
    const [gone] = kept.splice(missedLeast(kept), 1);
    bytes -= gone!.bytes;
  }
  return kept;
}

/** The one whose neighbours are nearest to each other; of several the last. */
function missedLeast(kept: readonly Kept[]): number {
  let at = 1;
  let gap = Number.POSITIVE_INFINITY;
  for (let each = 1; each < kept.length - 1; each++) {
    const between = kept[each + 1]!.step - kept[each - 1]!.step;
    if (between <= gap) [at, gap] = [each, between];
  }
  return at;
}
