/** The built page on a plain host: one that sends no headers, as GitHub Pages does, under a project's folder. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { readBuild, writeServiceWorker } from '../../src/cli/serviceWorker';
import { originsCache } from '../../src/host/visitorOrigins';
import { type Host, kept, test } from './host';
import { expect, KNOWN, SAMPLE } from './lab';

const READER = 'models/reader-tiny/onnx/model_q4.onnx';

/** Of all files but the rare ones, which are kept when they are used: nothing here runs on WebGPU. */
function digestsOf({ folder }: Host): string[] {
  const { files, rare } = readBuild(folder);
  return Object.entries(files)
    .filter(([path]) => !rare.includes(path))
    .map(([path, digest]) => `${path}?${digest}`)
    .sort();
}

async function allKept(page: Page, host: Host): Promise<void> {
  await expect.poll(() => kept(page, host), { timeout: 120_000 }).toEqual(digestsOf(host));
}

test('a host without headers: isolated after one reload, with several threads', async ({
  bench,
  page,
  host,
  loads,
}) => {
  await bench.open(host.address);
  expect(loads()).toBe(2);
  expect(await page.evaluate(() => [crossOriginIsolated, typeof SharedArrayBuffer])).toEqual([true, 'function']);
  await bench.model.click();
  await expect(page.getByText(/runs on WASM, [2-4] threads/).first()).toBeVisible();
  await bench.screen('Compare');
  await bench.put(SAMPLE);
  await expect(bench.answer(2)).toContainText(KNOWN);

  await bench.open(`${host.address}index.html`);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  // A hard reload, minutes later, passes by the service worker.
  await page.addInitScript(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + 300_000;
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Page.reload', { ignoreCache: true });
  await expect.poll(loads).toBe(5);
  await bench.ready();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(loads()).toBe(5);
});

for (const sendsHeaders of [false, true])
  test.describe(sendsHeaders ? 'a host with headers' : 'a host without headers', () => {
    test.use({ sendsHeaders, expected: [/Failed to load resource: .*ERR_CONNECTION_REFUSED/] });

    test('after the first visit the page works with its host taken away', async ({ bench, page, host, loads }) => {
      await bench.open(host.address);
      expect(loads()).toBe(sendsHeaders ? 1 : 2);
      await allKept(page, host);
      await host.close();

      await page.reload();
      await bench.ready();
      await page.getByRole('button', { name: 'Know', exact: true }).click();
      await bench.put(SAMPLE);
      await expect(bench.answer(2)).toContainText(KNOWN);
      await bench.screen('Adapters');
      await page.getByRole('button', { name: 'Model card: json-answer' }).click();
      await expect(page.getByRole('dialog', { name: 'json-answer' }).getByRole('table').first()).toBeVisible();
      await bench.open(`${host.address}index.html`);
    });
  });

test.describe('a damaged model file', () => {
  test('is not kept, and a second try fetches a whole one', async ({ bench, page, host }) => {
    const whole = host.read(READER);
    host.write(READER, Buffer.from(whole).fill(0x5a, 2_000_000, 2_000_064));
    await page.goto(host.address);
    await expect(page.getByText('A model file does not match its checksum.').first()).toBeVisible();
    await expect.poll(async () => (await kept(page, host)).length).toBe(digestsOf(host).length - 1);
    expect((await kept(page, host)).filter((path) => path.startsWith(READER))).toEqual([]);

    host.write(READER, whole);
    await page.getByRole('button', { name: 'Load again' }).first().click();
    await bench.ready();
    await allKept(page, host);
  });
});

test('a newer build replaces the old one whole, when no other page needs that', async ({ bench, page, host }) => {
  // The page is loaded at least six times, two of them with another page beside it.
  test.slow();
  const RECORDING = 'samples/recording.json';
  const mark = page.locator('meta[name=description]');
  const recorded = () => page.evaluate(async (path) => (await fetch(path)).text(), RECORDING);
  await bench.open(host.address);
  await allKept(page, host);
  const old = { recording: host.read(RECORDING).toString(), kept: await kept(page, host) };

  host.write('index.html', host.read('index.html').toString().replace('content="See side', 'content="New. See side'));
  host.write(RECORDING, `${old.recording} `);
  await writeServiceWorker(host.folder);
  const other = await page.context().newPage();
  await other.goto(host.address);
  // The newer build is found and made ready, while both pages go on with theirs.
  const waiting = () =>
    page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state ?? 'none');
  await expect.poll(waiting).toBe('installed');
  await page.reload();
  await bench.ready();
  await expect(mark).toHaveAttribute('content', /^See/);
  expect(await recorded()).toBe(old.recording);

  await other.close();
  // A closed page may linger a moment, and then counts.
  await expect(async () => {
    await page.reload();
    await expect(mark).toHaveAttribute('content', /^New/, { timeout: 10_000 });
  }).toPass();
  await bench.ready();
  expect(await recorded()).toBe(`${old.recording} `);
  await allKept(page, host);
  expect(await kept(page, host)).not.toEqual(old.kept);
  await host.close();
  await page.reload();
  await bench.ready();
});

test('an origin that the visitor let in is reached after a reload, and no other', async ({ page, host }) => {
  const elsewhere = createServer((_request, response) => {
    response.writeHead(200, { 'Access-Control-Allow-Origin': '*' }).end('reached');
  });
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
  const { port } = elsewhere.address() as AddressInfo;
  const ask = (name: string) =>
    page.evaluate(
      (address) =>
        fetch(address).then(
          (response) => response.text(),
          () => 'refused',
        ),
      `http://${name}:${String(port)}/`,
    );
  const isolated = () => page.evaluate(() => crossOriginIsolated).catch(() => false);
  try {
    await page.goto(host.address);
    await expect.poll(isolated).toBe(true);
    expect(await ask('127.0.0.1')).toBe('refused');
    await page.evaluate(
      async ([cache = '', origin = '']) =>
        (await caches.open(cache)).put(
          'origins.json',
          new Response(JSON.stringify([origin, 'https://*', 'http://a.b'])),
        ),
      [originsCache(host.address), `http://127.0.0.1:${String(port)}`],
    );
    expect(await ask('127.0.0.1')).toBe('refused');

    await page.reload();
    expect(await ask('127.0.0.1')).toBe('reached');
    expect(await ask('localhost')).toBe('refused');
    const policy = () =>
      page.evaluate(async () => {
        const [script] = performance.getEntriesByType('resource').filter(({ name }) => name.includes('.worker-'));
        return script ? (await fetch(script.name)).headers.get('Content-Security-Policy') : null;
      });
    await expect.poll(policy).toContain(`connect-src 'self' http://127.0.0.1:${String(port)};`);
  } finally {
    elsewhere.closeAllConnections();
    elsewhere.close();
  }
});

test('it can be installed as an app', async ({ bench, page, host }) => {
  await bench.open(host.address);
  const devtools = await page.context().newCDPSession(page);
  const { errors, data = '{}' } = await devtools.send('Page.getAppManifest');
  expect(errors).toEqual([]);
  const { icons } = JSON.parse(data) as { icons: { src: string; sizes: string }[] };
  for (const { src } of icons) expect((await page.request.get(host.address + src)).ok()).toBe(true);
  const { installabilityErrors } = await devtools.send('Page.getInstallabilityErrors');
  // Test pages have no profile on disk.
  expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual([]);
});

test.describe('where no service worker may run', () => {
  test.use({ serviceWorkers: 'block', expected: [/Service Worker registration blocked by Playwright/] });

  test('the page works on one thread, without a reload', async ({ bench, page, host, loads }) => {
    await bench.open(host.address);
    await bench.model.click();
    await expect(page.getByText(/runs on WASM, 1 thread\b/).first()).toBeVisible();
    await bench.screen('Compare');
    await bench.put(SAMPLE);
    await expect(bench.answer(2)).toContainText(KNOWN);
    expect(loads()).toBe(1);
  });
});
