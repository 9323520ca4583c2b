import { describe, expect, test } from 'vitest';
import { openSession } from '../../src/inference/session';
import { Tokenizer } from '../../src/inference/tokenizer';
import { finish } from '../../src/job';
import type { EmbeddingRole } from '../../src/retrieval/embedder';
import { FINDERS, type FinderEntry, type Pooling } from '../../src/retrieval/embedders';
import { OnnxEmbedder } from '../../src/retrieval/embedders/onnx';
import { familyGraph, recorded, tokenizerFiles } from '../fixtures/families';

const { signal } = new AbortController();

/** Made by families/make/embedders.py. */
interface RecordedEmbedder {
  readonly tokenizer: string;
  readonly pooling: Pooling;
  readonly prefixes: Readonly<Record<EmbeddingRole, string>>;
  /** Tokens that the texts were cut to. */
  readonly most: number;
  readonly texts: readonly string[];
  readonly vectors: Readonly<Record<EmbeddingRole, readonly number[][]>>;
}

/** Small models, and the entries of the catalogue that are read as they are. */
const KINDS = [
  ['bert-mean', 'bert-mean', ['all-minilm-l6-v2']],
  ['bert-cls', 'bert-mean', ['bge-small-en-v1.5', 'snowflake-arctic-embed-xs', 'snowflake-arctic-embed-s']],
  ['e5', 'e5', ['multilingual-e5-small']],
  ['gemma', 'gemma', ['embeddinggemma-300m']],
] as const;

describe.each(KINDS)('%s', async (name, graph, ids) => {
  const reference = await recorded<RecordedEmbedder>(`embedder.${name}`);
  const entries = FINDERS.filter(({ id }) => (ids as readonly string[]).includes(id));

  test('the catalogue says how to pool, and what to put before', () => {
    expect(entries.map(({ id }) => id)).toEqual(ids);
    for (const { pooling, prefixes } of entries)
      expect({ pooling, prefixes }).toEqual({ pooling: reference.pooling, prefixes: reference.prefixes });
  });

  test.each(['query', 'passage'] as const)('makes the vectors of the reference: %s', async (role) => {
    const [entry] = entries as [FinderEntry];
    const expected = reference.vectors[role];
    const small = { ...entry, dimensions: expected[0]?.length ?? 0, contextTokens: reference.most };
    const tokenizer = new Tokenizer(await tokenizerFiles(reference.tokenizer, null, false));
    const session = await openSession(await familyGraph(`embedder.${graph}`));
    await using embedder = new OnnxEmbedder(small, session, tokenizer, 'onnx/model.onnx');
    const vectors = await finish(embedder.embed(reference.texts, role, signal));
    const width = small.dimensions;
    for (const [i, vector] of expected.entries()) {
      const made = vectors.subarray(i * width, (i + 1) * width);
      expect(Math.hypot(...made)).toBeCloseTo(1, 5);
      for (const [k, value] of vector.entries()) expect(Math.abs((made[k] ?? NaN) - value)).toBeLessThan(1e-4);
    }
    // The other role is another text wherever something is put before.
    const other = await finish(embedder.embed(reference.texts, role === 'query' ? 'passage' : 'query', signal));
    expect([...other].join() === [...vectors].join()).toBe(reference.prefixes.query === reference.prefixes.passage);
  });
});
