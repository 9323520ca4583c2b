import type { Chunk } from '../../documents/document';
import { findAnswer } from '../../questions/matching';
import { holdsAnyEvidence } from '../evidence';
import { hashText } from '../seeded';
import type { NoiseRequest } from '../noise';
import type { Hit } from '../retriever';

/** How far behind the open passages a chunk still counts as top-ranked, and so is not taken as random. */
const TOP = 10;
/** Passages that hold the answer without being marked as evidence, of which noise is made. */
const MOST_UNMARKED = 3;

/** What the kinds of noise look at for one request; each search is made once. */
export class Ground {
  readonly #searches = new Map<string, Promise<Hit[]>>();
  #all: Promise<Chunk[]> | null = null;
  readonly #opened: ReadonlySet<string>;

  constructor(readonly request: Omit<NoiseRequest, 'kinds'>) {
    this.#opened = new Set(request.open.map(({ chunk }) => chunk.id));
  }

  /** Another for every question, so that one seed does not choose alike for all. */
  get seed(): number {
    return this.request.seed ^ hashText(this.request.question.text);
  }

  isOpen({ id }: Chunk): boolean {
    return this.#opened.has(id);
  }

  /** Hits among the documents in use, best first, open ones included; for the question unless another query is given. */
  ranked(query = this.request.question.text): Promise<Hit[]> {
    return this.#search(query, 'current');
  }

  stale(): Promise<Hit[]> {
    return this.#search(this.request.question.text, 'stale');
  }

  chunks(): Promise<Chunk[]> {
    const { retriever, signal } = this.request;
    return (this.#all ??= retriever.chunks('current', signal));
  }

  /** Ids of the chunks that rank too high to be random. */
  async top(): Promise<ReadonlySet<string>> {
    const ranked = await this.ranked();
    return new Set(ranked.slice(0, this.request.open.length + TOP).map(({ chunk }) => chunk.id));
  }

  /** The chunks that answer: those with marked evidence, else the best-ranked ones with the known answer in their text. */
  async gold(): Promise<Chunk[]> {
    const { question, open } = this.request;
    if (question.evidence.length > 0) {
      const marked = (chunks: readonly Chunk[]): Chunk[] =>
        chunks.filter((chunk) => holdsAnyEvidence(chunk, question.evidence));
      const near = marked(open.map(({ chunk }) => chunk));
      return near.length > 0 ? near : marked(await this.chunks());
    }
    const accepted = question.accepted ?? [];
    const known = new Map([...open, ...(await this.ranked())].map(({ chunk }) => [chunk.id, chunk]));
    return [...known.values()].filter(({ text }) => findAnswer(text, accepted)).slice(0, MOST_UNMARKED);
  }

  #search(query: string, pool: 'current' | 'stale'): Promise<Hit[]> {
    const { retriever, open, count, signal } = this.request;
    const key = `${pool} ${query}`;
    // Some are skipped later, so more are fetched than are asked for.
    const search = this.#searches.get(key) ?? retriever.search(query, open.length + TOP + 4 * count, pool, signal);
    this.#searches.set(key, search);
    return search;
  }
}
