/** What the visitor typed, carried over a load of the page in the same tab. Never a key. */
export class Note {
  constructor(private readonly key: string) {}

  leave(text: string): void {
    try {
      sessionStorage.setItem(this.key, text);
    } catch {
      // Where the browser keeps nothing, it has to be typed again.
      return;
    }
  }

  /** Empty where none was left. */
  take(): string {
    try {
      const text = sessionStorage.getItem(this.key) ?? '';
      sessionStorage.removeItem(this.key);
      return text;
    } catch {
      return '';
    }
  }
}
