/** PDF and HTML through the real parse worker, index and store. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { finish } from '../../src/job';
import type { AddedFile } from '../../src/lab';
import { zip } from '../fixtures/adapters/zips';
import ferry from '../fixtures/documents/ferry.docx?url';
import ferryBook from '../fixtures/documents/ferry.epub?url';
import furniture from '../fixtures/documents/furniture.pdf?url';
import japanese from '../fixtures/documents/japanese.pdf?url';
import locked from '../fixtures/documents/locked.pdf?url';
import mixed from '../fixtures/documents/mixed.pdf?url';
import truncated from '../fixtures/documents/truncated.pdf?url';
import { emptyDatabase, READ, watch, type Watched } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();

let seen: Watched;
beforeAll(async () => {
  await emptyDatabase();
  seen = watch();
  await seen.lab.start(signal);
}, 180_000);
afterAll(async () => {
  await seen.lab.deleteEverything();
});

async function file(url: string, name: string): Promise<File> {
  return new File([await (await fetch(url)).arrayBuffer()], name);
}

async function shown(text: string) {
  const question = { id: 'own', text, accepted: null, evidence: [], kind: 'plain', rephrases: null } as const;
  const open = READ.filter(({ sees }) => sees.kind === 'open').slice(0, 1);
  const [answer] = await finish(seen.lab.compare(open, question, 7, signal));
  return answer?.briefing?.passages.map(({ chunk }) => chunk) ?? [];
}

test('good and bad files of one drop: each is told, and what is read is found with its page', async () => {
  const html = new File(['<title>Pool</title><script>x</script><h2>Towels</h2><p>Each swimmer gets two.'], 'pool.html');
  const steps: string[] = [];
  const files = [await file(truncated, 'cut.pdf'), await file(furniture, 'rules.pdf'), html];
  const added = await finish(seen.lab.addFiles([...files, await file(locked, 'locked.pdf')], signal), (progress) =>
    steps.push(`${String(progress.done)} of ${String(progress.total)} ${progress.unit}`),
  );
  const told = added.map(({ outcome }) => {
    if (outcome.kind === 'failed') return outcome.error.code;
    return outcome.kind === 'added' ? outcome.source.title : outcome.kind;
  });
  expect(told).toEqual(['document-unreadable', 'Rules for staff', 'Pool', 'password-needed']);
  expect(steps).toContain('3 of 5 pages');
  expect(seen.library.sources.find(({ name }) => name === 'rules.pdf')).toMatchObject({ pages: 5, blankPages: 0 });
  const cellar = (await shown('Which day was rule 4 agreed on?')).find(({ headings }) => headings[0] === 'Cellar');
  expect(cellar).toMatchObject({ page: 4, documentTitle: 'Rules for staff' });
});

test('a locked file opens with its password', async () => {
  const file_ = await file(locked, 'locked.pdf');
  const [wrong] = await finish(seen.lab.addFiles([file_], signal, 'green door'));
  expect(wrong?.outcome).toMatchObject({ kind: 'failed', error: { code: 'password-wrong' } });
  const [right] = await finish(seen.lab.addFiles([file_], signal, 'blue door'));
  expect(right?.outcome).toMatchObject({ kind: 'added' });
  expect((await shown('Where does the cellar key hang?')).map(({ text }) => text)).toContain(
    'The cellar key hangs behind the blue door.',
  );
});

test('pages without text are counted; character tables come from the page itself', async () => {
  const added = await finish(
    seen.lab.addFiles([await file(mixed, 'mixed.pdf'), await file(japanese, 'japanese.pdf')], signal),
  );
  expect(added.map(({ outcome }) => outcome.kind)).toEqual(['added', 'added']);
  expect(seen.library.sources.find(({ name }) => name === 'mixed.pdf')).toMatchObject({ pages: 3, blankPages: 1 });
  expect(seen.library.sources.find(({ name }) => name === 'japanese.pdf')?.chunkCount).toBe(1);
});

const bytesAt = async (url: string) => new Uint8Array(await (await fetch(url)).arrayBuffer());
const codeOf = ({ outcome }: AddedFile) => (outcome.kind === 'failed' ? outcome.error.code : outcome.kind);

test('a zip of DOCX, EPUB, CSV and JSON, beside what is refused in it; all are found', async () => {
  const packed = zip({
    'rules/ferry.docx': await bytesAt(ferry),
    'rules/ferry.epub': await bytesAt(ferryBook),
    'rules/fares.csv': 'Route,Fare\nKeld to Mora,9 crowns\nMora to Hald,11 crowns\n',
    'rules/crew.json': '[{"name":"Ida","ship":"Tern"},{"name":"Olaf","ship":"Gull"}]',
    'rules/photo.jpg': 'x',
    'rules/locked.pdf': await bytesAt(locked),
    'rules/bomb.txt': new Uint8Array(19_000_000),
  });
  const steps: string[] = [];
  const added = await finish(seen.lab.addFiles([new File([packed], 'all.zip')], signal), ({ done, total, unit }) =>
    steps.push(`${String(done)} of ${String(total)} ${unit}`),
  );
  expect(added.map((one) => [one.name, codeOf(one)])).toEqual([
    ['all.zip/rules/ferry.docx', 'added'],
    ['all.zip/rules/ferry.epub', 'added'],
    ['all.zip/rules/fares.csv', 'added'],
    ['all.zip/rules/crew.json', 'added'],
    ['all.zip/rules/photo.jpg', 'passed'],
    ['all.zip/rules/locked.pdf', 'password-needed'],
    ['all.zip/rules/bomb.txt', 'document-too-large'],
  ]);
  expect(steps).toContain('7 of 7 files');
  const row = (await shown('What is the fare from Mora to Hald?')).find(
    ({ documentTitle }) => documentTitle === 'fares',
  );
  expect(row?.text).toBe('Route: Mora to Hald\nFare: 11 crowns');
  const outcome = added.find(({ name }) => name.endsWith('locked.pdf'))?.outcome;
  const again = outcome?.kind === 'failed' ? [outcome.file] : [];
  const [opened] = await finish(seen.lab.addFiles(again, signal, 'blue door'));
  expect(opened).toMatchObject({ name: 'all.zip/rules/locked.pdf', outcome: { kind: 'added' } });
});

test('a text of 200 MB is refused with its reason, unread', async () => {
  const megabyte = 'All work and no play. '.repeat(45_455);
  const file = new File(
    Array.from({ length: 200 }, () => megabyte),
    'long.txt',
  );
  expect(file.size).toBeGreaterThan(200_000_000);
  let asked = 0;
  Object.defineProperty(file, 'arrayBuffer', { value: () => Promise.reject(new Error(String(asked++))) });
  const [added] = await finish(seen.lab.addFiles([file], signal));
  expect(added?.outcome).toMatchObject({ kind: 'failed', error: { code: 'document-too-large' } });
  expect(asked).toBe(0);
});

test('a text at the limit is read in the worker while the page goes on', async () => {
  const text = Array.from({ length: 19_000 }, (_, i) => `Rule ${String(i)} of the harbour.`.padEnd(1_000, ' .')).join(
    '\n\n',
  );
  let turns = 0;
  const ticking = setInterval(() => turns++, 50);
  const [added] = await finish(seen.lab.addFiles([new File([text], 'harbour.txt')], signal));
  clearInterval(ticking);
  seen.lab.stopIndexing();
  expect(added?.outcome).toMatchObject({ kind: 'added', source: { bytes: text.length } });
  expect(turns).toBeGreaterThan(0);
});
