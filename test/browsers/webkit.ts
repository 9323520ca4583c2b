/** Safari's engine, as the GTK port's own small browser, driven over WebDriver on a screen that is only imitated. */
import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { Builder, Key, type WebDriver, type WebElement } from 'selenium-webdriver';
import { findOrInstall } from './programs';
import type { Driver, Tab } from './tab';

const PROGRAMS = {
  driver: ['WebKitWebDriver'],
  screen: ['xvfb-run'],
  browser: [
    '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
    '/usr/lib/aarch64-linux-gnu/webkit2gtk-4.1/MiniBrowser',
  ],
};
const PACKAGES = ['webkit2gtk-driver', 'libwebkit2gtk-4.1-0', 'xvfb', 'xauth'];
/** The driver says nothing when it listens. */
const START_MS = 20_000;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function answers(address: string): Promise<void> {
  const until = Date.now() + START_MS;
  for (;;) {
    const up = await fetch(`${address}/status`).then(
      () => true,
      () => false,
    );
    if (up) return;
    if (Date.now() > until) throw new Error(`WebKitWebDriver did not start within ${String(START_MS / 1000)} s.`);
    await after(200);
  }
}

export const webkit: Driver = {
  name: 'WebKitGTK',
  start: async () => {
    const { driver, screen, browser } = findOrInstall('WebKitGTK', PROGRAMS, PACKAGES);
    const port = String(await freePort());
    const child = spawn(screen, ['-a', '--server-args=-screen 0 1440x1000x24', driver, `--port=${port}`], {
      // Its sandbox refuses to run as root.
      env: { ...process.env, ...(process.getuid?.() === 0 && { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1' }) },
      stdio: 'ignore',
      // A process group of its own, which ends with the screen and the browser in it.
      detached: true,
    });
    try {
      const address = `http://127.0.0.1:${port}`;
      await answers(address);
      const session = await new Builder()
        .usingServer(address)
        .withCapabilities({
          browserName: 'MiniBrowser',
          'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] },
        })
        .build();
      await session.manage().window().setRect({ x: 0, y: 0, width: 1440, height: 1000 });
      return new WebDriverTab(session, child, (await session.getCapabilities()).getBrowserVersion() ?? 'unknown');
    } catch (error) {
      end(child);
      throw error;
    }
  },
};

function end({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGTERM');
}

class WebDriverTab implements Tab {
  readonly #errors: string[] = [];

  constructor(
    private readonly session: WebDriver,
    private readonly child: ChildProcess,
    readonly version: string,
  ) {}

  async open(address: string): Promise<void> {
    await this.#keepErrors();
    await this.session.get(address);
  }

  async reload(): Promise<void> {
    await this.#keepErrors();
    await this.session.navigate().refresh();
  }

  /** This driver tells nothing of the console, so the page itself listens, from the first look at it on. */
  evaluate(expression: string): Promise<unknown> {
    return this.session.executeScript(`
      if (!window.uncaughtErrors) {
        window.uncaughtErrors = [];
        addEventListener('error', ({ message }) => uncaughtErrors.push(message));
        addEventListener('unhandledrejection', ({ reason }) => uncaughtErrors.push(String(reason)));
      }
      return ${expression};
    `);
  }

  async #keepErrors(): Promise<void> {
    this.#errors.push(...(await this.session.executeScript<string[]>('return window.uncaughtErrors?.splice(0) ?? []')));
  }

  async click(expression: string): Promise<void> {
    await (await this.session.executeScript<WebElement>(`return ${expression}`)).click();
  }

  async type(text: string): Promise<void> {
    await this.session.actions().sendKeys(text).perform();
  }

  async pressEscape(): Promise<void> {
    await this.session.actions().sendKeys(Key.ESCAPE).perform();
  }

  async uncaught(): Promise<readonly string[]> {
    await this.#keepErrors();
    return this.#errors;
  }

  async close(): Promise<void> {
    await this.session.quit().finally(() => end(this.child));
  }
}
