import { readFile } from 'node:fs/promises';
import { expect, KNOWN, SAMPLE, test } from './lab';

const FILE = 'models/reader-tiny/onnx/model_q4.onnx';
const MODEL = `**/${FILE}`;

const BROKEN = [
  { what: 'missing', sentence: 'A model file could not be fetched.', spoil: () => null },
  { what: 'cut', sentence: 'A model file arrived cut short.', spoil: (whole: Buffer) => whole.subarray(0, 1_000_000) },
  {
    what: 'corrupt',
    sentence: 'A model file does not match its checksum.',
    spoil: (whole: Buffer) => {
      const bytes = Buffer.from(whole);
      bytes.fill(0x5a, 2_000_000, 2_000_064);
      return bytes;
    },
  },
];

for (const { what, sentence, spoil } of BROKEN)
  test.describe(`a ${what} model file`, () => {
    // The browser itself writes the 404 to the console; no page can keep it from that.
    test.use({ expected: [/Failed to load resource: .*404/] });

    test('is told in a clear sentence, and a second try works', async ({ bench, page, context }) => {
      // Made beforehand: a request that is still being answered when the route is taken away fails the test.
      const body = spoil(await readFile(new URL(`../../public/${FILE}`, import.meta.url)));
      // Of the context, since the service worker may be the one that fetches.
      await context.route(MODEL, (route) =>
        body === null
          ? route.fulfill({ status: 404, contentType: 'text/plain', body: 'Not found' })
          : route.fulfill({ status: 200, contentType: 'application/octet-stream', body }),
      );
      await page.goto('./');
      await expect(bench.model).toHaveAccessibleName(/^Model: .*failed/);
      await expect(page.getByText(sentence).first()).toBeVisible();

      // Asked all the same, every lane says what is wrong.
      await bench.question.fill(SAMPLE);
      await bench.ask.click();
      for (let n = 1; n <= 4; n++) {
        await expect(bench.lane(n)).toHaveAttribute('data-state', 'failed');
        await expect(bench.lane(n)).toContainText(sentence);
      }

      await context.unroute(MODEL);
      await page.getByRole('button', { name: 'Load again' }).first().click();
      await bench.ready();
      await bench.put(SAMPLE);
      await expect(bench.answer(2)).toContainText(KNOWN);
    });
  });

test.describe('an adapter file that is not there', () => {
  test.use({ expected: [/Failed to load resource: .*404/] });

  test('fails the lanes that wear it, and Load again asks the lane anew', async ({ bench, context }) => {
    const files = '**/adapters/robust-reader/**';
    await context.route(files, (route) => route.fulfill({ status: 404, contentType: 'text/plain', body: 'Not found' }));
    await bench.open();
    await bench.question.fill(SAMPLE);
    await bench.ask.click();
    await expect(bench.lane(4)).toHaveAttribute('data-state', 'failed');
    await expect(bench.lane(4)).toContainText('An adapter file did not arrive whole.');
    await expect(bench.lane(3)).toHaveAttribute('data-state', 'answered');
    await expect(bench.ask).toBeVisible();

    await context.unroute(files);
    await bench.lane(4).getByRole('button', { name: 'Load again' }).click();
    await bench.settled();
  });
});

test.describe('a runtime that did not arrive', () => {
  // ONNX Runtime says so itself, each time it is started.
  test.use({ expected: [/Failed to load resource: net::ERR_FAILED|wasm|falling back to ArrayBuffer/] });

  test('is told in a clear sentence, and a second try works', async ({ bench, page, context }) => {
    const runtime = '**/ort-wasm-simd-threaded-*.wasm';
    await context.route(runtime, (route) => route.abort());
    await page.goto('./');
    await expect(bench.model).toHaveAccessibleName(/^Model: .*failed/);
    await expect(page.getByText('A part of this page could not be fetched.').first()).toBeVisible();

    await context.unroute(runtime);
    await page.getByRole('button', { name: 'Load again' }).first().click();
    await bench.ready();
    await bench.model.click();
    await expect(page.getByRole('region', { name: 'Tiny finder' })).toContainText('runs on');
    await bench.screen('Compare');
    await bench.put(SAMPLE);
    await expect(bench.answer(2)).toContainText(KNOWN);
  });
});
