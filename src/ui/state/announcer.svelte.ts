/** What one screen says to a screen reader: at most one message a second, joined when several land together. */
export class Announcer {
  message = $state('');
  private waiting: string[] = [];
  private timer: ReturnType<typeof setTimeout> | null = null;

  say(message: string): void {
    this.waiting.push(message);
    // A short wait joins what lands together; afterwards the second's pause holds.
    this.timer ??= setTimeout(() => this.speak(), 100);
  }

  private speak(): void {
    this.timer = null;
    if (this.waiting.length === 0) return;
    this.message = this.waiting.map((words) => `${words}.`).join(' ');
    this.waiting = [];
    this.timer = setTimeout(() => this.speak(), 1000);
  }
}
