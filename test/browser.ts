/** Finds the browser that tests run in: an installed one before a downloaded one. A missing browser is a failure, never a skip. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from 'playwright';
import { aptCommands, installBy } from './apt.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export interface BrowserLaunch {
  readonly executablePath: string;
  readonly args: string[];
}

function installed(): string | null {
  const named = process.env['OPENBOOK_BROWSER'];
  if (named) {
    if (existsSync(named)) return named;
    throw new Error(`OPENBOOK_BROWSER names ${named}, which does not exist.`);
  }
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const candidates = [
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...ELSEWHERE,
    chromium.executablePath(),
  ];
  return candidates.find((path) => existsSync(path)) ?? null;
}

/** Where the browser is and how to start it; throws a sentence saying what to do when there is none. */
export function findBrowser(): BrowserLaunch {
  const executablePath = installed();
  if (executablePath === null)
    throw new Error('No Chromium or Chrome found. Install one, or name it: OPENBOOK_BROWSER=/path/to/chrome npm test');
  // Chromium's sandbox refuses to run as root, and containers give it a /dev/shm too small to use.
  // WebGPU is tested on an adapter in software, which the lab itself would not choose.
  const webGpu = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  return { executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', ...webGpu] };
}

/** Like `findBrowser`, but installs a browser when there is none: the distribution's where that can be, else Playwright's own. */
export function findOrInstallBrowser(): BrowserLaunch {
  const withRoot = process.getuid?.() === 0 ? ['--with-deps'] : [];
  installBy(
    [...aptCommands(['chromium', 'fonts-liberation']), ['npx', 'playwright', 'install', ...withRoot, 'chromium']],
    () => installed() !== null,
  );
  return findBrowser();
}
