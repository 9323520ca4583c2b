const KEPT_MS = 10_000;

/** False when what was removed did not come back. */
type Back = () => boolean | Promise<boolean>;

interface Offer {
  readonly words: string;
  readonly back: Back;
  /** Why it cannot be taken back now, without a full stop. */
  readonly hindered: () => string | null;
}

/** The last removal, and how to take it back for ten seconds. */
export class Undo {
  offer = $state.raw<Offer | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly tell: (words: string) => void) {}

  set(words: string, back: Back, hindered: Offer['hindered'] = () => null): void {
    this.put({ words, back, hindered });
  }

  /** An offer that cannot be taken now says why and stays. */
  async take(): Promise<void> {
    const { offer } = this;
    if (!offer) return;
    const why = offer.hindered();
    if (why !== null) {
      this.put({ ...offer, words: `${why}.` });
      this.tell(why);
      return;
    }
    this.clear();
    // What did not come back can be tried again, unless something else was removed meanwhile.
    if (!(await offer.back()) && !this.offer) this.put(offer);
  }

  private put(offer: Offer): void {
    this.clear();
    this.offer = offer;
    this.timer = setTimeout(() => this.clear(), KEPT_MS);
  }

  clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.offer = null;
  }
}
