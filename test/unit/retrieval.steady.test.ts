import { expect, test } from 'vitest';
import type { Embedder } from '../../src/retrieval/embedder';
import { steadyTest } from '../../src/retrieval/selfTest';

const { signal } = new AbortController();

/** Makes vectors of four dimensions; `vectorOf` hears how often texts were embedded before, and among how many. */
function embedder(vectorOf: (text: string, times: number, among: number) => readonly number[]): Embedder {
  let times = 0;
  return {
    id: 'small',
    dimensions: 4,
    fusionWeight: 1,
    // eslint-disable-next-line require-yield -- it only returns
    async *embed(texts) {
      times++;
      return Float32Array.from(texts.flatMap((text) => [...vectorOf(text, times, texts.length)]));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Of unit length, by the text's length; `off` turns it a little. */
function unit(text: string, off = 0): number[] {
  const angle = text.length / 50 + off;
  return [Math.cos(angle), Math.sin(angle), 0, 0];
}

test('a device that makes one vector of unit length for each text passes, with and without a reference', async () => {
  expect(
    await steadyTest(
      embedder((text) => unit(text)),
      null,
      signal,
    ),
  ).toBeNull();
  const near = embedder((text) => unit(text, 0.1));
  expect(
    await steadyTest(
      embedder((text) => unit(text)),
      near,
      signal,
    ),
  ).toBeNull();
});

test.each<[string, Parameters<typeof embedder>[0], string]>([
  ['zeros', () => [0, 0, 0, 0], 'gives vectors that are not of unit length'],
  ['what is not a number', () => [NaN, 0, 0, 0], 'gives vectors that are not of unit length'],
  [
    'vectors of another length',
    (text) => unit(text).map((value) => 2 * value),
    'gives vectors that are not of unit length',
  ],
  [
    'another vector every time',
    (text, times) => unit(text, times / 100),
    'gives another vector for the same text a second time',
  ],
  [
    'another vector beside longer texts',
    (text, _times, among) => unit(text, among > 1 ? 0.1 : 0),
    'gives another vector for a text among others (cosine 0.9950)',
  ],
  ['one vector for all', () => [1, 0, 0, 0], 'gives the same vector for different texts'],
])('a device that gives %s is told apart', async (_name, vectorOf, said) => {
  expect(await steadyTest(embedder(vectorOf), null, signal)).toBe(said);
});

test('one whose vectors are far from those of WebAssembly is told apart', async () => {
  const far = embedder((text) => unit(text, 0.5));
  expect(
    await steadyTest(
      embedder((text) => unit(text)),
      far,
      signal,
    ),
  ).toBe('gives a vector whose cosine with WebAssembly’s is 0.8776');
});
