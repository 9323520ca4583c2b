import type { OpenScanKernel, ScanKernel } from '../kernels/scan';
import type { RowSet } from '../rowSet';
import { type QuantisedQuery, quantise } from './quantise';
import { BLOCK } from './rows';

const PAGE = 65_536;
/** Codes to a cell of 16 bytes: the kernel's width is a multiple of it, the rest is padding. */
const CELL = 16;
/** Four rows lie interleaved, a cell of each in turn. */
const GROUP = 4;
/** How many rows can be asked for at most; more are better compared one by one. */
export const MOST = 1024;

/** A row that may be among the best, with what its score cannot exceed. */
export interface Candidate {
  readonly row: number;
  readonly upper: number;
}

/** The rows' codes in a wasm memory: what scan.c reads. Blocks follow one another, so that growing copies nothing. */
export class Sketch {
  readonly #kernel: ScanKernel;
  readonly #width: number;
  /** Addresses: query words, allowed bits and the heap of bounds of one scan; then the blocks. */
  readonly #query: number;
  readonly #allowed: number;
  readonly #best: number;
  readonly #blocks: number;
  readonly #blockBytes: number;
  readonly #codes: Int8Array;
  #views: { readonly bytes: Uint8Array; readonly floats: Float32Array } | null = null;
  #size = 0;

  /** Throws where memory is refused. */
  constructor(dimensions: number, open: OpenScanKernel) {
    this.#kernel = open();
    this.#width = Math.ceil(dimensions / CELL) * CELL;
    this.#codes = new Int8Array(this.#width);
    // Whole cache lines, since a group's cells are one.
    const line = (address: number) => Math.ceil(address / 64) * 64;
    this.#query = line(this.#kernel.__heap_base.value);
    this.#allowed = line(this.#query + 2 * this.#width);
    this.#best = line(this.#allowed + BLOCK / 8);
    this.#blocks = line(this.#best + 4 * MOST);
    // Codes, then scales, residuals, norms, places, uppers.
    this.#blockBytes = BLOCK * (this.#width + 5 * 4);
    this.#reserve(0);
  }

  /** Throws where memory is refused, and then adds nothing. */
  add(vector: Float32Array): void {
    const row = this.#size;
    this.#reserve(row + 1);
    const { codes, scale, residual, norm } = quantise(vector, this.#codes);
    const block = this.#block(row);
    const place = row % BLOCK;
    const { bytes, floats } = this.#whole();
    const lane = (place % GROUP) * CELL;
    const group = block + (place - (place % GROUP)) * this.#width + lane;
    for (let cell = 0; cell < this.#width; cell += CELL) {
      const to = group + cell * GROUP;
      for (let i = 0; i < CELL; i += 2) {
        // The kernel reads even codes as unsigned, 128 above what they are.
        bytes[to + i] = (codes[cell + i] ?? 0) + 128;
        bytes[to + i + 1] = codes[cell + i + 1] ?? 0;
      }
    }
    floats[this.#array(block, 0) / 4 + place] = scale;
    floats[this.#array(block, 1) / 4 + place] = residual;
    floats[this.#array(block, 2) / 4 + place] = norm;
    this.#size++;
  }

  /** Bytes of memory that it holds, room for rows to come included. */
  get bytes(): number {
    return this.#kernel.memory.buffer.byteLength;
  }

  /** Makes room for so many rows in all and for no more, which `add` would. Throws where memory is refused. */
  makeRoom(size: number): void {
    const missing = this.#block(Math.ceil(size / BLOCK) * BLOCK) - this.bytes;
    if (missing > 0) this.#kernel.memory.grow(Math.ceil(missing / PAGE));
  }

  truncate(size: number): void {
    this.#size = Math.min(this.#size, size);
  }

  /**
   * All rows that can be among the `limit` best of those allowed, the most promising first: once a bound is below the
   * worst of the best, so is every one after it. `limit`: 1 to MOST.
   */
  candidates(query: QuantisedQuery, limit: number, allowed?: RowSet): Candidate[] {
    const offset = this.#writeQuery(query.codes);
    // Views of the whole memory, since one for each block would cost as much as scanning part of it.
    const words = new Uint32Array(this.#kernel.memory.buffer);
    const floats = new Float32Array(this.#kernel.memory.buffer);
    floats.fill(-Infinity, this.#best / 4, this.#best / 4 + limit);
    const counts: number[] = [];
    for (let from = 0; from < this.#size; from += BLOCK) {
      this.#writeAllowed(words, from, allowed);
      counts.push(
        this.#kernel.scan(
          this.#block(from),
          this.#width,
          this.#query,
          this.#allowed,
          this.#best,
          limit,
          offset,
          query.scale,
          query.onResidual,
          query.onNorm,
        ),
      );
    }
    // What was let through while little was known is held against what is known now.
    const least = floats[this.#best / 4] ?? -Infinity;
    const candidates: Candidate[] = [];
    for (const [i, count] of counts.entries()) {
      const block = this.#block(i * BLOCK);
      const [places, tops] = [this.#array(block, 3) / 4, this.#array(block, 4) / 4];
      for (let found = 0; found < count; found++) {
        const upper = floats[tops + found] ?? 0;
        if (upper < least) continue;
        candidates.push({ row: i * BLOCK + (words[places + found] ?? 0), upper });
      }
    }
    return candidates.sort((a, b) => b.upper - a.upper);
  }

  /** Query words as scan.c derives them. Returns its `offset`. */
  #writeQuery(codes: Int8Array): number {
    const words = new Int16Array(this.#kernel.memory.buffer, this.#query, this.#width);
    let offset = 0;
    for (let i = 0; i < this.#width; i += 2) {
      const [even, odd] = [codes[i] ?? 0, codes[i + 1] ?? 0];
      const at = i - (i % CELL) + (i % CELL) / 2;
      words[at] = even;
      words[at + CELL / 2] = odd - 256 * even;
      offset += 128 * even;
    }
    return offset;
  }

  #writeAllowed(words: Uint32Array, from: number, allowed?: RowSet): void {
    for (let i = 0; i < BLOCK / 32; i++) {
      const left = this.#size - from - 32 * i;
      const there = left >= 32 ? 0xffff_ffff : left > 0 ? 2 ** left - 1 : 0;
      words[this.#allowed / 4 + i] = allowed ? allowed.word(from / 32 + i) & there : there;
    }
  }

  #block(row: number): number {
    return this.#blocks + Math.floor(row / BLOCK) * this.#blockBytes;
  }

  #array(block: number, i: number): number {
    return block + BLOCK * this.#width + i * 4 * BLOCK;
  }

  /** Views of the whole memory, made anew where it has grown: one for each row would cost more than the row. */
  #whole(): { readonly bytes: Uint8Array; readonly floats: Float32Array } {
    const { buffer } = this.#kernel.memory;
    if (this.#views?.bytes.buffer !== buffer)
      this.#views = { bytes: new Uint8Array(buffer), floats: new Float32Array(buffer) };
    return this.#views;
  }

  /** Half as much again at a time where it can be had, since an engine may copy the memory to grow it. */
  #reserve(size: number): void {
    const { memory } = this.#kernel;
    const has = memory.buffer.byteLength;
    const needs = this.#block(Math.ceil(size / BLOCK) * BLOCK);
    if (needs <= has) return;
    const pages = Math.ceil((needs - has) / PAGE);
    try {
      memory.grow(Math.max(pages, Math.floor(has / 2 / PAGE)));
    } catch {
      memory.grow(pages);
    }
  }
}
