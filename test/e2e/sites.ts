import { join } from 'node:path';

/** The built page twice: at the root of a host, and deep inside one. */
export const SITES = [
  { port: 4181, under: '/' },
  { port: 4191, under: '/some/sub-folder/' },
] as const;

/** Of hosts that tests open themselves. */
export const HOST_PORT = 4210;

/** A browser's storage in which the tiny reader was chosen; written by `setup.ts`. */
export const CHOSEN = join(import.meta.dirname, '../../test-results/chosen.json');

/** A browser's storage in which nothing ever happened. */
export const FIRST_VISIT = { cookies: [], origins: [] };
