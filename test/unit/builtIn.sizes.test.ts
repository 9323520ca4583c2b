/** What the page brings stays small: the most that its models may weigh, by the catalogue, which other tests hold to the files. */
import { expect, test } from 'vitest';
import { BUILT_IN_ADAPTERS } from '../../src/adapters/builtIn';
import { READERS } from '../../src/generation/models';
import { FINDERS } from '../../src/retrieval/embedders';

const MB = 2 ** 20;

const filesOf = (models: readonly (typeof READERS | typeof FINDERS)[number][]) =>
  models.flatMap(({ id, source }) => (source.kind === 'page' ? [{ id, files: source.files }] : []));
const sum = (files: readonly { readonly bytes: number | null }[]) =>
  files.reduce((all, { bytes }) => all + (bytes ?? NaN), 0);

const readers = filesOf(READERS);
const finders = filesOf(FINDERS);
const adapters = BUILT_IN_ADAPTERS.flatMap(({ id, forReaders }) =>
  forReaders.map(({ baseName, weights }) => ({ id: `${id} for ${baseName}`, files: [weights] })),
);

test.each([
  ['the reader that comes first', readers.slice(0, 1), 5 * MB],
  ['a reader', readers, 20 * MB],
  ['a finder', finders, 8 * MB],
  ['an adapter', adapters, 2 * MB],
])('%s', (_, all, most) => {
  expect(all.length).toBeGreaterThan(0);
  for (const { id, files } of all) expect(sum(files), id).toBeLessThanOrEqual(most);
});

test('weights lie in at most two files, and weigh at most 28 MB in all', () => {
  for (const { id, files } of readers)
    expect(files.filter(({ path }) => path.startsWith('onnx/')).length, id).toBeLessThanOrEqual(2);
  expect(sum([...readers, ...finders, ...adapters].flatMap(({ files }) => files))).toBeLessThanOrEqual(28 * MB);
});
