import { documentAddress } from '../../documents/address';
import type { Lab } from '../../lab';
import type { Library } from './library.svelte';
import { Note } from './note';
import { Task } from './task.svelte';

/** A document that is brought from an address which the visitor typed. */
export class Fetching {
  readonly task = new Task();
  /** Where the last address was that the page was loaded anew for. */
  readonly note = new Note('openbook: document');

  constructor(
    private readonly lab: Lab,
    private readonly library: Library,
  ) {}

  /** What the page must be let in to first; none for an address that can never be let in, which asking then says. */
  lacking(address: string): readonly string[] {
    try {
      const { protocol, hostname, origin } = documentAddress(address);
      const mayBeLetIn = protocol === 'https:' || ['localhost', '127.0.0.1'].includes(hostname);
      return mayBeLetIn ? this.lab.lacking([origin]) : [];
    } catch {
      return [];
    }
  }

  /** False when it failed (see the task) or was stopped. What came is added as any file is. */
  async fetch(address: string): Promise<boolean> {
    const file = await this.task.run(`Fetching ${address.trim()}`, (signal) => this.lab.fetchDocument(address, signal));
    if (file) void this.library.addFiles([file]);
    return file !== null;
  }

  stop(): void {
    this.task.stop();
  }
}
