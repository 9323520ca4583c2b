/** One piece of work after the other; those under way and those that wait can be stopped together. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #stopper = new AbortController();

  /** Aborted by the next `stop`. */
  get signal(): AbortSignal {
    return this.#stopper.signal;
  }

  /** Waits for all who came before; returns how to let the next one in. */
  async take(): Promise<() => void> {
    const before = this.#last;
    let end: () => void = () => undefined;
    this.#last = new Promise((resolve) => (end = resolve));
    await before;
    return end;
  }

  /** Whoever comes later is not stopped. */
  stop(): void {
    this.#stopper.abort();
    this.#stopper = new AbortController();
  }
}
