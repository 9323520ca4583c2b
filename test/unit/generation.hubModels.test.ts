import { describe, expect, test } from 'vitest';
import type { Adapter } from '../../src/adapters/adapter';
import { TransformersEngine } from '../../src/generation/engines/transformers';
import { READERS, type ReaderEntry } from '../../src/generation/models';
import { decoderShape } from '../../src/generation/decoderShape';
import { prepareGraph } from '../../src/generation/graph';
import type { ReadModel } from '../../src/inference/source';
import { finish } from '../../src/job';
import { FLOAT, INT64, type OnnxModel, readModel } from '../../src/onnx/model';
import { newNode, newValue, writeModel } from '../../src/onnx/write';
import { familyGraph, recorded } from '../fixtures/families';
import type { RecordedDecoder } from '../fixtures/familyDecoding';

const { signal } = new AbortController();

/** One token for each letter, so that few ids are enough for the small graphs; 1 ends a text. */
function letters() {
  const pieces = ['<pad>', '<end>', '<unk>', ...Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i)), ' '];
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const model = { type: 'BPE', vocab, merges: [], unk_token: '<unk>', byte_fallback: false, fuse_unk: false };
  return { model, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null };
}

/** A small family under the names that a hub's files have. */
function filesOf(name: string, change = (graph: Uint8Array<ArrayBuffer>) => graph): ReadModel {
  // eslint-disable-next-line require-yield -- nothing of a fixture is slow
  return async function* () {
    const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
    const { config } = await recorded<RecordedDecoder>(name);
    const files = new Map([
      ['config.json', bytes(config)],
      ['tokenizer.json', bytes(letters())],
      ['tokenizer_config.json', bytes({ chat_template: '{{ messages[0].content }}' })],
      ['onnx/model_q4.onnx', change(await familyGraph(name))],
    ]);
    return { files, weights: 'onnx/model_q4.onnx' };
  };
}

const [first] = READERS.filter(({ source }) => source.kind === 'hub') as [ReaderEntry];
const entry: ReaderEntry = { ...first, contextTokens: 96 };
const GREEDY = { temperature: 0, topP: 1, maxTokens: 10, seed: 1 };
const asked = ['one', 'another question', 'a longer question than the one before'].map((content) => ({
  messages: [{ role: 'user' as const, content }],
  wears: [],
  sampling: GREEDY,
}));

describe.each(['qwen3', 'gemma3', 'lfm2', 'llama.gqa', 'qwen2.int8'])('the engine runs %s', (name) => {
  test('rows asked for together are answered as each alone', async () => {
    await using model = await finish(new TransformersEngine(filesOf(name)).load(entry, signal));
    const together = await finish(model.write(asked, signal));
    for (const [i, request] of asked.entries()) {
      const [alone] = await finish(model.write([request], signal));
      expect(alone).toMatchObject({ kind: 'written' });
      expect(together[i]).toMatchObject({ tokens: alone?.kind === 'written' ? alone.tokens : null });
    }
  });
});

/** As an exporter would write it that names nothing. */
function nameless(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const model = readModel(bytes);
  const nodes = model.nodes.map((node, i) =>
    node.op === 'MatMul'
      ? newNode({ op: 'MatMul', name: `node_${String(i)}`, inputs: node.inputs, outputs: node.outputs })
      : node,
  );
  return writeModel({ ...model, nodes }, Infinity).graph;
}

test('a model whose linears are not understood runs, and refuses adapters', async () => {
  const engine = new TransformersEngine(filesOf('llama', nameless));
  await using model = await finish(engine.load(entry, signal));
  const [answer] = await finish(model.write(asked.slice(0, 1), signal));
  expect(answer).toMatchObject({ kind: 'written' });
  const adapter = { id: 'x', label: 'X', baseModel: null, pairs: [] } as unknown as Adapter;
  await expect(model.addAdapter(adapter)).rejects.toMatchObject({ code: 'adapter-unsupported' });
});

describe('what a graph may ask for', async () => {
  const whole = readModel(await familyGraph('qwen2'));
  const { config } = await recorded<RecordedDecoder>('qwen2');
  const shapeOf = (model: OnnxModel, generation = {}, given = config) =>
    decoderShape(prepareGraph(model, 'webgpu'), given, generation, 96);

  test('a token of either config ends a text', () => {
    expect(shapeOf(whole, { eos_token_id: [1, 7] }).endTokens).toEqual([1, 7]);
  });

  test('what is not known is refused by name, and so is a cache that does not come back', () => {
    const more = { ...whole, inputs: [...whole.inputs, newValue('pixel_values', FLOAT, ['batch_size'])] };
    expect(() => shapeOf(more)).toThrow(/asks for “pixel_values”/);
    const less = { ...whole, outputs: whole.outputs.filter(({ name }) => name !== 'present.1.key') };
    expect(() => shapeOf(less)).toThrow(/takes “past_key_values.1.key” and does not give it back/);
    const none = { ...whole, inputs: whole.inputs.filter(({ name }) => !name.startsWith('past')) };
    expect(() => shapeOf(none)).toThrow(/no cache/);
    const whole64 = whole.inputs.map((one) =>
      one.name === 'past_key_values.0.key' ? newValue(one.name, INT64, ['batch_size', 1, 'past', 16]) : one,
    );
    expect(() => shapeOf({ ...whole, inputs: whole64 })).toThrow(/neither in 32-bit nor in 16-bit/);
  });

  test('the config is asked for what the graph does not say', () => {
    const silent = whole.inputs.map((one) =>
      one.name.startsWith('past') ? newValue(one.name, FLOAT, ['batch_size', 'heads', 'past', 'width']) : one,
    );
    const [part] = shapeOf({ ...whole, inputs: silent }).parts;
    expect(part?.dims).toEqual([1, 0, 16]);
    expect(() => shapeOf({ ...whole, inputs: silent }, {}, {})).toThrow(/no number “num_attention_heads”/);
  });
});

describe('the catalogue', () => {
  const hub = READERS.filter(({ source }) => source.kind === 'hub');

  test('has eight readers from the hub, each with its licence, and no size that nobody measured', () => {
    expect(hub.map(({ id }) => id)).toEqual([
      'smollm2-135m-instruct',
      'smollm2-360m-instruct',
      'qwen2.5-0.5b-instruct',
      'qwen3-0.6b',
      'gemma-3-270m-it',
      'gemma-3-1b-it',
      'llama-3.2-1b-instruct',
      'lfm2-350m',
    ]);
    for (const { licence, selfTest, contextTokens } of hub) {
      expect(licence).not.toBe('');
      expect(selfTest).toBeNull();
      expect(contextTokens).toBe(8192);
    }
  });

  test('16-bit graphs are run where a GPU has them, but never Gemma’s, which overflow', () => {
    for (const { id, source } of hub) {
      const weights = source.kind === 'hub' ? source.weights : null;
      expect([weights?.wasm, weights?.webgpu]).toEqual(['onnx/model_q4.onnx', 'onnx/model_q4.onnx']);
      expect(weights?.f16).toBe(id.startsWith('gemma') ? undefined : 'onnx/model_q4f16.onnx');
    }
  });
});
