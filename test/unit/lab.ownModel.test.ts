import { describe, expect, test } from 'vitest';
import { labelOf, ownEntry, ownFiles, weightsAmong, worthKeeping } from '../../src/lab/depot/ownModel';

function file(path: string): File {
  const made = new File(['x'], path.split('/').at(-1) ?? path);
  Object.defineProperty(made, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
  return made;
}
const NAMES = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
const owned = (...paths: string[]) => ownFiles(paths.map(file));
const weights = (...graphs: string[]) => weightsAmong(owned(...NAMES, ...graphs));

test('the folder that holds config.json is the model’s root', () => {
  const files = owned('a/b/config.json', 'a/b/onnx/model.onnx', 'a/b/sub/config.json', 'a/elsewhere.json');
  expect(files.map(({ path }) => path)).toEqual(['config.json', 'onnx/model.onnx', 'sub/config.json']);
  expect(owned('config.json', 'model.onnx').map(({ path }) => path)).toEqual(['config.json', 'model.onnx']);
});

describe('of several graphs', () => {
  test.each([
    [['model.onnx'], { wasm: 'model.onnx', webgpu: 'model.onnx' }],
    [
      ['model.onnx', 'model_q4.onnx', 'model_q4f16.onnx'],
      { wasm: 'model_q4.onnx', webgpu: 'model_q4.onnx', f16: 'model_q4f16.onnx' },
    ],
    [['model_quantized.onnx', 'model.onnx'], { wasm: 'model_quantized.onnx', webgpu: 'model.onnx' }],
    [
      ['decoder_model_merged_q4.onnx', 'encoder_model.onnx'],
      { wasm: 'decoder_model_merged_q4.onnx', webgpu: 'decoder_model_merged_q4.onnx' },
    ],
  ])('%j the best for each device is taken', (graphs, expected) => {
    expect(weights(...graphs)).toEqual(expected);
  });

  test('what is missing is named', () => {
    expect(() => weightsAmong(owned('config.json', 'pytorch_model.bin'))).toThrow(
      'Missing: tokenizer.json, tokenizer_config.json, a model’s .onnx file.',
    );
  });

  test('only what some device needs is kept', () => {
    const files = owned(
      ...NAMES,
      'model.onnx',
      'model.onnx_data',
      'model_q4.onnx',
      'model_q4.onnx_data',
      'model_q4.onnx_data_1',
      'README.md',
      'a.safetensors',
    );
    const kept = worthKeeping(files, { wasm: 'model_q4.onnx', webgpu: 'model_q4.onnx' }).map(({ path }) => path);
    expect(kept).toEqual([...NAMES, 'model_q4.onnx', 'model_q4.onnx_data', 'model_q4.onnx_data_1']);
  });
});

describe('an entry of its config', () => {
  const entry = (config: object) => ownEntry('disk:x', 'x', { wasm: 'a', webgpu: 'a' }, JSON.stringify(config));
  test('has the config’s window, a decoder’s in a part of its own too', () => {
    expect(entry({ max_position_embeddings: 2048, model_type: 'llama', _name_or_path: 'me/mine' })).toMatchObject({
      contextTokens: 2048,
      baseName: 'me/mine',
      reads: 'Your own model (llama).',
      selfTest: null,
    });
    expect(entry({ text_config: { max_position_embeddings: 99 } })).toMatchObject({ contextTokens: 99, baseName: 'x' });
  });

  test('refuses what does not write, and what does not say how much it reads', () => {
    expect(() => entry({ architectures: ['BertModel'], max_position_embeddings: 512 })).toThrow('no model that writes');
    expect(() => entry({})).toThrow('max_position_embeddings');
    expect(() => ownEntry('k', 'l', { wasm: 'a', webgpu: 'a' }, '{')).toThrow('not JSON');
  });
});

test('its label is the folder’s name, and no other model’s', () => {
  expect(labelOf([file('My model/config.json')], new Set())).toBe('My model');
  expect(labelOf([file('My model/config.json')], new Set(['My model', 'My model 2']))).toBe('My model 3');
  expect(labelOf([file('config.json'), file('model_q4.onnx')], new Set())).toBe('model_q4');
});
