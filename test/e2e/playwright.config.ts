import { defineConfig } from '@playwright/test';
import { findBrowser } from '../browser';
import { CHOSEN, SITES } from './sites';

export default defineConfig({
  testDir: '.',
  globalSetup: './setup.ts',
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
    baseURL: `http://127.0.0.1:${String(SITES[0].port)}/`,
    launchOptions: findBrowser(),
    storageState: CHOSEN,
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
