import { expect, test } from 'vitest';
import { isLinearName, placeOfModule, placeWithin } from '../../src/adapters/places';

test.each([
  ['/model/layers.0/self_attn/q_proj/MatMul', 0, 'q_proj'],
  ['/model/layers.11/attn/qkv_proj/MatMul_Q4', 11, 'qkv_proj'],
  ['/model/layers.3/attn/o_proj/MatMulNBits', 3, 'o_proj'],
  ['model.layers.2.mlp.down_proj.MatMul.weight_scales', 2, 'down_proj'],
  ['/model/layers.5/mlp/gate_up_proj/MatMul_quant', 5, 'gate_up_proj'],
  ['/model/layers.1/feed_forward/w1/MatMul', 1, 'gate_proj'],
  ['/model/layers.1/feed_forward/w2/MatMul', 1, 'down_proj'],
  ['/model/layers.1/feed_forward/w3/MatMul', 1, 'up_proj'],
  ['/model/layers.1/self_attn/out_proj/MatMul', 1, 'o_proj'],
  ['/model/layers.1/conv/out_proj/MatMul', 1, 'out_proj'],
  ['/model/layers.1/conv/in_proj/MatMul', 1, 'in_proj'],
  ['a.B/model.layers.0.mlp: M/model.layers.0.mlp.up_proj: torch.nn.Linear/linear: aten', 0, 'up_proj'],
])('%s is a node or a tensor of layer %d, %s', (name, layer, projection) => {
  expect(placeWithin(name)).toEqual({ layer, projection });
});

test.each([
  '/model/layers.0/self_attn/MatMul',
  '/model/layers.0/self_attn/q_norm/Mul',
  '/model/layers.0/self_attn/w1/MatMul',
  '/model/layers.0/conv/conv/Conv',
  '/model/layers.0/mlp/experts.3/gate_proj/MatMul',
  '/lm_head/MatMul',
  'onnx::MatMul_672',
])('%s is at no linear’s place', (name) => {
  expect(placeWithin(name)).toBeNull();
});

test('a module is at a place only with its last name', () => {
  expect(placeOfModule('model.layers.7.feed_forward.w3')).toEqual({ layer: 7, projection: 'up_proj' });
  expect(placeOfModule('model.language_model.layers.7.self_attn.out_proj')).toEqual({ layer: 7, projection: 'o_proj' });
  expect(placeOfModule('model.layers.7.self_attn.q_proj.extra')).toBeNull();
  expect(placeOfModule('notlayers.7.self_attn.q_proj')).toBeNull();
  expect(['w1', 'out_proj', 'qkv_proj', 'lm_head', 'embed_tokens', 'c_attn'].filter(isLinearName)).toEqual([
    'w1',
    'out_proj',
    'qkv_proj',
  ]);
});
