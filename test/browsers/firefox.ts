import { findOrInstall } from './programs';
import { startWithPuppeteer } from './puppeteer';
import type { Driver } from './tab';

const PROGRAMS = { firefox: ['firefox-esr', 'firefox', '/Applications/Firefox.app/Contents/MacOS/firefox'] };

export const firefox: Driver = {
  name: 'Firefox',
  start: async () => {
    const { firefox } = findOrInstall('Firefox', PROGRAMS, ['firefox-esr']);
    return startWithPuppeteer({ browser: 'firefox', executablePath: firefox });
  },
};
