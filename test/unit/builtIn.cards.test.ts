/** Everything that the page brings has a card, and the card is of the files that the page brings. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test, vi } from 'vitest';
import { BUILT_IN_ADAPTERS } from '../../src/adapters/builtIn';
import { READERS } from '../../src/generation/models';
import { fetchCard } from '../../src/lab/card';
import { FINDERS } from '../../src/retrieval/embedders';
import { readCard } from '../../src/ui/cards/markdown';

const SECTIONS = ['What it is', 'Data and training', 'Licence', 'Figures', 'Limits', 'What it must not be used for'];

interface Brought {
  readonly id: string;
  readonly card: string | undefined;
  readonly folder: string;
  readonly files: readonly { readonly path: string; readonly bytes: number | null; readonly sha256: string | null }[];
  readonly reads: string | null;
}

const MODELS = [...READERS, ...FINDERS].flatMap(({ id, card, source, reads }): Brought[] =>
  source.kind === 'page' ? [{ id, card, folder: source.folder, files: source.files, reads }] : [],
);
const ADAPTERS = BUILT_IN_ADAPTERS.flatMap(({ id, forReaders }) =>
  forReaders.map(({ card, folder, config, weights }): Brought => ({
    id,
    card,
    folder,
    files: [config, weights],
    reads: null,
  })),
);
const ALL = [...MODELS, ...ADAPTERS];

test('two models and four adapters come with the page, and nothing else names a card', () => {
  expect(MODELS.length).toBeGreaterThanOrEqual(2);
  expect(ADAPTERS.length).toBeGreaterThanOrEqual(4);
  const named = [...READERS, ...FINDERS].filter(({ card }) => card !== undefined);
  expect(named.map(({ id }) => id)).toEqual(MODELS.map(({ id }) => id));
  expect(new Set(ALL.map(({ card }) => card)).size).toBe(ALL.length);
});

test.each(ALL)(
  'the card in $folder has its sections, and every file with its size or digest',
  ({ id, card, folder, files, reads }) => {
    expect(card).toBe(`${folder}MODEL_CARD.md`);
    const text = readFileSync(new URL(`../../public/${card ?? ''}`, import.meta.url), 'utf8');
    const { title, blocks } = readCard(text);
    expect(title).toBe(id);
    const headings = blocks.flatMap((block) =>
      block.kind === 'heading' && block.level === 3 ? block.content.map((one) => ('text' in one ? one.text : '')) : [],
    );
    expect(headings).toEqual(SECTIONS);
    const rows = text.split('\n').filter((line) => line.startsWith('|'));
    for (const { path, bytes, sha256 } of files) {
      const row = rows.find((line) => line.includes(`${folder}${path} `)) ?? '';
      expect(row, path).toContain((sha256 ?? '').slice(0, 16) || bytes?.toLocaleString('en') || 'unknown');
      if (bytes !== null) expect(row, path).toContain(` ${bytes.toLocaleString('en')} `);
    }
    // What the page says that it reads is what its card says.
    if (reads !== null) expect(text).toContain(reads);
  },
);

const signal = new AbortController().signal;
afterEach(() => vi.unstubAllGlobals());

test('a card is fetched from the page’s own folder', async () => {
  const asked = vi.fn(() => Promise.resolve(new Response('# a', { headers: { 'Content-Type': 'text/markdown' } })));
  vi.stubGlobal('fetch', asked);
  expect(await fetchCard('https://host/page/', 'models/a/MODEL_CARD.md', signal)).toBe('# a');
  expect(asked).toHaveBeenCalledExactlyOnceWith('https://host/page/models/a/MODEL_CARD.md', { signal });
});

test.each([
  ['is not there', () => Promise.resolve(new Response('', { status: 404 })), /models\/a.* \(answer 404\)/],
  [
    'is a page of the host',
    () => Promise.resolve(new Response('<p>', { headers: { 'Content-Type': 'text/html' } })),
    /web page/,
  ],
  ['is far too long', () => Promise.resolve(new Response('x'.repeat(200_001))), /200001 bytes/],
  ['does not arrive', () => Promise.reject(new TypeError('Failed to fetch')), /did not arrive/],
])('a card that %s is told so', async (_, answer, message) => {
  vi.stubGlobal('fetch', answer);
  const failure = fetchCard('https://host/', 'models/a/MODEL_CARD.md', signal);
  await expect(failure).rejects.toMatchObject({
    code: 'runtime-missing',
    message: expect.stringMatching(message) as unknown,
  });
});

test('giving up is no failure', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new DOMException('Stopped', 'AbortError')));
  await expect(fetchCard('https://host/', 'a', signal)).rejects.toMatchObject({ name: 'AbortError' });
});
