/**
 * What nearly all tests begin with: a browser in which the tiny reader was chosen, and nothing else ever happened. Else the
 * larger one would be loaded beside it in every test, and take its place at some moment of it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { findBrowser } from '../browser';
import { Bench } from './lab';
import { CHOSEN, HOST_PORT, SITES } from './sites';

const CHOICE = { reader: 'reader-tiny' };

export default async function setup(): Promise<void> {
  const [site] = SITES;
  const browser = await chromium.launch(findBrowser());
  const context = await browser.newContext();
  const page = await context.newPage();
  const address = `http://127.0.0.1:${String(site.port)}${site.under}`;
  await new Bench(page).open(address);
  // The page makes its database; from another document of its origin nothing more is written to it.
  await page.goto(`${address}models/MODEL_CARD.md`);
  await page.evaluate(async (choice) => {
    const opened = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => {
          resolve(request.result);
        };
        request.onerror = () => {
          reject(new Error(request.error?.message));
        };
      });
    const database = await opened(indexedDB.open('openbook'));
    const tx = database.transaction(database.objectStoreNames, 'readwrite');
    for (const name of database.objectStoreNames) tx.objectStore(name).clear();
    await opened(tx.objectStore('settings').put(choice, 'uses'));
    database.close();
  }, CHOICE);
  // Playwright's types do not name what it writes of IndexedDB.
  await context.storageState({ path: CHOSEN, indexedDB: true });
  await browser.close();
  const { origins } = JSON.parse(readFileSync(CHOSEN, 'utf8')) as { origins: { indexedDB?: readonly unknown[] }[] };
  const [kept] = origins;
  if (!kept?.indexedDB?.length) throw new Error('The page kept nothing in IndexedDB.');
  const ports = [...SITES.map(({ port }) => port), HOST_PORT];
  const alike = ports.map((port) => ({ ...kept, origin: `http://127.0.0.1:${String(port)}` }));
  writeFileSync(CHOSEN, JSON.stringify({ cookies: [], origins: alike }));
}
