/** A host that a test opens, changes and takes away: by itself one that sends no headers, as GitHub Pages does. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { serve } from '../../src/cli/serve';
import { filesCache } from '../../src/host/ownFiles';
import { test as base } from './lab';
import { HOST_PORT } from './sites';

/** A copy of the built page that a test may change, and the host it lies on. */
export class Host {
  readonly folder = mkdtempSync(join(tmpdir(), 'openbook-host-'));
  address = '';
  #server: Server | null = null;

  async open(plain: boolean): Promise<void> {
    cpSync('dist', this.folder, { recursive: true });
    const { server, address } = await serve({ folder: this.folder, under: '/project/', plain }, HOST_PORT);
    this.#server = server;
    this.address = address;
  }

  /** Takes the host away, for good. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server)
      await new Promise((closed) => {
        server.close(closed);
        server.closeAllConnections();
      });
  }

  read(path: string): Buffer {
    return readFileSync(join(this.folder, path));
  }

  write(path: string, content: Uint8Array | string): void {
    writeFileSync(join(this.folder, path), content);
  }
}

export const test = base.extend<{ sendsHeaders: boolean; host: Host; loads: () => number }>({
  sendsHeaders: [false, { option: true }],
  host: async ({ sendsHeaders }, use) => {
    const host = new Host();
    await host.open(!sendsHeaders);
    await use(host);
    await host.close();
    rmSync(host.folder, { recursive: true });
  },
  /** How often the page was loaded so far. */
  loads: async ({ page }, use) => {
    let count = 0;
    page.on('domcontentloaded', () => count++);
    await use(() => count);
  },
});

/** Paths of what the service worker keeps, with their digests. */
export function kept(page: Page, { address }: Host): Promise<string[]> {
  return page.evaluate(
    async ([cache = '', folder = '']) =>
      (await (await caches.open(cache)).keys()).map(({ url }) => url.replace(folder, '')).sort(),
    [filesCache(address), address],
  );
}
