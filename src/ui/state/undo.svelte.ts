const KEPT_MS = 10_000;

interface Offer {
  readonly words: string;
  readonly back: () => void;
  /** Why it cannot be taken back now, without a full stop. */
  readonly hindered: () => string | null;
}

/** The last removal, and how to take it back for ten seconds. */
export class Undo {
  offer = $state.raw<Offer | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly tell: (words: string) => void) {}

  set(words: string, back: () => void, hindered: Offer['hindered'] = () => null): void {
    this.put({ words, back, hindered });
  }

  /** An offer that cannot be taken now says why and stays. */
  take(): void {
    const { offer } = this;
    if (!offer) return;
    const why = offer.hindered();
    if (why === null) {
      this.clear();
      offer.back();
      return;
    }
    this.put({ ...offer, words: `${why}.` });
    this.tell(why);
  }

  private put(offer: Offer): void {
    this.clear();
    this.offer = offer;
    this.timer = setTimeout(() => this.clear(), KEPT_MS);
  }

  private clear(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.offer = null;
  }
}
