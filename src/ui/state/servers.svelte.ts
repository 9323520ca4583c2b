import type { CatalogueModel, Lab } from '../../lab';
import type { Announcer } from './announcer.svelte';
import { Note } from './note';
import { Task } from './task.svelte';

const NOTE = new Note('openbook: server');

/** Connecting to a server. The key passes through and is not held here. */
export class Servers {
  readonly task = new Task();
  /** The address last tried, or the one the page was loaded anew for. */
  address = $state(NOTE.take());
  /** The models of the server that was reached last. */
  found = $state.raw<readonly CatalogueModel[] | null>(null);

  constructor(
    private readonly lab: Lab,
    private readonly announcer: Announcer,
  ) {}

  /** Whether it was reached. */
  async connect(server: { url: string; key: string; remember: boolean }): Promise<boolean> {
    this.address = server.url;
    this.found = null;
    this.found = await this.task.wait('Asking the server', (signal) => this.lab.addServer(server, signal));
    if (this.found) this.announcer.say(`Connected: ${String(this.found.length)} models`);
    else if (this.task.problem) this.announcer.say('The connection failed');
    return this.found !== null;
  }

  /** The page is about to be loaded anew. */
  comeBackTo(address: string): void {
    NOTE.leave(address);
  }

  stop(): void {
    this.task.stop();
  }
}
