"""The encoder as ONNX with 8-bit weights."""

import math
import os

import numpy as np
import onnx
from onnx import TensorProto, helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from onnx_graph import Graph


def _array(tensor):
    return tensor.detach().float().numpy()


class EncoderGraph(Graph):
    """The encoder's layers as nodes; linear and norm take the torch module and a name."""

    def linear(self, x, layer, n):
        product = self.node('MatMul', [x, self.constant(n + '.weight', _array(layer.weight).T)], n + '.mm')
        return self.node('Add', [product, self.constant(n + '.bias', _array(layer.bias))], n + '.out')

    def norm(self, x, layer, n):
        weight, bias = (self.constant('%s.%s' % (n, k), _array(getattr(layer, k))) for k in ('weight', 'bias'))
        return self.node('LayerNormalization', [x, weight, bias], n + '.out', axis=-1, epsilon=1e-5)

    def embedding(self, m):
        x = self.node('Gather', [self.constant('word', _array(m.word.weight)), 'input_ids'], 'e0')
        kind = self.node('Gather', [self.constant('kind', _array(m.kind.weight)), 'token_type_ids'], 'e1')
        x = self.node('Add', [x, kind], 'e2')
        self.node('Shape', ['input_ids'], 'shape')
        length = self.node('Gather', ['shape', self.constant('one', np.array([1]))], 'T')
        table, start = self.constant('pos', _array(m.pos.weight)), self.constant('zero', np.array([0]))
        place = self.node('Slice', [table, start, length, self.constant('axis0', np.array([0]))], 'e3')
        return self.norm(self.node('Add', [x, place], 'e4'), m.ln, 'ln')

    def padding(self):
        """mask: 0 where there is a token, -1e9 where there is none."""
        given = self.node('Cast', ['attention_mask'], 'mf', to=TensorProto.FLOAT)
        less = self.node('Sub', [given, self.constant('onef', np.array(1, np.float32))], 'mm')
        self.node('Mul', [less, self.constant('big', np.array(1e9, np.float32))], 'm2')
        self.node('Unsqueeze', ['m2', self.constant('ax', np.array([1, 2]))], 'mask')

    def heads(self, x, layer, name, perm):
        parts = self.node('Reshape', [self.linear(x, layer, name), 'split'], name + '.r')
        return self.node('Transpose', [parts], name + '.t', perm=perm)

    def layer(self, x, layer, n):
        q, k, v = (self.heads(x, getattr(layer, s), n + s, [0, 2, 3, 1] if s == 'k' else [0, 2, 1, 3]) for s in 'qkv')
        a = self.node('Mul', [self.node('MatMul', [q, k], n + 'qk'), 'scale'], n + 'qks')
        a = self.node('Softmax', [self.node('Add', [a, 'mask'], n + 'qkm')], n + 'sm', axis=-1)
        a = self.node('Transpose', [self.node('MatMul', [a, v], n + 'av')], n + 'at', perm=[0, 2, 1, 3])
        a = self.linear(self.node('Reshape', [a, 'join'], n + 'aj'), layer.o, n + 'o')
        x = self.norm(self.node('Add', [x, a], n + 'r1'), layer.ln1, n + 'ln1')
        up = self.node('Gelu', [self.linear(x, layer.up, n + 'up')], n + 'gelu')
        down = self.linear(up, layer.down, n + 'down')
        return self.norm(self.node('Add', [x, down], n + 'r2'), layer.ln2, n + 'ln2')


def export(m, c, path):
    """Writes the encoder m of configuration c to path; its matrices and its table of words have 8 bits."""
    g = EncoderGraph()
    x = g.embedding(m)
    g.padding()
    g.constant('split', np.array([0, 0, c['heads'], c['d'] // c['heads']]))
    g.constant('join', np.array([0, 0, c['d']]))
    g.constant('scale', np.array(1 / math.sqrt(c['d'] // c['heads']), np.float32))
    for i, layer in enumerate(m.layers):
        x = g.layer(x, layer, 'layer%d.' % i)
    g.node('Identity', [x], 'last_hidden_state')
    dims = ['batch_size', 'sequence_length']
    inputs = [
        helper.make_tensor_value_info(n, TensorProto.INT64, dims)
        for n in ('input_ids', 'attention_mask', 'token_type_ids')
    ]
    outputs = [helper.make_tensor_value_info('last_hidden_state', TensorProto.FLOAT, dims + [c['d']])]
    full = path + '.full'
    opsets = [helper.make_opsetid('', 20)]
    onnx.save(g.model('embedder-tiny', inputs, outputs, opset_imports=opsets, ir_version=9), full)
    quantize_dynamic(
        full, path, weight_type=QuantType.QInt8, per_channel=False, op_types_to_quantize=['MatMul', 'Gather']
    )
    os.remove(full)
