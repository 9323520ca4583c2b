const KEPT_MS = 10_000;

/** False when what was removed did not come back. */
type Back = () => boolean | Promise<boolean>;

/** The last removal, and how to take it back for ten seconds. */
export class Undo {
  offer = $state.raw<{ readonly words: string; readonly back: Back } | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  set(words: string, back: Back): void {
    this.clear();
    this.offer = { words, back };
    this.timer = setTimeout(() => this.clear(), KEPT_MS);
  }

  async take(): Promise<void> {
    const { offer } = this;
    this.clear();
    if (!offer || (await offer.back())) return;
    // It can be tried again, unless something else was removed meanwhile.
    if (!this.offer) this.set(offer.words, offer.back);
  }

  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.offer = null;
  }
}
