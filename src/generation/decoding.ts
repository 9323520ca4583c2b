import { type LabError, asLabError, isAbort } from '../errors';
import type { Feeds, Outputs, Session } from '../inference/session';
import type { DecoderShape } from './decoderShape';
import { type Batch, type Placed, type Writing, failed, placed } from './decoding/batch';
import { type KvCache, grownCache, joinCaches, logitsOf, passFeeds, release } from './kvCache';
import { Prefixes } from './prefixes';
import type { Pick } from './sampling';
import { letMessagesIn } from './turn';

export interface DecodeRow {
  readonly prompt: readonly number[];
  readonly maxTokens: number;
  readonly pick: Pick;
  /** Rows of the same key wear the same adapters at the same strengths, so that one may go on from another's cache. */
  readonly wearing: string;
}

export interface DecodeRequest {
  readonly rows: readonly DecodeRow[];
  /** What a pass of these rows (indices) is fed besides: the adapters, and a gate with a row for each. */
  readonly lora: (rows: readonly number[]) => Feeds;
}

export type DecodeEvent =
  /** `ms` is what the pass took that wrote it. */
  | { readonly kind: 'token'; readonly row: number; readonly token: number; readonly ms: number }
  /** `shared` when at least one pass was run together with other rows. */
  | { readonly kind: 'end'; readonly row: number; readonly stoppedBy: 'end' | 'length'; readonly shared: boolean }
  | { readonly kind: 'failed'; readonly row: number; readonly error: LabError };

/** Tokens of a prompt read in one pass: Stop is heard, and the rows that write go on, between two. */
const PASS = 256;
/** Columns that a batch is given beyond its longest row: more would be read for nothing, fewer mean more copies. */
const ROOM = 32;

/**
 * Reads the prompts, the shortest first, each alone with its own adapters and from where it parts with one read
 * before; then writes all rows token by token in one pass, each with its own gate. A row that ends leaves the batch.
 * Yields every token but the one that ends a text. Lets messages in between passes, so that Stop is heard.
 *
 * A batch that runs out of memory is halved and goes on; a row that fails alone is an event, and the others go on.
 */
export async function* decode(
  session: Session,
  shape: DecoderShape,
  request: DecodeRequest,
  signal: AbortSignal,
): AsyncGenerator<DecodeEvent, void, void> {
  yield* new Decoding(session, shape, request, signal).run();
}

class Decoding {
  #batches: readonly Batch[] = [];
  readonly #prefixes: Prefixes;
  /** A state cannot be taken back to an earlier token, as columns can by leaving them out. */
  readonly #hasStates: boolean;
  /** Set once a batch was too large: rows that come later stay apart. */
  #apart = false;

  constructor(
    private readonly session: Session,
    private readonly shape: DecoderShape,
    private readonly request: DecodeRequest,
    private readonly signal: AbortSignal,
  ) {
    this.#hasStates = shape.parts.some(({ grows }) => !grows);
    this.#prefixes = new Prefixes(this.#hasStates);
  }

  async *run(): AsyncGenerator<DecodeEvent, void, void> {
    const { rows } = this.request;
    const waiting = rows.map((row, index) => ({ row, index }));
    waiting.sort((a, b) => a.row.prompt.length - b.row.prompt.length);
    try {
      while (waiting.length > 0 || this.#batches.length > 0) {
        const next = this.shape.batches || this.#batches.length === 0 ? waiting.shift() : undefined;
        if (next) yield* this.#read(next.index, next.row);
        if (waiting.length === 0) this.#forgetPrefixes();
        yield* this.#write();
      }
    } finally {
      this.#forgetPrefixes();
      for (const { cache } of this.#batches) release(cache);
    }
  }

  async *#read(index: number, row: DecodeRow): AsyncGenerator<DecodeEvent, void, void> {
    const { prompt } = row;
    let cache: KvCache | null = null;
    let handedOn = false;
    try {
      const begun = this.#begin(row);
      ({ cache } = begun);
      // Where tokens of one pass share a quantisation range, a prompt is read in one.
      const pass = this.shape.batches ? PASS : prompt.length;
      let output: Outputs | null = null;
      let from = performance.now();
      for (let at = begun.length; at < prompt.length; at += pass) {
        if (at > begun.length) yield* this.#write();
        const ids = prompt.slice(at, at + pass);
        from = performance.now();
        output = await this.#pass([ids], [at], cache, [index]);
        cache = this.#grown(output, cache, [at], ids.length, 0);
      }
      if (!output || !cache) throw new Error('The prompt has no tokens.');
      const writing = { index, row, length: prompt.length, token: 0, written: 0, shared: false };
      if (this.shape.batches) this.#keep(row, cache);
      if (yield* this.#take(writing, output, 0, performance.now() - from)) {
        this.#add({ rows: [writing], cache });
        handedOn = true;
      }
    } catch (error) {
      if (isAbort(error)) throw error;
      yield failed(index, error);
    } finally {
      // Also when whoever listens leaves in the middle.
      if (cache && !handedOn) this.#free(cache);
    }
  }

  /** A cache with what was read before of the prompt; null for none. */
  #begin(row: DecodeRow): { cache: KvCache | null; length: number } {
    const found = this.#prefixes.longest(row);
    if (!found) return { cache: null, length: 0 };
    return { cache: joinCaches(this.session, this.shape, [found], found.length), length: found.length };
  }

  /** Columns are only added to; a state is written over, so that a copy has to be kept. */
  #keep(row: DecodeRow, cache: KvCache): void {
    const { length } = row.prompt;
    const own = { cache, place: 0, length };
    this.#prefixes.keep(row, this.#hasStates ? joinCaches(this.session, this.shape, [own], length) : cache);
  }

  /** One token for each row of each batch. */
  async *#write(): AsyncGenerator<DecodeEvent, void, void> {
    for (const batch of this.#batches) {
      const { rows, cache } = batch;
      const lengths = rows.map(({ length }) => length);
      let output: Outputs;
      let grown: Batch;
      const from = performance.now();
      try {
        output = await this.#pass(
          rows.map(({ token }) => [token]),
          lengths,
          cache,
          rows.map(({ index }) => index),
        );
        grown = { rows, cache: this.#grown(output, cache, lengths, 1, ROOM) };
      } catch (error) {
        if (isAbort(error)) throw error;
        if (this.#halve(batch, error)) continue;
        this.#replace(batch, []);
        this.#free(cache);
        for (const { index } of rows) yield failed(index, error);
        continue;
      }
      this.#replace(batch, [grown]);
      const ms = performance.now() - from;
      const left: Writing[] = [];
      for (const [i, row] of rows.entries()) {
        row.length++;
        row.shared ||= rows.length > 1;
        if (yield* this.#take(row, output, i, ms)) left.push(row);
      }
      if (left.length < rows.length) yield* this.#keepOnly(grown, left);
    }
  }

  /** Takes the row's next token from the logits of its place in the batch; false when its text is at its end. */
  *#take(writing: Writing, output: Outputs, place: number, ms: number): Generator<DecodeEvent, boolean, void> {
    const { index: row, shared } = writing;
    const token = writing.row.pick(logitsOf(output, place));
    if (this.shape.endTokens.includes(token)) {
      yield { kind: 'end', row, stoppedBy: 'end', shared };
      return false;
    }
    writing.token = token;
    writing.written++;
    yield { kind: 'token', row, token, ms };
    if (writing.written < writing.row.maxTokens) return true;
    yield { kind: 'end', row, stoppedBy: 'length', shared };
    return false;
  }

  /** The cache after a pass; the one before it is freed if it is another. */
  #grown(output: Outputs, cache: KvCache | null, lengths: readonly number[], fresh: number, room: number): KvCache {
    const grown = grownCache(this.session, this.shape, output, cache, lengths, fresh, room);
    if (cache && cache !== grown) this.#free(cache);
    return grown;
  }

  #add(batch: Batch): void {
    const [first] = this.#batches;
    let joined: Batch | null = null;
    if (first && !this.#apart) {
      try {
        joined = this.#joined([...placed(first), ...placed(batch)]);
      } catch (error) {
        if (asLabError(error).code !== 'out-of-memory') throw error;
        this.#apart = true;
      }
    }
    if (!first || !joined) {
      this.#batches = [...this.#batches, batch];
      return;
    }
    this.#replace(first, [joined]);
    this.#free(first.cache);
    this.#free(batch.cache);
  }

  *#keepOnly(batch: Batch, rows: readonly Writing[]): Generator<DecodeEvent, void, void> {
    const left = placed(batch).filter(({ writing }) => rows.includes(writing));
    let kept: readonly Batch[] = [];
    let problem: unknown = null;
    try {
      if (left.length > 0) kept = [this.#joined(left)];
    } catch (error) {
      problem = error;
    }
    this.#replace(batch, kept);
    this.#free(batch.cache);
    if (problem !== null) for (const { index } of rows) yield failed(index, problem);
  }

  /** Whether the batch could be made smaller. */
  #halve(batch: Batch, error: unknown): boolean {
    if (asLabError(error).code !== 'out-of-memory' || batch.rows.length < 2) return false;
    this.#apart = true;
    const rows = placed(batch);
    const middle = Math.ceil(rows.length / 2);
    const halves: Batch[] = [];
    try {
      for (const half of [rows.slice(0, middle), rows.slice(middle)]) halves.push(this.#joined(half));
    } catch {
      for (const { cache } of halves) release(cache);
      return false;
    }
    this.#replace(batch, halves);
    this.#free(batch.cache);
    return true;
  }

  #joined(rows: readonly Placed[]): Batch {
    const longest = Math.max(...rows.map(({ length }) => length));
    const room = this.shape.layout === 'whole' ? 0 : ROOM;
    const cache = joinCaches(this.session, this.shape, rows, longest + room);
    return { rows: rows.map(({ writing }) => writing), cache };
  }

  async #pass(
    ids: readonly (readonly number[])[],
    lengths: readonly number[],
    cache: KvCache | null,
    rows: readonly number[],
  ): Promise<Outputs> {
    await letMessagesIn();
    this.signal.throwIfAborted();
    const feeds = passFeeds(this.shape, this.session.inputNames, ids, lengths, cache);
    return this.session.run({ ...this.request.lora(rows), ...feeds });
  }

  #replace(batch: Batch, instead: readonly Batch[]): void {
    this.#batches = this.#batches.flatMap((one) => (one === batch ? instead : [one]));
  }

  #free(cache: KvCache): void {
    if (!this.#prefixes.holds(cache)) release(cache);
  }

  #forgetPrefixes(): void {
    for (const cache of this.#prefixes.forget())
      if (!this.#batches.some((batch) => batch.cache === cache)) release(cache);
  }
}
