import { MaskCell } from "../data.ts";

/** Reads numbers that `crates/headlight-report/src/quantise.rs` wrote, one list after the other. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Numbers of 32 bits: all first bytes, then all second bytes, and so on. */
  floats(count: number): Float32Array {
    const bytes = this.#take(4 * count);
    const numbers = new DataView(new ArrayBuffer(4 * count));
    for (let byte = 0; byte < 4; byte++) {
      for (let at = 0; at < count; at++) numbers.setUint8(4 * at + byte, bytes[byte * count + at]!);
    }
    return Float32Array.from({ length: count }, (_, at) => numbers.getFloat32(4 * at, true));
  }

  /** Whole numbers of 8 bits, or of 16: all lower bytes, then all upper ones. */
  wholes(count: number, bits: 8 | 16): Uint8Array | Uint16Array {
    if (bits === 8) return this.#take(count);
    const bytes = this.#take(2 * count);
    const numbers = new Uint16Array(count);
    for (let at = 0; at < count; at++) numbers[at] = bytes[at]! | (bytes[count + at]! << 8);
    return numbers;
  }

  /** Rows of numbers of either sign, as fractions of each row's largest. */
  signed(rows: number, columns: number): Float32Array {
    const largest = this.floats(rows);
    const wholes = this.wholes(rows * columns, 16);
    const numbers = new Float32Array(rows * columns);
    for (let row = 0, at = 0; row < rows; row++) {
      const step = largest[row]! / 32767;
      for (let column = 0; column < columns; column++, at++) numbers[at] = (wholes[at]! - 32768) * step;
    }
    return numbers;
  }

  #take(count: number): Uint8Array {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new Error("a block ends before its numbers do");
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

export interface Weights {
  readonly weights: Float32Array;
  readonly error: Float32Array;
  readonly sums: Float32Array;
  readonly entropies: Float32Array;
}

/** How many bytes the weights of a head take. */
export function weightsSize(rows: number, visible: number, bits: 8 | 16): number {
  return 12 * rows + (bits / 8) * visible;
}

/** The weights of a head, `[rows, columns]`. Masked cells are 0. */
export function readWeights(reader: Reader, rows: number, columns: number, mask: Uint8Array | null, bits: 8 | 16): Weights {
  const largest = reader.floats(rows);
  const sums = reader.floats(rows);
  const entropies = reader.floats(rows);
  const steps = bits === 8 ? 255 : 65535;
  const wholes = reader.wholes(mask ? countVisible(mask) : rows * columns, bits);
  const weights = new Float32Array(rows * columns);
  let next = 0;
  for (let row = 0, at = 0; row < rows; row++) {
    const step = largest[row]! / steps;
    for (let column = 0; column < columns; column++, at++) {
      if (!mask || mask[at] === MaskCell.visible) weights[at] = wholes[next++]! * step;
    }
  }
  return { weights, error: largest.map((number) => largestError(number, steps)), sums, entropies };
}

/** How many cells a mask leaves visible. */
export function countVisible(mask: Uint8Array): number {
  let count = 0;
  for (const cell of mask) if (cell === MaskCell.visible) count++;
  return count;
}

/** Half a step, and the rounding of a weight and of this number itself to 32 bits. */
function largestError(largest: number, steps: number): number {
  return largest === 0 ? 0 : largest * (0.5 / steps + 2 ** -23) + 2 ** -148;
}
