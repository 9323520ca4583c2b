/** Models brought from elsewhere: from a hub, and on a server, both on this machine. */
import { TestHub } from '../fixtures/hub/server';
import { tinyReaderFiles } from '../fixtures/hub/tinyReader';
import { openAiServer } from '../fixtures/openaiServer';
import { expect, KNOWN, SAMPLE, test, type Bench } from './lab';

const LABEL = 'SmolLM2 135M';
const REPO = 'HuggingFaceTB/SmolLM2-135M-Instruct';
const PART = 4 * 1024 * 1024;

/** White space at the end of JSON means nothing, so that one file takes more than one part to fetch. */
function paddedFiles(): Record<string, Uint8Array> {
  const files = tinyReaderFiles();
  const padded = Buffer.alloc(2 * PART + 1000, ' ');
  padded.set(files['tokenizer.json'] ?? []);
  return { ...files, 'tokenizer.json': new Uint8Array(padded) };
}

const rowOf = (bench: Bench, label: string) =>
  bench.page.getByRole('row').filter({ has: bench.page.getByText(label, { exact: true }) });

async function reloadedBy(bench: Bench, press: string | RegExp): Promise<void> {
  await Promise.all([bench.page.waitForEvent('load'), bench.page.getByRole('button', { name: press }).click()]);
  await bench.ready();
}

test('a hub is let in, a model looked up, fetched over a break and a reload, used in one lane, and removed', async ({
  bench,
  page,
  letIn,
}) => {
  const hub = await new TestHub().open();
  hub.put(REPO, paddedFiles());
  const row = rowOf(bench, LABEL);
  const hubSetting = page.locator('summary', { hasText: 'Hub models come from' });
  try {
    await bench.open('./#/models');
    await hubSetting.click();
    await page.getByRole('textbox', { name: 'Hub address' }).fill(hub.host);
    await page.getByRole('button', { name: 'Use this hub' }).click();
    await expect(page.getByText(`${new URL(hub.host).host} and *.hf.co`)).toBeVisible();
    expect(hub.asked).toEqual([]);
    letIn.add(hub.host);
    await reloadedBy(bench, /^Allow 127\.0\.0\.1.* and reload$/);
    await expect(hubSetting).toContainText(new URL(hub.host).host);

    // It hands its files out from another address, which was not let in: the browser ends it there.
    letIn.add(hub.store);
    await row.getByRole('button', { name: 'Look up size' }).click();
    await expect(page.getByText(`${LABEL}: The model hub could not be reached.`)).toBeVisible();
    expect(hub.asked.filter(({ path }) => path.startsWith('store/'))).toEqual([]);
    await hubSetting.click();
    await page.getByRole('textbox', { name: 'Address of its files' }).fill(hub.store);
    await reloadedBy(bench, 'Allow it and reload');

    // Slow enough that the break comes between its first part and its second, however busy the machine.
    hub.faults = [{ path: '/tokenizer.json', kind: { slow: 2_200_000, ms: 3000 } }];
    await row.getByRole('button', { name: 'Look up size' }).click();
    await row.getByRole('button', { name: /^Download 12\.2 MB/ }).click();
    await expect(row).toContainText('8.0 of 12.2 MB');
    hub.faults = [{ path: '/tokenizer.json', kind: { status: 503, retryAfter: '600' } }];
    hub.cut();
    await expect(page.getByText(/Tries again in \d{3} s\. What came so far is kept\./)).toBeVisible();
    await expect(row).toContainText('8.0 of 12.2 MB');
    hub.faults = [];
    hub.asked.length = 0;
    await page.reload();
    await bench.ready();
    await expect(row).toContainText('8.0 of 12.2 MB');
    await row.getByRole('button', { name: /^Resume, 65%/ }).click();
    await expect(row).toContainText('on this device');
    expect(hub.asked.filter(({ path }) => path.startsWith('store/')).map(({ range }) => range)).toEqual([
      `bytes=${String(PART)}-`,
    ]);

    await bench.screen('Compare');
    await bench.runOn(2, LABEL);
    await bench.put(SAMPLE);
    await expect(bench.lane(2).getByRole('button', { name: `Lane 2 model: ${LABEL}` })).toBeVisible();
    await expect(bench.lane(1).getByRole('button', { name: 'Lane 1 model: Tiny reader' })).toBeVisible();
    await expect(bench.answer(2)).toContainText(KNOWN);
    await expect(bench.answer(1)).toHaveText(/\w/);

    await bench.screen('Models');
    await row.getByRole('button', { name: `Remove ${LABEL}`, exact: true }).click();
    await expect(row.getByRole('button', { name: /^Download 12\.2 MB/ })).toBeVisible();
    // The offer to take it back ends with the visit.
    await page.reload();
    await bench.ready();
    await expect(page.getByRole('region', { name: 'Kept in this browser' })).toContainText('No model was downloaded');
    await bench.screen('Compare');
    await bench.question.fill(SAMPLE);
    await bench.ask.click();
    await expect(bench.lane(2)).toHaveAttribute('data-state', 'failed');
    await expect(bench.lane(2)).toContainText('This model is not on this device yet.');
    await expect(bench.lane(3)).toHaveAttribute('data-state', 'answered');
  } finally {
    await hub.close();
  }
});

test.describe('a server', () => {
  // The browser's own words for an answer that it keeps from the page, and for one that says no.
  test.use({ expected: [/blocked by CORS policy|net::ERR_FAILED|status of 401/] });

  test('is let in, answers a lane that carries the mark everywhere, and its key is not kept unasked', async ({
    bench,
    page,
    letIn,
    baseURL,
  }) => {
    await using server = await openAiServer('vllm', () => `The server says ${KNOWN}.`);
    server.key = 'sesame-1234';
    const { origin, host } = new URL(server.base);
    const connect = async (key: string) => {
      await page.getByLabel(/^Key, /).fill(key);
      await page.getByRole('button', { name: 'Test connection' }).click();
    };
    await bench.open('./#/models');
    await page.getByRole('textbox', { name: /^Address \(OpenAI/ }).fill(server.base);
    await connect(server.key);
    expect(server.headers).toEqual([]);
    letIn.add(origin);
    await reloadedBy(bench, `Allow ${host} and reload`);
    await expect(page.getByRole('textbox', { name: /^Address \(OpenAI/ })).toHaveValue(server.base);

    await connect(server.key);
    await expect(page.getByText(`${host}: The server did not answer, or not to this page.`)).toBeVisible();
    server.letsIn = new URL(baseURL ?? '').origin;
    await connect('wrong');
    await expect(page.getByText(`${host}: The server refused the key.`)).toBeVisible();
    await connect(server.key);
    await expect(page.getByText('Connected', { exact: true })).toBeVisible();
    const mark = 'leaves this device';
    await expect(rowOf(bench, 'reader').getByText(mark)).toBeVisible();
    await expect(page.getByText('Nothing leaves this device')).toBeVisible();

    await bench.screen('Compare');
    await bench.runOn(2, 'reader');
    // The closed editor carries the mark too.
    await expect(bench.lane(2).getByText(mark).filter({ visible: true })).toHaveCount(1);
    await expect(bench.lane(1).getByText(mark)).toHaveCount(0);
    await expect(page.getByRole('alert')).toHaveText(`Lane 2 sends text to ${host}`);
    await bench.put(SAMPLE);
    await expect(bench.answer(2)).toHaveText(`The server says ${KNOWN}.`);
    await expect(bench.lane(1)).toHaveAttribute('data-state', 'answered');
    expect(server.chats.map(({ model, stream }) => ({ model, stream }))).toEqual([{ model: 'reader', stream: true }]);
    expect(server.headers.at(-1)?.authorization).toBe(`Bearer ${server.key}`);

    expect(await keptTexts(bench)).not.toContain(server.key);
    await bench.screen('Models');
    await page.getByRole('checkbox', { name: 'Remember the key on this device' }).check();
    await connect(server.key);
    await expect.poll(() => keptTexts(bench)).toContain(server.key);

    // A remembered server's model stays the default of a later visit.
    await page.getByRole('button', { name: 'Use reader', exact: true }).click();
    await expect(bench.model).toHaveAccessibleName('Model: reader, ready');
    await page.reload();
    await expect(bench.model).toHaveAccessibleName('Model: reader, ready');
    await expect(rowOf(bench, 'reader').getByRole('button', { name: 'In use, reader' })).toBeDisabled();
    await expect(page.getByRole('alert')).toHaveText(`Lanes 1, 2, 3 and 4 send text to ${host}`);

    await page.getByRole('button', { name: `Forget ${host}` }).click();
    await expect(rowOf(bench, 'reader')).toHaveCount(0);
    await expect.poll(() => keptTexts(bench)).not.toContain(server.key);
    // Nothing is chosen any more, so the page's own readers come as at a first visit.
    await expect(bench.model).toHaveAccessibleName('Model: Small reader, ready');
  });
});

/** All that this origin keeps as text: IndexedDB, both storages, and Cache storage. */
async function keptTexts({ page }: Bench): Promise<string> {
  return page.evaluate(async () => {
    const said = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('IndexedDB failed.'));
      });
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name ?? ''));
      for (const store of database.objectStoreNames)
        said.push(JSON.stringify(await done(database.transaction(store).objectStore(store).getAll())));
      database.close();
    }
    for (const name of (await caches.keys()).filter((one) => one.includes('origins')))
      for (const request of await (await caches.open(name)).keys())
        said.push((await (await (await caches.open(name)).match(request))?.text()) ?? '');
    return said.join('\n');
  });
}
