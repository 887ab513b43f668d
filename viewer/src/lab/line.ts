/** One end of a port: what comes in is kept until it is asked for. */
export class Line<Out, In> {
  readonly #port: Pick<MessagePort, "postMessage" | "onmessage">;
  readonly #came: In[] = [];
  readonly #asked: ((message: In) => void)[] = [];

  constructor(port: Pick<MessagePort, "postMessage" | "onmessage">) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<In>) => {
      const asked = this.#asked.shift();
      if (asked) asked(data);
      else this.#came.push(data);
    };
  }

  post(message: Out, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  next(): Promise<In> {
    if (this.#came.length > 0) return Promise.resolve(this.#came.shift()!);
    return new Promise((resolve) => this.#asked.push(resolve));
  }
}
