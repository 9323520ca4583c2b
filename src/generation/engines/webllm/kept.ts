/**
 * What WebLLM keeps of its models in this browser: where it fetches them, what is kept, and forgetting it. It works on
 * the caches that the library makes (0.2.86, back-end `cache`), without the library: that has 7 MB, and its own removal
 * fetches a list that is not kept and leaves what a download that broke off had brought.
 */
import { LabError } from '../../../errors';
import type { ReaderEntry } from '../../models';

const CACHES = { weights: 'webllm/model', settings: 'webllm/config', code: 'webllm/wasm' } as const;

/** As much of the browser's `CacheStorage` as is used. */
export interface Caches {
  has(name: string): Promise<boolean>;
  open(name: string): Promise<KeptFiles>;
  delete(name: string): Promise<boolean>;
}
interface KeptFiles {
  keys(): Promise<readonly { readonly url: string }[]>;
  match(
    url: string,
  ): Promise<{ readonly headers: { get(name: string): string | null }; json(): Promise<unknown> } | undefined>;
  delete(url: string): Promise<boolean>;
}

export interface KeptModel {
  readonly record: string;
  /** All that was to be fetched is here. */
  readonly whole: boolean;
  /** Of its weights and settings, as far as the hub told their sizes; null where it told none. The code is not counted. */
  readonly bytes: number | null;
}

/** The folder that the library fetches a model from. Throws `model-unsupported` for another engine's. */
export function weightsFolder({ source, label }: ReaderEntry): string {
  if (source.kind !== 'webllm') throw new LabError('model-unsupported', `${label} is none of WebLLM’s models.`);
  return `https://huggingface.co/mlc-ai/${source.record}/resolve/main/`;
}

/** The origins that the page has to be allowed to ask before a model can be fetched; the hub sends on to its stores. */
export function originsOf(model: ReaderEntry): readonly string[] {
  const code = model.compiled ? [new URL(model.compiled.library).origin] : [];
  return [new URL(weightsFolder(model)).origin, 'https://*.hf.co', ...code];
}

async function openKept(caches: Caches, name: string): Promise<KeptFiles | null> {
  // Opening would make it.
  return (await caches.has(name)) ? caches.open(name) : null;
}

/** Null when nothing of it is kept. */
export async function keptOf(caches: Caches, model: ReaderEntry): Promise<KeptModel | null> {
  const folder = weightsFolder(model);
  const kept = await openKept(caches, CACHES.weights);
  const urls = ((await kept?.keys()) ?? []).map(({ url }) => url).filter((url) => url.startsWith(folder));
  if (!kept || urls.length === 0 || model.source.kind !== 'webllm') return null;
  const list = await (await kept.match(`${folder}tensor-cache.json`))?.json();
  const records = typeof list === 'object' && list !== null && 'records' in list ? list.records : null;
  const whole =
    Array.isArray(records) &&
    records.every((one: { dataPath?: unknown }) => urls.includes(folder + String(one.dataPath)));
  let bytes: number | null = null;
  for (const url of urls) {
    const length = (await kept.match(url))?.headers.get('content-length');
    if (length) bytes = (bytes ?? 0) + Number(length);
  }
  return { record: model.source.record, whole, bytes };
}

/** Forgets a model; its code stays while another of `all` that is kept runs on it. */
export async function forget(caches: Caches, model: ReaderEntry, all: readonly ReaderEntry[]): Promise<void> {
  const folder = weightsFolder(model);
  for (const name of [CACHES.weights, CACHES.settings]) {
    const kept = await openKept(caches, name);
    for (const { url } of (await kept?.keys()) ?? []) if (url.startsWith(folder)) await kept?.delete(url);
  }
  const library = model.compiled?.library;
  if (library === undefined) return;
  for (const other of all)
    if (other.id !== model.id && other.compiled?.library === library && (await keptOf(caches, other))) return;
  await (await openKept(caches, CACHES.code))?.delete(library);
}

/** All that the library ever kept here, of models that it no longer offers too. */
export async function forgetAll(caches: Caches): Promise<void> {
  for (const name of Object.values(CACHES)) await caches.delete(name);
}
