/** A PDF of 5,000 pages, made here: it streams page by page, and a stop is heard between two. */
import { expect, test } from 'vitest';
import { readFile } from '../../src/documents/formats';
import { read } from '../fixtures/documents/read';

const PAGES = 5_000;

function longPdf(): Uint8Array<ArrayBuffer> {
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${String(PAGES)}/Kids[${Array.from({ length: PAGES }, (_, i) => `${String(4 + 2 * i)} 0 R`).join(' ')}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  for (let i = 0; i < PAGES; i++) {
    const text = `BT /F1 11 Tf 72 700 Td (Sentence ${String(i + 1)} of the long book stands here.) Tj ET`;
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents ${String(5 + 2 * i)} 0 R>>`,
      `<</Length ${String(text.length)}>>stream\n${text}\nendstream`,
    );
  }
  let body = '%PDF-1.4\n';
  const starts = objects.map((object, i) => {
    const start = body.length;
    body += `${String(i + 1)} 0 obj\n${object}\nendobj\n`;
    return start;
  });
  const table = starts.map((start) => `${String(start).padStart(10, '0')} 00000 n \n`).join('');
  const size = String(objects.length + 1);
  const end = `trailer<</Size ${size}/Root 1 0 R>>\nstartxref\n${String(body.length)}\n%%EOF`;
  return new TextEncoder().encode(`${body}xref\n0 ${size}\n0000000000 65535 f \n${table}${end}`);
}

test('each page is told as it comes, and is where the document says', { timeout: 300_000 }, async () => {
  const told: number[] = [];
  const { pages = [], text } = await read('long.pdf', longPdf(), undefined, ({ done, unit }) => {
    if (unit === 'pages') told.push(done);
  });
  expect(pages).toHaveLength(PAGES);
  expect(new Set(told).size).toBeGreaterThanOrEqual(PAGES - 1);
  expect(told.every((done, i) => done >= (told[i - 1] ?? 0))).toBe(true);
  for (const page of [1, 2_500, PAGES]) expect(text.slice(pages[page - 1])).toContain(`Sentence ${String(page)} of`);
});

test('a stop ends it between two pages', { timeout: 300_000 }, async () => {
  const stopper = new AbortController();
  const reading = readFile({ name: 'long.pdf', bytes: longPdf() }, stopper.signal);
  let last = 0;
  const stopped = (async () => {
    for (;;) {
      const step = await reading.next();
      if (step.done) return;
      last = step.value.done;
      if (last >= 10) stopper.abort();
    }
  })();
  await expect(stopped).rejects.toHaveProperty('name', 'AbortError');
  expect(last).toBeLessThan(13);
});
