/** The decode loop in Node, on WebAssembly with one thread, with the built-in reader and its adapters. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import type { Worn } from '../../src/adapters/adapter';
import { type GraftOptions, graft } from '../../src/adapters/graft/graft';
import { type GraphFeed, type Mix, mix } from '../../src/adapters/mix';
import { readPeft } from '../../src/adapters/peft';
import { type DecodeRow, decode } from '../../src/generation/decoding';
import { prepareGraph } from '../../src/generation/graph';
import { type DecoderShape, cacheDims, cacheNames } from '../../src/generation/kvCache';
import { type Feeds, openSession } from '../../src/inference/session';
import { readModel } from '../../src/onnx/model';
import { writeModel } from '../../src/onnx/write';
import { type BenchRow, median, ratio } from './rows';

const PUBLIC = join(import.meta.dirname, '../../public');
const LAYERS = 7;
const PROMPT = 400;
const STEPS = 24;
const TURNS = 7;
/** As `generation/decoding.ts` gives a batch. */
const ROOM = 32;
const { signal } = new AbortController();

const promptOf = (row: number) => Array.from({ length: PROMPT }, (_, i) => 100 + ((i * 37 + row * 11) % 3000));

type Form = NonNullable<GraftOptions['form']>;

async function readAdapter() {
  const folder = join(PUBLIC, 'adapters/robust-reader');
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  return readPeft('robust', 'robust', config, await readFile(join(folder, 'adapter_model.safetensors')));
}

/** `form` null: no adapters are grafted. */
async function openReader(form: Form | null) {
  const bytes = new Uint8Array(await readFile(join(PUBLIC, 'models/reader-tiny/onnx/model_q4.onnx')));
  const prepared = prepareGraph(readModel(bytes), 'wasm');
  const { model, targets } = form ? graft(prepared.model, { form }) : { model: prepared.model, targets: [] };
  const { graph, external } = writeModel(model);
  const keeps = cacheNames(LAYERS).map((name) => `present.${name}`);
  const session = await openSession(graph, { external, keeps });
  const shape: DecoderShape = { layers: LAYERS, kvHeads: 4, headWidth: 32, endTokens: [], ...prepared };
  const mixes = { bare: mix(targets, []), worn: mix(targets, [await readAdapter()]) };
  const fed = (feeds: Iterable<readonly [string, GraphFeed]>) =>
    [...feeds].map(([name, feed]) => [name, { type: 'float32', ...feed }] as const);
  // As an engine does, so that a pass finds them where it computes.
  const kept = (mixed: Mix) => fed(mixed.feeds).map(([name, feed]) => [name, session.keep(feed)] as const);
  const weights = { bare: kept(mixes.bare), worn: kept(mixes.worn) };
  const gatesOf = (which: keyof typeof mixes, rows: number) => {
    const wears: Worn[] = which === 'worn' ? [{ adapterId: 'robust', strength: 1 }] : [];
    return fed(mixes[which].gates(Array.from({ length: rows }, () => wears)));
  };
  const lora = (which: keyof typeof mixes, rows: number): Feeds => {
    const feeds: (readonly [string, Feeds[string]])[] = [...weights[which], ...gatesOf(which, rows)];
    return Object.fromEntries(feeds);
  };
  const bare = [...fed(mixes.bare.feeds), ...gatesOf('bare', 1)];
  return { graph, external, session, shape, lora, bare };
}
type Reader = Awaited<ReturnType<typeof openReader>>;

/** ms of reading the prompts, and the median of a pass that writes a token for each row. */
async function writeRows(
  { session, shape, lora: feedsOf }: Reader,
  which: 'bare' | 'worn',
  count: number,
): Promise<{ read: number; step: number }> {
  const rows: DecodeRow[] = Array.from({ length: count }, (_, i) => ({
    prompt: promptOf(i),
    maxTokens: STEPS,
    pick: () => 5,
    wearing: String(i),
  }));
  const feeds = new Map([1, count].map((size) => [size, feedsOf(which, size)]));
  const lora = (of: readonly number[]) => feeds.get(of.length) ?? feedsOf(which, of.length);
  const from = performance.now();
  // The row that was read last writes only when all write.
  const last = count - 1;
  const times: number[] = [];
  for await (const event of decode(session, shape, { rows, lora }, signal))
    if (event.kind === 'token' && event.row === last) times.push(performance.now());
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? time));
  return { read: (times[0] ?? from) - from, step: median(steps) };
}

/** The same passes by the runtime alone: nothing is chosen, copied or said between them. */
async function bareSteps(reader: Reader, session: ort.InferenceSession): Promise<number> {
  const int64 = (values: number[]) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const lora = Object.fromEntries(
    reader.bare.map(([name, { data, dims }]) => [name, new ort.Tensor('float32', data, dims)]),
  );
  // A cache with as much room as ours; nothing is written into it.
  const columns = PROMPT + ROOM;
  const past = Object.fromEntries(
    cacheNames(LAYERS).map((name) => [
      `past_key_values.${name}`,
      new ort.Tensor(
        'float32',
        new Float32Array(4 * columns * 32).fill(0.1),
        cacheDims(reader.shape, name, 1, columns),
      ),
    ]),
  );
  const times: number[] = [];
  for (let seen = PROMPT; seen < PROMPT + STEPS; seen++) {
    const mask = int64(Array.from({ length: columns + 1 }, (_, i) => (i < seen || i === columns ? 1 : 0)));
    await session.run({ ...lora, ...past, input_ids: int64([5]), attention_mask: mask });
    times.push(performance.now());
  }
  return median(times.slice(1).map((time, i) => time - (times[i] ?? time)));
}

export async function benchDecoding(): Promise<BenchRow[]> {
  const reader = await openReader('plain');
  const grouped = await openReader('grouped');
  const ungrafted = await openReader(null);
  const bare = await ort.InferenceSession.create(reader.graph, { externalData: [...reader.external] });
  const runs = {
    one: () => writeRows(reader, 'bare', 1),
    steps: async () => ({ read: NaN, step: await bareSteps(reader, bare) }),
    ungrafted: () => writeRows(ungrafted, 'bare', 1),
    worn: () => writeRows(reader, 'worn', 1),
    grouped: () => writeRows(grouped, 'worn', 1),
    four: () => writeRows(reader, 'bare', 4),
    wornByFour: () => writeRows(reader, 'worn', 4),
    groupedByFour: () => writeRows(grouped, 'worn', 4),
  };
  type Run = keyof typeof runs;
  const names = Object.keys(runs) as Run[];
  const seen = new Map<Run, { read: number; step: number }[]>(names.map((name) => [name, []]));
  for (let turn = -1; turn < TURNS; turn++)
    for (const name of names) {
      const times = await runs[name]();
      if (turn >= 0) seen.get(name)?.push(times);
    }
  await bare.release();
  for (const { session } of [reader, grouped, ungrafted]) await session[Symbol.asyncDispose]();

  const middle = (run: Run, of: 'read' | 'step') => median((seen.get(run) ?? []).map((times) => times[of]));
  const compare = (name: string, of: 'read' | 'step', run: Run, other: Run, goal: BenchRow['goal'], more = '') => {
    const [ms, otherMs] = [middle(run, of), middle(other, of)];
    return ratio(name, ms / otherMs, goal, `${ms.toFixed(2)} ms against ${otherMs.toFixed(2)} ms${more}`);
  };
  const at = ` at ${String(PROMPT)} tokens`;
  return [
    compare('decode step, batch 4 / batch 1', 'step', 'four', 'one', { atMost: 1.25 }, at),
    compare('bare ONNX Runtime step / ours', 'step', 'steps', 'one', { atLeast: 0.95 }),
    compare('decode step, nothing worn / no adapters grafted', 'step', 'one', 'ungrafted', null),
    compare('decode step, adapter of rank 32 worn / not', 'step', 'worn', 'one', null),
    compare('reading a prompt, adapter of rank 32 worn / not', 'read', 'worn', 'one', null),
    compare('decode step, rank 32 worn, grouped / plain', 'step', 'grouped', 'worn', null),
    compare('decode step of batch 4, rank 32 worn, grouped / plain', 'step', 'groupedByFour', 'wornByFour', null),
    compare('reading a prompt, rank 32 worn, grouped / plain', 'read', 'grouped', 'worn', null),
  ];
}
