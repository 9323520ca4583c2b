const KEPT_MS = 10_000;

/** The last removal, and how to take it back for ten seconds. */
export class Undo {
  offer = $state.raw<{ readonly words: string; readonly back: () => void } | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  set(words: string, back: () => void): void {
    this.clear();
    this.offer = { words, back };
    this.timer = setTimeout(() => this.clear(), KEPT_MS);
  }

  take(): void {
    const offer = this.offer;
    this.clear();
    offer?.back();
  }

  private clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.offer = null;
  }
}
