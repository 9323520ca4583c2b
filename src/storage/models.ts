/**
 * Models as kept: one record for each, and its files in parts, so that a download goes on where it broke off. A part
 * and its own digest are one record, written in one transaction: what is counted as kept is there. Refuses to know:
 * how parts are fetched.
 */
import { fileOf } from '../inference/files';
import { type HubFile, partCount } from '../inference/hub';
import type { ModelSource, WeightPaths } from '../inference/source';

export interface KeptFile extends HubFile {
  /** Its parts were all there and the whole was right; from then on each part is held against its own digest. */
  readonly whole: boolean;
  /** Of a graph that is whole: bytes of its largest tensor. Null or absent where that is not known. */
  readonly largestTensor?: number | null;
}

export interface KeptModel {
  /** `hub:owner/name`, `disk:…`. */
  readonly key: string;
  readonly label: string;
  readonly weights: WeightPaths;
  /** Null for the visitor's own. */
  readonly hub: { readonly repo: string; readonly commit: string; readonly licence: string | null } | null;
  /** All that may be needed on one device or another; what is kept of them is in the parts. */
  readonly files: readonly KeptFile[];
  /** ms since 1970. */
  readonly addedAt: number;
}

export interface KeptPart {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Of these bytes, in hex. */
  readonly sha256: string;
}

/** Every method throws `storage-full` or `storage-refused`; what was stored before stays. */
export interface ModelStore {
  /** False when it lasts for this visit only. */
  readonly lasting: boolean;
  /** In the order they were added. */
  models(): Promise<KeptModel[]>;
  model(key: string): Promise<KeptModel | null>;
  /** Adds or replaces the record; parts of files that it lists with another digest or size, or no more, go. One transaction. */
  putModel(model: KeptModel): Promise<void>;
  /** Notes that a file is whole, or no more; nothing happens when the model is gone. `largestTensor` as in `KeptFile`. */
  setWhole(key: string, path: string, whole: boolean, largestTensor?: number | null): Promise<void>;
  /** Removes the record and all parts. */
  removeModel(key: string): Promise<void>;
  /** Indices of the parts that are kept, by path. */
  partsOf(key: string): Promise<Map<string, Set<number>>>;
  /** Nothing is written for a model that has no record: it was removed meanwhile. Resolves when it is durable. */
  putPart(key: string, path: string, index: number, part: KeptPart): Promise<void>;
  part(key: string, path: string, index: number): Promise<KeptPart | null>;
  /** Without `index`, all parts of the file. */
  dropParts(key: string, path: string, index?: number): Promise<void>;
  /** What the visitor has set about models; undefined when never. */
  setting(name: string): Promise<unknown>;
  setSetting(name: string, value: unknown): Promise<void>;
  /** Models and settings. */
  deleteEverything(): Promise<void>;
  close(): void;
}

/** Paths of files whose parts may stay when `after` replaces `before`. */
export function unchangedFiles(before: KeptModel | null, after: KeptModel): Set<string> {
  const stays = (one: KeptFile) =>
    after.files.some(
      ({ path, bytes, sha256, gitOid }) =>
        path === one.path && bytes === one.bytes && sha256 === one.sha256 && gitOid === one.gitOid,
    );
  return new Set(before?.files.filter(stays).map(({ path }) => path));
}

/** The record with one file's state changed. */
export function withWhole(
  model: KeptModel,
  path: string,
  whole: boolean,
  largestTensor: number | null = null,
): KeptModel {
  return {
    ...model,
    files: model.files.map((file) => (file.path === path ? { ...file, whole, largestTensor } : file)),
  };
}

/** The key under which a model is kept; null for models that are not kept here. */
export function keyOf(source: ModelSource): string | null {
  if (source.kind === 'hub') return `hub:${source.repo}`;
  return source.kind === 'disk' ? source.key : null;
}

/** A small kept file as text. Throws `model-missing` where it is not kept. */
export async function keptText(store: ModelStore, model: KeptModel, path: string): Promise<string> {
  const bytes = model.files.find((file) => file.path === path)?.bytes ?? 0;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let index = 0; index < partCount(bytes); index++) {
    const part = await store.part(model.key, path, index);
    if (part) parts.push(part.bytes);
  }
  const text = new Uint8Array(await new Blob(parts).arrayBuffer());
  return new TextDecoder().decode(fileOf(parts.length > 0 ? new Map([[path, text]]) : new Map(), path));
}
