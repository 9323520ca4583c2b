import { LabError } from '../../errors';
import type { Lab } from '../../lab';
import type { Card } from '../cards/card';
import { Task } from './task.svelte';

/** The model card that is open, and those that were opened before in this visit. */
export class Cards {
  /** Whose card is open, and its address relative to the page. */
  opened = $state.raw<{ readonly path: string; readonly label: string } | null>(null);
  /** Null while it is read, and when that failed. */
  card = $state.raw<Card | null>(null);
  reading = $state.raw(new Task());
  private readonly known = new Map<string, Card>();

  constructor(private readonly lab: Lab) {}

  open(path: string, label: string): void {
    this.opened = { path, label };
    void this.read();
  }

  close(): void {
    this.reading.stop();
    this.opened = null;
  }

  /** Reads the card that is open, anew where that failed. */
  async read(): Promise<void> {
    if (!this.opened) return;
    const { path, label } = this.opened;
    this.card = this.known.get(path) ?? null;
    if (this.card) return;
    // Of its own for each try: what a closed card still waits for must not hold up another.
    const task = new Task();
    this.reading = task;
    const card = await task.wait(`Reading the card of ${label}`, (signal) => this.fetched(path, signal));
    if (card) this.known.set(path, card);
    if (this.reading === task) this.card = card;
  }

  private async fetched(path: string, signal: AbortSignal): Promise<Card> {
    const [readCard, text] = await Promise.all([reader(), this.lab.card(path, signal)]);
    return readCard(text);
  }
}

async function reader(): Promise<(markdown: string) => Card> {
  try {
    return (await import('../cards/markdown')).readCard;
  } catch (cause) {
    throw new LabError('runtime-missing', 'What reads model cards did not arrive.', { cause });
  }
}
