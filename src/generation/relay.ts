/** Hands on what several tasks tell, in the order told, to one who waits for it. */
export class Relay<T> implements AsyncIterable<T> {
  readonly #told: T[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | null = null;
  #wake: () => void = () => undefined;

  tell(event: T): void {
    this.#told.push(event);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Goes before what was told and not yet taken. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      const event = this.#told.shift();
      if (event !== undefined) yield event;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
