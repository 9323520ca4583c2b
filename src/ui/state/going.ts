/**
 * What is being taken out of storage. A page that closes has no time for that, so it is noted where writing takes none,
 * and the next visit ends it.
 */
export class Going {
  private readonly key: string;
  /** Left over from an earlier visit. */
  readonly before: readonly string[];

  constructor(kind: 'models' | 'adapters') {
    this.key = `openbook:going-${kind}`;
    this.before = this.noted();
  }

  async end(id: string, remove: (id: string) => Promise<void>): Promise<void> {
    this.note([...this.noted(), id]);
    try {
      await remove(id);
    } finally {
      this.note(this.noted().filter((one) => one !== id));
    }
  }

  private noted(): readonly string[] {
    try {
      const ids: unknown = JSON.parse(localStorage.getItem(this.key) ?? '[]');
      return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
    } catch {
      return [];
    }
  }

  private note(ids: readonly string[]): void {
    try {
      if (ids.length === 0) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, JSON.stringify([...new Set(ids)]));
    } catch {
      // Where the browser keeps nothing, there is nothing to remove at the next visit either.
      return;
    }
  }
}
