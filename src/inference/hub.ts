/**
 * A hub: a host that serves repositories of model files as huggingface.co does. Its tree API gives each file's size and
 * digest, so that what arrives can be held against them; a revision is pinned to its commit, so that two never mix.
 * Refuses to know: where the parts of a file are kept, and what a model is for.
 */
import { LabError } from '../errors';
import type { KnownDigest } from './digest';
import { belongsToGraph } from './source';

export const HUGGING_FACE = 'https://huggingface.co';

export interface HubFile extends KnownDigest {
  /** Relative to the repository. */
  readonly path: string;
  readonly bytes: number;
}

export interface HubListing {
  /** Hash of the commit that was listed. */
  readonly commit: string;
  /** As the repository's own card says; null where it does not. */
  readonly licence: string | null;
  readonly files: readonly HubFile[];
}

/** The line to the hub, and waiting: what differs between a page's worker, Node and a test. */
export interface Line {
  fetch(
    url: string,
    init: { signal: AbortSignal; headers: Record<string, string>; cache: 'default' | 'reload' },
  ): Promise<Response>;
  online(): boolean;
  untilOnline(signal: AbortSignal): Promise<void>;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** ms since 1970. */
  now(): number;
}

/** Keeps the parts of one model's files. All parts of a file have `PART_BYTES`, the last one what is left. */
export interface Parts {
  /** Indices of the parts that are kept. */
  have(path: string): Promise<ReadonlySet<number>>;
  /** Null when it is not there or not what was written; a damaged one is forgotten. */
  read(path: string, index: number): Promise<Uint8Array<ArrayBuffer> | null>;
  /** Durable when it resolves. Throws `storage-full` or `storage-refused`. */
  write(path: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Forgets all parts of a file. */
  drop(path: string): Promise<void>;
}

/** Large enough that a file of 1 GB has 256 records, small enough that a break costs little. */
export const PART_BYTES = 4 * 1024 * 1024;

export function partCount(bytes: number): number {
  return Math.ceil(bytes / PART_BYTES);
}

/** Without these no tokenizer and no session can be made. */
export const NEEDED_FILES: readonly string[] = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** Fetched where they are there. */
const USED_FILES: readonly string[] = [
  ...NEEDED_FILES,
  'generation_config.json',
  'special_tokens_map.json',
  'chat_template.jinja',
];

/** The files that a graph needs to run, smallest first. Throws `hub-lacks` with the names of those that are not there. */
export function filesFor<F extends { readonly path: string; readonly bytes: number }>(
  files: readonly F[],
  graph: string,
): F[] {
  const missing = [...NEEDED_FILES, graph].filter((path) => !files.some((file) => file.path === path));
  if (missing.length > 0) throw new LabError('hub-lacks', `There is no ${missing.join(', no ')} in this model.`);
  return files
    .filter(({ path }) => USED_FILES.includes(path) || belongsToGraph(path, graph))
    .toSorted((a, b) => a.bytes - b.bytes);
}

/** Address of a file: `{host}/{repo}/resolve/{commit}/{path}`. */
export function fileAddress(host: string, repo: string, commit: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${host}/${repo}/resolve/${encodeURIComponent(commit)}/${encoded}`;
}
