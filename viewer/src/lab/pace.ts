/** Something beside training that may take a share of the time, however long it takes on this device. */
export class Pace {
  readonly #share: number;
  readonly #atLeast: number;
  #due = 0;

  /** At most this share of the time, and no sooner than so many milliseconds after the last. */
  constructor(share: number, atLeast: number) {
    this.#share = share;
    this.#atLeast = atLeast;
  }

  due(now: number): boolean {
    return now >= this.#due;
  }

  /** It is begun; it may fail, and is not tried again at once. */
  begins(now: number): void {
    this.#due = now + this.#atLeast;
  }

  /** It was done, and took so many milliseconds. */
  took(milliseconds: number, now: number): void {
    this.#due = now + Math.max(this.#atLeast, (milliseconds * (1 - this.#share)) / this.#share);
  }
}
