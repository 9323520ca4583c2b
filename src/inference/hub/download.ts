import { type ErrorCode, LabError } from '../../errors';
import type { Job } from '../../job';
import { growingDigest } from '../digest';
import { type HubFile, type Line, PART_BYTES, type Parts, fileAddress, partCount } from '../hub';
import { Passing } from './asking';
import { fileBytes } from './fileBytes';

export type DownloadEvent =
  /** Bytes that are kept, and of how many. */
  | { readonly kind: 'progress'; readonly done: number; readonly total: number }
  /** `until` in ms since 1970; null until the browser is online again. `attempt` counts from 1. */
  | {
      readonly kind: 'waiting';
      readonly until: number | null;
      readonly attempt: number;
      readonly code: ErrorCode;
      readonly message: string;
    };

/** One model at one commit, and the files that are not yet known to be whole. */
export interface Wanted {
  readonly host: string;
  readonly repo: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** Attempts that brought nothing; every part that is kept begins the count anew. */
const MOST_ATTEMPTS = 8;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Fetches what is missing of a model's files into `parts` and holds each whole file against its digest; `verified`
 * hears of every file that is right. What is kept stays whatever happens, so that the next call goes on there; wrong
 * bytes are thrown away and fetched once more. Throws `hub-lacks`, `model-corrupt`, `hub-*`, `storage-*`.
 */
export async function* download(
  wanted: Wanted,
  parts: Parts,
  line: Line,
  signal: AbortSignal,
  verified: (path: string) => Promise<void>,
): Job<DownloadEvent, void> {
  const total = wanted.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const kept = new Map<string, number>();
  for (const file of wanted.files) kept.set(file.path, bytesOf(file, await parts.have(file.path)));
  const progress = (): DownloadEvent => ({
    kind: 'progress',
    done: [...kept.values()].reduce((sum, bytes) => sum + bytes, 0),
    total,
  });
  yield progress();
  for (const file of wanted.files) {
    const url = fileAddress(wanted.host, wanted.repo, wanted.commit, file.path);
    const fetching = new FileFetch(url, file, parts, line, signal);
    let attempt = 0;
    for (;;) {
      try {
        for await (const bytes of fetching.run()) {
          attempt = 0;
          kept.set(file.path, bytes);
          yield progress();
        }
        break;
      } catch (error) {
        if (!(error instanceof Passing)) throw error;
        if (++attempt > MOST_ATTEMPTS) throw error.told;
        const { code, message } = error.told;
        const offline = !line.online();
        const wait = error.afterMs ?? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
        yield { kind: 'waiting', until: offline ? null : line.now() + wait, attempt, code, message };
        await (offline ? line.untilOnline(signal) : line.sleep(wait, signal));
        yield progress();
      }
    }
    await verified(file.path);
  }
}

function bytesOf({ bytes }: HubFile, have: ReadonlySet<number>): number {
  return [...have].reduce((sum, index) => sum + Math.max(0, Math.min(PART_BYTES, bytes - index * PART_BYTES)), 0);
}

/** One file, part by part. A digest can only grow from the front, so kept parts before a hole are read once more. */
class FileFetch {
  #again = false;

  constructor(
    private readonly url: string,
    private readonly file: HubFile,
    private readonly parts: Parts,
    private readonly line: Line,
    private readonly signal: AbortSignal,
  ) {}

  /** Yields the bytes kept of this file after each part. */
  async *run(): AsyncGenerator<number, void> {
    for (;;) {
      const whole = yield* this.#once();
      if (whole) return;
      await this.parts.drop(this.file.path);
      if (this.#again)
        throw new LabError('model-corrupt', `${this.file.path} does not match its checksum, fetched twice.`);
      this.#again = true;
      yield 0;
    }
  }

  /** Whether the file, now whole, is what the hub lists. */
  async *#once(): AsyncGenerator<number, boolean> {
    const { path, bytes } = this.file;
    const digest = growingDigest(this.file, bytes);
    const count = partCount(bytes);
    let hashed = 0;
    while (hashed < count) {
      this.signal.throwIfAborted();
      const have = new Set(await this.parts.have(path));
      // A part that was damaged where it lay is a hole like any other.
      for (; have.has(hashed); hashed++) {
        const part = await this.parts.read(path, hashed);
        this.signal.throwIfAborted();
        if (part?.length !== partLength(bytes, hashed)) {
          have.delete(hashed);
          break;
        }
        digest?.add(part);
      }
      if (hashed === count) break;
      for await (const part of this.#fetchFrom(hashed, have)) {
        await this.parts.write(path, hashed, part);
        digest?.add(part);
        have.add(hashed++);
        yield bytesOf(this.file, have);
      }
    }
    return digest?.matches() ?? true;
  }

  /** Whole parts from the hole at `first` to its end. */
  async *#fetchFrom(first: number, have: ReadonlySet<number>): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { bytes } = this.file;
    let index = first;
    let part = new Uint8Array(partLength(bytes, index));
    let filled = 0;
    const from = first * PART_BYTES;
    for await (const fresh of fileBytes(this.url, this.file, from, this.line, this.signal, this.#again)) {
      for (let at = 0; at < fresh.length;) {
        const piece = fresh.subarray(at, at + part.length - filled);
        part.set(piece, filled);
        filled += piece.length;
        at += piece.length;
        if (filled < part.length) continue;
        yield part;
        if (++index === partCount(bytes) || have.has(index)) return;
        part = new Uint8Array(partLength(bytes, index));
        filled = 0;
      }
    }
  }
}

function partLength(bytes: number, index: number): number {
  return Math.min(PART_BYTES, bytes - index * PART_BYTES);
}
