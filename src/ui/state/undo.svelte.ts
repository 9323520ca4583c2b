const KEPT_MS = 10_000;

/** False when what was removed did not come back. */
type Back = () => boolean | Promise<boolean>;

interface Removal {
  readonly back: Back;
  /** Why it cannot be taken back now, without a full stop. */
  readonly hindered?: () => string | null;
  /** It was not taken back: what was only hidden can go. */
  readonly lapsed?: () => void;
}

interface Offer extends Removal {
  readonly words: string;
}

/** The last removal, and how to take it back for ten seconds. */
export class Undo {
  offer = $state.raw<Offer | null>(null);
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly tell: (words: string) => void) {}

  set(words: string, removal: Removal): void {
    this.clear();
    this.put({ words, ...removal });
  }

  /** An offer that cannot be taken now says why and stays. */
  async take(): Promise<void> {
    const { offer } = this;
    if (!offer) return;
    const why = offer.hindered?.() ?? null;
    if (why !== null) {
      this.put({ ...offer, words: `${why}.` });
      this.tell(why);
      return;
    }
    this.forget();
    // What did not come back can be tried again, unless something else was removed meanwhile.
    if (!(await offer.back()) && !this.offer) this.put(offer);
  }

  /** Ends the offer; what was removed is gone for good. */
  clear(): void {
    const { offer } = this;
    this.forget();
    offer?.lapsed?.();
  }

  private put(offer: Offer): void {
    this.forget();
    this.offer = offer;
    this.timer = setTimeout(() => this.clear(), KEPT_MS);
  }

  private forget(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.offer = null;
  }
}
