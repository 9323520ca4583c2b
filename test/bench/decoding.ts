/** The decode loop in Node, on WebAssembly with one thread, with the built-in reader and its adapters. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as ort from 'onnxruntime-web/wasm';
import type { Worn } from '../../src/adapters/adapter';
import { graft } from '../../src/adapters/graft/graft';
import { mix } from '../../src/adapters/mix';
import { readPeft } from '../../src/adapters/peft';
import { type DecodeRow, decode } from '../../src/generation/decoding';
import { prepareGraph } from '../../src/generation/graph';
import { type DecoderShape, cacheNames } from '../../src/generation/kvCache';
import { type Feeds, openSession } from '../../src/inference/session';
import type { FloatTensor } from '../../src/inference/tensor';
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

async function openReader() {
  const bytes = new Uint8Array(await readFile(join(PUBLIC, 'models/reader-tiny/onnx/model_q4.onnx')));
  const prepared = prepareGraph(readModel(bytes), 'wasm');
  const { model, targets, gateName } = graft(prepared.model);
  const { graph, external } = writeModel(model);
  const keeps = cacheNames(LAYERS).map((name) => `present.${name}`);
  const shape: DecoderShape = { layers: LAYERS, kvHeads: 4, headWidth: 32, endTokens: [], ...prepared };
  const folder = join(PUBLIC, 'adapters/robust-reader');
  const config = await readFile(join(folder, 'adapter_config.json'), 'utf8');
  const adapter = readPeft('robust', 'robust', config, await readFile(join(folder, 'adapter_model.safetensors')));
  const mixes = { bare: mix(targets, []), worn: mix(targets, [adapter]) };
  const lora = (which: keyof typeof mixes, rows: number): Feeds => {
    const wears: Worn[] = which === 'worn' ? [{ adapterId: 'robust', strength: 1 }] : [];
    const gate = mixes[which].gate(Array.from({ length: rows }, () => wears));
    return Object.fromEntries(
      [...mixes[which].feeds, [gateName, gate] as const].map(([name, feed]) => [name, { type: 'float32', ...feed }]),
    );
  };
  return { graph, external, keeps, shape, lora };
}

/** As the engine keeps an adapter's weights. */
function kept(session: Awaited<ReturnType<typeof openSession>>, feeds: Feeds): Feeds {
  const keep = ([name, feed]: [string, Feeds[string]]) => [name, session.keep(feed as FloatTensor)] as const;
  return Object.fromEntries(Object.entries(feeds).map(keep));
}

/** ms of reading the prompts, and the median of a pass that writes a token for each row. */
async function writeRows(
  reader: Awaited<ReturnType<typeof openReader>>,
  session: Awaited<ReturnType<typeof openSession>>,
  which: 'bare' | 'worn',
  count: number,
): Promise<{ read: number; step: number }> {
  const rows: DecodeRow[] = Array.from({ length: count }, (_, i) => ({
    prompt: promptOf(i),
    maxTokens: STEPS,
    pick: () => 5,
    wearing: String(i),
  }));
  const feeds = new Map([1, count].map((size) => [size, kept(session, reader.lora(which, size))]));
  const lora = (of: readonly number[]) => feeds.get(of.length) ?? reader.lora(which, of.length);
  const from = performance.now();
  // The row that was read last writes only when all write.
  const last = count - 1;
  const times: number[] = [];
  for await (const event of decode(session, reader.shape, { rows, lora }, signal))
    if (event.kind === 'token' && event.row === last) times.push(performance.now());
  const steps = times.slice(1).map((time, i) => time - (times[i] ?? time));
  return { read: (times[0] ?? from) - from, step: median(steps) };
}

/** The same passes by the runtime alone: nothing is chosen, copied or said between them. */
async function bareSteps(
  reader: Awaited<ReturnType<typeof openReader>>,
  session: ort.InferenceSession,
): Promise<number> {
  const int64 = (values: number[]) => new ort.Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);
  const lora = Object.fromEntries(
    Object.entries(reader.lora('bare', 1)).map(([name, feed]) => {
      const { data, dims } = feed as { data: Float32Array; dims: readonly number[] };
      return [name, new ort.Tensor('float32', data, dims)];
    }),
  );
  // A cache with as much room as ours; nothing is written into it.
  const columns = PROMPT + ROOM;
  const past = Object.fromEntries(
    cacheNames(LAYERS).map((name) => [
      `past_key_values.${name}`,
      new ort.Tensor('float32', new Float32Array(4 * columns * 32).fill(0.1), [1, 4, columns, 32]),
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
  const reader = await openReader();
  await using session = await openSession(reader.graph, { external: reader.external, keeps: reader.keeps });
  const bare = await ort.InferenceSession.create(reader.graph, { externalData: [...reader.external] });
  const seen: Record<'one' | 'four' | 'worn' | 'steps', number[]> = { one: [], four: [], worn: [], steps: [] };
  const read: Record<'one' | 'worn', number[]> = { one: [], worn: [] };
  for (let turn = -1; turn < TURNS; turn++) {
    const one = await writeRows(reader, session, 'bare', 1);
    const steps = await bareSteps(reader, bare);
    const worn = await writeRows(reader, session, 'worn', 1);
    const four = await writeRows(reader, session, 'bare', 4);
    if (turn < 0) continue;
    seen.one.push(one.step);
    seen.steps.push(steps);
    seen.worn.push(worn.step);
    seen.four.push(four.step);
    read.one.push(one.read);
    read.worn.push(worn.read);
  }
  await bare.release();
  const [one, four, worn, steps] = [seen.one, seen.four, seen.worn, seen.steps].map(median) as [
    number,
    number,
    number,
    number,
  ];
  const ms = (value: number) => `${value.toFixed(2)} ms`;
  return [
    ratio(
      'decode step, batch 4 / batch 1',
      four / one,
      { atMost: 1.25 },
      `${ms(four)} against ${ms(one)} at ${String(PROMPT)} tokens`,
    ),
    ratio('bare ONNX Runtime step / ours', steps / one, { atLeast: 0.95 }, `${ms(steps)} against ${ms(one)}`),
    ratio('decode step, adapter of rank 32 worn / not', worn / one, null, `${ms(worn)} against ${ms(one)}`),
    ratio(
      'reading a prompt, adapter of rank 32 worn / not',
      median(read.worn) / median(read.one),
      null,
      `${ms(median(read.worn))} against ${ms(median(read.one))}`,
    ),
  ];
}
