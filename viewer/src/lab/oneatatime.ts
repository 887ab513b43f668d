/** Something that is done once at a time: asked for while it is being done, it is done once more after. */
export class OneAtATime {
  readonly #work: () => Promise<void>;
  #doing: Promise<void> | null = null;
  #again = false;

  constructor(work: () => Promise<void>) {
    this.#work = work;
  }

  get busy(): boolean {
    return this.#doing !== null;
  }

  /** Settles when all that was asked for is done. */
  ask(): Promise<void> {
    this.#again = this.#doing !== null;
    this.#doing ??= this.#do();
    return this.#doing;
  }

  async #do(): Promise<void> {
    try {
      do {
        this.#again = false;
        await this.#work();
      } while (this.#again);
    } finally {
      this.#doing = null;
    }
  }
}
