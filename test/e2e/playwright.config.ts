import { defineConfig } from '@playwright/test';
import { findBrowser } from '../browser';

/** The built page twice: at the root of a host, and deep inside one. */
const SITES = [
  { port: 4181, under: '/' },
  { port: 4191, under: '/some/sub-folder/' },
];

export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results/e2e',
  // One at a time: every page runs its own models, and they would share the processor.
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: true,
  // Hang guards, for slow machines.
  timeout: 240_000,
  expect: { timeout: 60_000 },
  use: {
    baseURL: `http://127.0.0.1:${String(SITES[0]?.port)}/`,
    launchOptions: findBrowser(),
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    screenshot: 'only-on-failure',
  },
  webServer: SITES.map(({ port, under }) => ({
    command: `npx tsx src/cli/serve.ts --port ${String(port)} --under ${under}`,
    cwd: '../..',
    url: `http://127.0.0.1:${String(port)}${under}`,
    reuseExistingServer: false,
  })),
});
