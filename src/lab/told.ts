/** State that listeners hear of at once and at every change. */
export class Told<T> {
  readonly #listeners = new Set<(value: T) => void>();
  constructor(private value: T) {}

  get now(): T {
    return this.value;
  }

  set(value: T): void {
    this.value = value;
    for (const listener of this.#listeners) listener(value);
  }

  listen(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    listener(this.value);
    return () => this.#listeners.delete(listener);
  }
}
