/** Adapters brought, looked into, turned down and handed out again: real workers, real models, a real database. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { weightsOf } from '../../src/adapters/export';
import { type PeftAdapter, readPeft } from '../../src/adapters/peft';
import { readZip } from '../../src/zip';
import { finish } from '../../src/job';
import type { AdapterInfo } from '../../src/lab';
import { zip } from '../fixtures/adapters/zips';
import counted from '../fixtures/peft/audit/builtIn.json';
import { BASE, emptyDatabase, PATIENCE, READ, watch, type Watched } from '../fixtures/lab/opened';

// Real models on whatever machine this is: a hang guard, not a speed.
vi.setConfig({ testTimeout: 120_000 });
const { signal } = new AbortController();
const SETTINGS = { topK: 10, epsilon: 0.5 };
const CARD = '---\nlicense: apache-2.0\n---\n';
const FOLDER = `${BASE}adapters/handbook-facts/`;

let seen: Watched;
let adapters: readonly AdapterInfo[] = [];
let config = '';
let facts: PeftAdapter;
beforeAll(async () => {
  await emptyDatabase();
  seen = watch();
  seen.lab.onAdapters((now) => (adapters = now));
  expect(adapters.map(({ match }) => match.kind)).toEqual(Array(4).fill('unknown'));
  await seen.lab.start(signal);
  config = await (await fetch(`${FOLDER}adapter_config.json`)).text();
  const weights = await (await fetch(`${FOLDER}adapter_model.safetensors`)).arrayBuffer();
  facts = readPeft('facts', 'facts', config, new Uint8Array(weights));
}, 180_000);
afterAll(async () => {
  await seen.lab.deleteEverything();
});

/** The built-in adapter as far as it changes the first layer, in a zip. */
function small(baseName = 'someone/reader-tiny'): File {
  const files = {
    'small/adapter_config.json': JSON.stringify({
      ...(JSON.parse(config) as object),
      base_model_name_or_path: baseName,
      peft_version: '0.21.0',
    }),
    'small/adapter_model.safetensors': weightsOf(facts.pairs.filter(({ layer }) => layer === 0)),
    'small/README.md': CARD,
  };
  return new File([zip(files)], 'download.zip');
}

async function answers(ids: readonly string[]): Promise<string[]> {
  const question = (await seen.lab.sampleQuestions())[0];
  if (!question) throw new Error('There are no sample questions.');
  const [lane] = READ;
  if (!lane) throw new Error('There are no lanes.');
  const lanes = ids.map((adapterId) => ({
    ...lane,
    id: adapterId,
    wears: adapterId ? [{ adapterId, strength: 1 }] : [],
  }));
  const found = await finish(seen.lab.compare(lanes, question, 7, signal));
  return found.map(({ outcome, text }) => (outcome.kind === 'failed' ? outcome.error.code : text));
}

test('what the built-in ones are is told, and that they fit once the reader is there', async () => {
  await vi.waitFor(() => {
    expect(adapters.map(({ id, match }) => [id, match.kind])).toEqual([
      ['robust-reader', 'exact'],
      ['json-answer', 'exact'],
      ['memo-voice', 'exact'],
      ['handbook-facts', 'exact'],
    ]);
  }, PATIENCE);
  expect(adapters[0]).toMatchObject({ builtIn: true, rank: 32, alpha: 64, scale: 2, layers: 7, licence: 'MIT' });
  expect(adapters[0]?.card).toBe('adapters/robust-reader/MODEL_CARD.md');
});

test('a zip: its facts are told, kept over a reload, and told again', async () => {
  const before = Date.now();
  const info = await seen.lab.addAdapter([small()], signal);
  expect(info).toEqual({
    id: 'small',
    label: 'small',
    builtIn: false,
    teaches: null,
    rank: 8,
    alpha: 16,
    scale: 2,
    targets: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'],
    layers: 1,
    bytes: weightsOf(facts.pairs.filter(({ layer }) => layer === 0)).length,
    licence: 'apache-2.0',
    card: null,
    baseName: 'someone/reader-tiny',
    origin: 'From disk',
    addedAt: expect.any(Number) as number,
    peftVersion: '0.21.0',
    match: { kind: 'exact' },
    derivedFrom: null,
  });
  expect(info.addedAt).toBeGreaterThanOrEqual(before);
  const next = watch();
  let again: readonly AdapterInfo[] = [];
  next.lab.onAdapters((now) => (again = now));
  await next.lab.start(signal);
  await vi.waitFor(() => {
    expect(again.at(-1)).toEqual(info);
  }, PATIENCE);
});

test('one for another base: worn where its shapes fit, kept and refused by the lane where they do not', async () => {
  const named = await seen.lab.addAdapter([small('someone/reader-large')], signal);
  expect(named).toMatchObject({ id: 'small 2', match: { kind: 'shapes' } });
  const pairs = facts.pairs.slice(0, 1).map((pair) => ({ ...pair, inputs: 8, a: pair.a.slice(0, 64) }));
  const files = { 'adapter_config.json': config, 'adapter_model.safetensors': weightsOf(pairs) };
  const odd = await seen.lab.addAdapter([new File([zip(files)], 'odd.zip')], signal);
  expect(odd.match).toMatchObject({ kind: 'no', why: expect.stringContaining('8 × 256') as string });
  expect(await answers([odd.id, named.id])).toEqual(['adapter-mismatch', (await answers(['small']))[0]]);
  await seen.lab.removeAdapter(named.id);
  await seen.lab.removeAdapter(odd.id);
});

test('audited as torch counts; turned down, worn beside the original, and handed out', async () => {
  const told: string[] = [];
  const audit = await finish(seen.lab.auditAdapter('small', SETTINGS, signal), ({ unit, done }) =>
    told.push(`${unit} ${String(done)}`),
  );
  expect(audit).toMatchObject({ adapterId: 'small', settings: SETTINGS, layers: 7 });
  const expected = audit.projections.map(
    (projection) => (counted['handbook-facts'] as Record<string, number>)[`0.${projection}`],
  );
  expect(expected).toHaveLength(7);
  expect(audit.intruders).toEqual([expected, ...Array<null[]>(6).fill(Array<null>(7).fill(null))]);
  expect(audit.total).toBe(expected.reduce<number>((sum, count) => sum + (count ?? NaN), 0));
  expect(new Set(told.filter((one) => one.startsWith('matrices')))).toEqual(
    new Set([0, 1, 2, 3, 4, 5, 6].map((done) => `matrices ${String(done)}`)),
  );

  const left = await finish(seen.lab.mitigateAdapter('small', { ...SETTINGS, lambda: 0 }, signal));
  expect(left).toMatchObject({
    id: 'small-000',
    licence: 'apache-2.0',
    rank: 8,
    scale: 2,
    layers: 1,
    match: { kind: 'exact' },
    derivedFrom: { adapterId: 'small', lambda: 0 },
  });
  expect(adapters.at(-1)).toEqual(left);
  const again = await finish(seen.lab.auditAdapter(left.id, SETTINGS, signal));
  expect(again.total).toBeLessThan(audit.total);
  const worn = await answers(['', 'small', left.id]);
  expect(worn.every((text) => text.length > 0 && !text.startsWith('adapter-'))).toBe(true);

  const mix = await seen.lab.exportAdapters(
    [
      { adapterId: 'small', strength: 0.5 },
      { adapterId: left.id, strength: 0.5 },
      { adapterId: 'handbook-facts', strength: 0.25 },
      { adapterId: 'handbook-facts', strength: 0.25 },
    ],
    signal,
  );
  expect(mix.name).toBe('small+small-000+handbook-facts.zip');
  const back = await seen.lab.addAdapter([new File([mix.bytes], mix.name)], signal);
  expect(back).toMatchObject({ rank: 24, scale: 1, layers: 7, match: { kind: 'exact' } });
});

test('one adapter at full strength is handed out as it came', async () => {
  const { bytes } = await seen.lab.exportAdapters([{ adapterId: 'handbook-facts', strength: 1 }], signal);
  const [text, weights] = readZip(bytes, { damaged: 'adapter-damaged', unsupported: 'adapter-unsupported' }).map(
    (entry) => entry.read(),
  );
  expect(new TextDecoder().decode(text)).toBe(config);
  expect(weights).toEqual(new Uint8Array(await (await fetch(`${FOLDER}adapter_model.safetensors`)).arrayBuffer()));
});

test('an audit keeps no answer waiting, and stops', async () => {
  const [alone] = await answers(['']);
  const abort = new AbortController();
  const auditing = finish(seen.lab.auditAdapter('robust-reader', SETTINGS, abort.signal));
  const stopped = expect(auditing).rejects.toHaveProperty('name', 'AbortError');
  expect(await answers([''])).toEqual([alone]);
  abort.abort();
  await stopped;
});

test('from an address of this page, and refused in words from one where nothing is', async () => {
  const info = await finish(seen.lab.addAdapterFrom(FOLDER, signal));
  expect(info).toMatchObject({ id: 'handbook-facts 2', origin: FOLDER, licence: null, match: { kind: 'exact' } });
  const [own, builtIn] = await answers([info.id, 'handbook-facts']);
  expect(own).toBe(builtIn);
  await expect(finish(seen.lab.addAdapterFrom(`${BASE}adapters/none`, signal))).rejects.toMatchObject({
    code: 'adapter-not-fetched',
  });
  await expect(finish(seen.lab.addAdapterFrom('no address', signal))).rejects.toMatchObject({
    code: 'adapter-not-fetched',
  });
});

test('retention asks the sample’s questions and can be stopped', async () => {
  const abort = new AbortController();
  const asking = seen.lab.retention([null, 'memo-voice'], abort.signal);
  const told = [];
  for (let next = await asking.next(); !next.done && told.length < 3; next = await asking.next()) told.push(next.value);
  expect(told).toEqual([0, 1, 2].map((done) => ({ step: 'Asking', done, total: 168, unit: 'questions' })));
  abort.abort();
  await expect(asking.next()).rejects.toHaveProperty('name', 'AbortError');
});
