/** Share of `count` in `of` with the ends of its 95 % interval, as `headlight_record::sweep::wilson`. */
export function wilson(count: number, of: number): readonly [number, number, number] | null {
  if (of === 0) return null;
  const z = 1.959963984540054;
  const share = count / of;
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of);
  const half = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return [share, count === 0 ? 0 : middle - half, count === of ? 1 : middle + half];
}

/** The middle of some numbers, and between what half of them lie. */
export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** As `headlight_record::sweep::quartiles`: linear between two numbers, ∞ after all of them and between a number and itself. */
export function quartiles(numbers: readonly number[]): Quartiles | null {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((one, other) => (one === other ? 0 : one - other));
  const at = (part: number) => {
    const place = part * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
    // No arithmetic with ∞: its differences are no numbers.
    return Number.isFinite(above) ? below + (place % 1) * (above - below) : above;
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

/** Where a scale ends, as that of the pictures does: the first of 1, 2, 3, 4, 6, 8, 10 times a power of ten that is not below a number. */
export function scaleEnd(number: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, number)));
  return [1, 2, 3, 4, 6, 8].map((times) => times * power).find((end) => end >= number) ?? 10 * power;
}

/** Two decimals, of an eighth the even one: as Rust writes it, and so the pictures. */
export function hundredths(share: number): string {
  const isTie = (share * 8) % 2 === 1;
  return isTie ? (2 * Math.round(share * 50) * 0.01).toFixed(2) : share.toFixed(2);
}
