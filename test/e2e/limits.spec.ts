/** A model that meets a limit: a disk that fills up, a metered connection, its own window. */
import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { TestHub } from '../fixtures/hub/server';
import { tinyReaderFiles } from '../fixtures/hub/tinyReader';
import { expect, test as base, type Bench } from './lab';
import { FIRST_VISIT } from './sites';

const LABEL = 'SmolLM2 135M';
const REPO = 'HuggingFaceTB/SmolLM2-135M-Instruct';
const MB = 1e6;
/** What the browser gives in all, in the test of a full disk. */
const ROOM = 72 * MB;
const DOWNLOAD = /^Download \d/;

const test = base.extend<{ hub: TestHub }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads a fixture's needs from this pattern
  hub: async ({}, use) => {
    const hub = await new TestHub().open();
    hub.put(REPO, tinyReaderFiles());
    await use(hub);
    await hub.close();
  },
});

const rowOf = (bench: Bench) =>
  bench.page.getByRole('row').filter({ has: bench.page.getByText(LABEL, { exact: true }) });

/** Lets the hub in and looks the model up. */
async function lookUp(bench: Bench, hub: TestHub, letIn: Set<string>): Promise<void> {
  const { page } = bench;
  const setting = page.locator('summary', { hasText: 'Hub models come from' });
  const reloadedBy = async (press: string | RegExp) => {
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: press }).click()]);
    await bench.ready();
  };
  letIn.add(hub.host).add(hub.store);
  await bench.open('./#/models');
  await setting.click();
  await page.getByRole('textbox', { name: 'Hub address' }).fill(hub.host);
  await page.getByRole('button', { name: 'Use this hub' }).click();
  await reloadedBy(/^Allow 127\.0\.0\.1.* and reload$/);
  await setting.click();
  await page.getByRole('textbox', { name: 'Address of its files' }).fill(hub.store);
  await reloadedBy('Allow it and reload');
  await rowOf(bench).getByRole('button', { name: 'Look up size' }).click();
  await expect(rowOf(bench).getByRole('button', { name: DOWNLOAD })).toBeVisible();
}

async function download(bench: Bench, hub: TestHub, letIn: Set<string>): Promise<void> {
  await lookUp(bench, hub, letIn);
  await rowOf(bench).getByRole('button', { name: DOWNLOAD }).click();
}

/** Bytes that the page keeps once it keeps no more. */
async function settledUsage(page: Page): Promise<number> {
  let before = -1;
  await expect
    .poll(
      async () => {
        const now = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
        const same = now === before;
        before = now;
        return same;
      },
      { intervals: [5000], timeout: 120_000 },
    )
    .toBe(true);
  return before;
}

test.describe('a full disk', () => {
  // A limit that is set on an origin is not held where storage was brought along.
  test.use({ storageState: FIRST_VISIT });

  test('the disk fills up while a model comes: what came is kept, and it goes on when there is room', async ({
    bench,
    page,
    letIn,
    hub,
    baseURL,
  }) => {
    // More than the browser will give; nothing that compresses, since what is stored is counted.
    hub.put(REPO, { ...tinyReaderFiles(), 'tokenizer.json': new Uint8Array(randomBytes(48 * MB)) });
    const row = rowOf(bench);
    const note = page.getByText(`${LABEL}: There is no room left in this browser.`);
    // A page of its own holds the limit, since one that is loaded anew lets go of it.
    const other = await page.context().newPage();
    await other.goto('./icons/openbook.svg');
    const devtools = await page.context().newCDPSession(other);
    const origin = new URL(baseURL ?? '').origin;
    // Set before anything is kept: on an origin that keeps something already it is not held.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: ROOM });

    await lookUp(bench, hub, letIn);
    // The page keeps its own files at a pace of its own. What they leave is room for some of the model and not for all of it.
    const left = ROOM - (await settledUsage(page));
    expect(left).toBeGreaterThan(8 * MB);
    expect(left).toBeLessThan(48 * MB);
    await row.getByRole('button', { name: DOWNLOAD }).click();
    await expect(note).toBeVisible();
    await expect(page.getByText('Remove a document or a downloaded model, or free some disk space')).toBeVisible();
    const kept = /([\d.]+) of 51\.9 MB/;
    const [, before = ''] = kept.exec(await row.innerText()) ?? [];
    expect(Number(before)).toBeGreaterThan(4);

    // Nothing was lost by it, neither now nor for the next visit, and the rest of the page works.
    await page.reload();
    await bench.ready();
    await expect(row).toContainText(`${before} of 51.9 MB`);
    hub.asked.length = 0;
    await devtools.send('Storage.overrideQuotaForOrigin', { origin });
    await row.getByRole('button', { name: /^Resume, \d+%/ }).click();
    await expect(row).toContainText('on this device');
    await expect(note).toHaveCount(0);
    // It went on after what was kept, in parts of 4 MiB.
    const ranges = hub.asked.flatMap(({ range }) => range ?? []);
    expect(ranges.map((range) => Number(/^bytes=(\d+)-/.exec(range)?.[1]) % (4 * 1024 * 1024))).toContain(0);
    expect(ranges.length).toBeGreaterThan(0);
  });
});

test('on a metered connection nothing is fetched unasked, also when it becomes one during the visit', async ({
  bench,
  page,
  letIn,
  hub,
}) => {
  await page.addInitScript(() => {
    const connection = Object.assign(new EventTarget(), { saveData: false });
    Object.defineProperty(Navigator.prototype, 'connection', { get: () => connection, configurable: true });
  });
  hub.faults = [{ path: '/model_q4.onnx', kind: { slow: 100_000, ms: 1000 } }];
  const row = rowOf(bench);
  await download(bench, hub, letIn);
  await expect(row).toContainText('0.3 of 4.1 MB');
  await row.getByRole('button', { name: /^Pause/ }).click();
  const goOn = row.getByRole('button', { name: /^Download 3\.85 MB/ });
  await expect(goOn).toBeVisible();
  await page.evaluate(() => {
    const { connection } = navigator as unknown as { connection: EventTarget & { saveData: boolean } };
    connection.saveData = true;
    connection.dispatchEvent(new Event('change'));
  });
  await expect(page.getByText('metered: downloads ask first')).toBeVisible();
  hub.faults = [];
  hub.asked.length = 0;
  await goOn.click();
  const asks = page.getByRole('group', { name: 'Metered connection' });
  await expect(asks).toContainText(`${LABEL} is a download of 3.85 MB, which may cost you.`);
  await asks.getByRole('button', { name: 'Not now' }).click();
  await expect(asks).toHaveCount(0);
  expect(hub.asked).toEqual([]);

  await goOn.click();
  await asks.getByRole('button', { name: 'Download anyway' }).click();
  await expect(row).toContainText('on this device');
});

test('a question beyond every window is told with its count and each lane’s own window, and a shorter one is answered', async ({
  bench,
  hub,
  letIn,
}) => {
  await download(bench, hub, letIn);
  await expect(rowOf(bench)).toContainText('on this device');
  await bench.screen('Compare');
  await bench.runOn(2, LABEL);
  const question = 'How long is the trial period?';
  await bench.question.fill(`${'The rule of the house is that nobody reads aloud. '.repeat(900)}${question}`);
  await bench.ask.click();
  for (const lane of [1, 2]) await expect(bench.lane(lane)).toHaveAttribute('data-state', 'failed');
  await expect(bench.answer(1)).toContainText(/The prompt has [\d,]+ tokens; .* window holds 1,024\./);
  await expect(bench.answer(2)).toContainText(/The prompt has [\d,]+ tokens; the SmolLM2 135M’s window holds 8,192\./);

  await bench.question.fill(question);
  await bench.ask.click();
  for (const lane of [1, 2]) await expect(bench.lane(lane)).toHaveAttribute('data-state', 'answered');
});
