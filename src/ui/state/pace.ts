/** How long a transfer still takes, judged by its own pace since it was first seen. */
export class Pace {
  private from: { readonly at: number; readonly done: number } | null = null;

  /** Whole seconds, at least one; null until the pace is known. `now` in ms. */
  secondsLeft(done: number, total: number | null, now = performance.now()): number | null {
    // What goes back was begun anew.
    if (!this.from || done < this.from.done) this.from = { at: now, done };
    const pace = (done - this.from.done) / (now - this.from.at);
    return pace > 0 && total !== null ? Math.max(1, Math.round((total - done) / pace / 1000)) : null;
  }
}
