/** The catalogue and the caches, held against the library itself. */
import { deleteModelAllInfoInCache, hasModelInCache, modelVersion, prebuiltAppConfig } from '@mlc-ai/web-llm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { WEBLLM_READERS } from '../../src/generation/engines/webllm/catalogue';
import { forget, forgetAll, keptOf, originsOf, weightsFolder } from '../../src/generation/engines/webllm/kept';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { MemoryCaches } from '../fixtures/memoryCaches';

function recordOf({ source }: ReaderEntry) {
  const id = source.kind === 'webllm' ? source.record : '';
  const record = prebuiltAppConfig.model_list.find(({ model_id: one }) => one === id);
  if (!record) throw new Error(`The library has no ${id}.`);
  return record;
}

test('the catalogue has a dozen models, each once', () => {
  expect(WEBLLM_READERS).toHaveLength(12);
  expect(new Set(WEBLLM_READERS.map(({ id }) => id)).size).toBe(12);
  expect(modelVersion).toBe('v0_2_86/base');
});

describe.each(WEBLLM_READERS.map((entry) => [entry.label, entry] as const))('%s', (_label, entry) => {
  test('is as the library says', () => {
    const record = recordOf(entry);
    expect(entry.compiled?.library).toBe(record.model_lib);
    expect(entry.compiled?.megabytes).toBe(record.vram_required_MB);
    expect(entry.contextTokens).toBe(record.overrides?.context_window_size);
    expect(weightsFolder(entry)).toBe(`${record.model}/resolve/main/`);
  });

  test('asks for what its code needs, also where the library forgets it', () => {
    const features = entry.compiled?.features ?? [];
    expect(features).toEqual(expect.arrayContaining(recordOf(entry).required_features ?? []));
    expect(features.includes('shader-f16')).toBe(/f16/.test(recordOf(entry).model_lib));
  });

  test('comes from origins that can be named beforehand', () => {
    expect(originsOf(entry)).toEqual([
      'https://huggingface.co',
      'https://*.hf.co',
      'https://raw.githubusercontent.com',
    ]);
  });
});

test('another engine’s model is none of WebLLM’s', () => {
  const [builtIn] = READERS as readonly [ReaderEntry];
  expect(() => originsOf(builtIn)).toThrow(expect.objectContaining({ code: 'model-unsupported' }) as Error);
});

describe('what is kept', () => {
  const [first, second] = WEBLLM_READERS as readonly [ReaderEntry, ReaderEntry];
  let caches: MemoryCaches;
  beforeEach(() => {
    caches = new MemoryCaches();
    vi.stubGlobal('caches', caches);
  });
  afterEach(() => vi.unstubAllGlobals());

  /** As the library leaves a model, or a download that broke off after some shards. */
  async function keep(entry: ReaderEntry, shards = 3): Promise<void> {
    const folder = weightsFolder(entry);
    const weights = await caches.open('webllm/model');
    const records = [0, 1, 2].map((i) => ({ dataPath: `params_shard_${String(i)}.bin`, nbytes: 100, records: [] }));
    await weights.put(`${folder}tensor-cache.json`, Response.json({ records }));
    const sized = { headers: { 'content-length': '100' } };
    for (const { dataPath } of records.slice(0, shards))
      await weights.put(folder + dataPath, new Response(new Uint8Array(100), sized));
    if (shards < 3) return;
    await weights.put(`${folder}tokenizer.json`, new Response('{}', { headers: { 'content-length': '2' } }));
    await (await caches.open('webllm/config')).put(`${folder}mlc-chat-config.json`, Response.json({}));
    await (await caches.open('webllm/wasm')).put(entry.compiled?.library ?? '', new Response('wasm'));
  }

  test('nothing is made by looking', async () => {
    expect(await keptOf(caches, first)).toBeNull();
    await forget(caches, first, WEBLLM_READERS);
    expect(await caches.has('webllm/model')).toBe(false);
  });

  test('a whole model is one for the library too, and a broken download is none', async () => {
    await keep(first);
    await keep(second, 2);
    expect(await keptOf(caches, first)).toEqual({ record: recordOf(first).model_id, whole: true, bytes: 302 });
    expect(await keptOf(caches, second)).toEqual({ record: recordOf(second).model_id, whole: false, bytes: 200 });
    expect(await hasModelInCache(recordOf(first).model_id)).toBe(true);
    expect(await hasModelInCache(recordOf(second).model_id)).toBe(false);
  });

  test('forgetting removes all that the library’s own removal does, what it leaves, and nothing of another', async () => {
    await keep(second);
    const others = await caches.list();
    await keep(first);
    await deleteModelAllInfoInCache(recordOf(first).model_id);
    const left = (await caches.list()).filter((one) => !others.includes(one));
    // The list of the shards: were it gone too, the library's removal would fail without a network.
    expect(left).toEqual([`webllm/model ${weightsFolder(first)}tensor-cache.json`]);
    await keep(first);
    await forget(caches, first, WEBLLM_READERS);
    expect(await caches.list()).toEqual(others);
    expect(await keptOf(caches, first)).toBeNull();
    expect(await keptOf(caches, second)).toMatchObject({ whole: true });
  });

  test('forgetting all leaves nothing of the library, and what is not its own', async () => {
    await keep(first);
    await keep(second, 1);
    await (await caches.open('openbook')).put('https://page.test/', new Response('page'));
    await forgetAll(caches);
    expect(await caches.list()).toEqual(['openbook https://page.test/']);
  });

  test('code that another kept model runs on stays', async () => {
    const twin: ReaderEntry = { ...second, ...(first.compiled && { compiled: first.compiled }) };
    await keep(first);
    await keep(twin);
    await forget(caches, first, [first, twin]);
    expect(await caches.list()).toContain(`webllm/wasm ${first.compiled?.library ?? ''}`);
    await forget(caches, twin, [first, twin]);
    expect(await caches.list()).toEqual([]);
  });
});
