/** Vectors of a corpus, made once: kept in .cache/, which git ignores, under the digest of the texts and the embedder. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finish } from '../../../src/job';
import type { Embedder, EmbeddingRole } from '../../../src/retrieval/embedder';

const CACHE = join(import.meta.dirname, '../../../.cache/embeddings');
/** Kept after so many, so that a run that is broken off is not begun anew. */
const PART = 512;

/** Row i is the vector of texts[i]. */
export async function embedded(
  embedder: Embedder,
  texts: readonly string[],
  role: EmbeddingRole,
  signal: AbortSignal,
): Promise<Float32Array> {
  await mkdir(CACHE, { recursive: true });
  const rows = new Float32Array(texts.length * embedder.dimensions);
  for (let from = 0; from < texts.length; from += PART) {
    const part = texts.slice(from, from + PART);
    const name = createHash('sha256')
      .update(JSON.stringify([embedder.id, role, part]))
      .digest('hex');
    const path = join(CACHE, `${name}.f32`);
    if (!existsSync(path)) {
      const made = await finish(embedder.embed(part, role, signal));
      await writeFile(path, new Uint8Array(made.buffer, made.byteOffset, made.byteLength));
    }
    const bytes = Uint8Array.from(await readFile(path));
    rows.set(new Float32Array(bytes.buffer), from * embedder.dimensions);
  }
  return rows;
}

/** Knows the vectors of these questions and makes no others, so that the retriever itself is measured. */
export class KnownQuestions implements Embedder {
  readonly id: string;
  readonly dimensions: number;
  readonly fusionWeight: number;
  readonly #rowOf: ReadonlyMap<string, number>;

  constructor(
    { id, dimensions, fusionWeight }: Embedder,
    questions: readonly string[],
    private readonly vectors: Float32Array,
  ) {
    this.id = id;
    this.dimensions = dimensions;
    this.fusionWeight = fusionWeight;
    this.#rowOf = new Map(questions.map((question, row) => [question, row]));
  }

  // eslint-disable-next-line require-yield -- what is known takes no time
  async *embed(texts: readonly string[]): AsyncGenerator<never, Float32Array, void> {
    await Promise.resolve();
    const found = new Float32Array(texts.length * this.dimensions);
    for (const [i, text] of texts.entries()) {
      const row = this.#rowOf.get(text);
      if (row === undefined) throw new Error(`“${text}” is not among the questions.`);
      found.set(this.vectors.subarray(row * this.dimensions, (row + 1) * this.dimensions), i * this.dimensions);
    }
    return found;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}
