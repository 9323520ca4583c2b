import { findOrInstallBrowser } from '../browser';
import { startWithPuppeteer } from './puppeteer';
import type { Driver } from './tab';

export const chromium: Driver = {
  name: 'Chromium',
  start: async () => startWithPuppeteer({ browser: 'chrome', ...findOrInstallBrowser() }),
};
