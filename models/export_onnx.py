"""Write the 4-bit reader as ONNX. usage: export_onnx.py QUANT_PT TOK_DIR OUT_DIR

MatMulNBits (block 32) for every linear, one 4-bit table shared by the input embedding (GatherBlockQuantized) and the output
head, GroupQueryAttention with rotary positions inside, cache names as transformers.js expects them. Linear nodes are named
/model/layers.N/attn/{q,k,v,o}_proj/MatMul_Q4 and /model/layers.N/mlp/{gate,up,down}_proj/MatMul_Q4, so LoRA can be added later.
"""

import math
import os
import sys

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from hub_layout import write_layout
from json_files import write_json
from names import READER
from onnx_graph import Graph

# the least share of places where both say the same next token; ONNX Runtime rounds what goes into a matrix to 8 bits
AGREE = 0.7
# what config.json calls the sizes of model.py
HUB_NAMES = dict(
    vocab='vocab_size',
    d='hidden_size',
    ff='intermediate_size',
    layers='num_hidden_layers',
    heads='num_attention_heads',
    kv='num_key_value_heads',
    ctx='max_position_embeddings',
    theta='rope_theta',
)
MICROSOFT = 'com.microsoft'  # the domain of ONNX Runtime's own operators
FLOAT = TensorProto.FLOAT


class ReaderGraph(Graph):
    """The reader's layers as nodes; sd and packed as quantize.py writes them."""

    def __init__(self, c, sd, packed):
        super().__init__()
        self.c, self.sd, self.packed = c, sd, packed

    def linear(self, x, key, name):
        weight, scales = self.packed[key + '.weight']
        n, blocks = scales.shape
        b = name[1:].replace('/', '.')
        inputs = [
            x,
            self.constant(b + '.weight_Q4', weight),
            self.constant(b + '.weight_scales', scales.reshape(-1)),
        ]
        return self.node(
            'MatMulNBits',
            inputs,
            name + '/output_0',
            MICROSOFT,
            name + '_Q4',
            K=blocks * 32,
            N=n,
            bits=4,
            block_size=32,
            accuracy_level=4,
        )

    def norm(self, x, key, name):
        return self.node(
            'SimplifiedLayerNormalization',
            [x, self.constant(key, self.sd[key].float().numpy())],
            name + '/output_0',
            name=name + '/LayerNorm',
            axis=-1,
            epsilon=1e-5,
            stash_type=1,
        )

    def lengths(self):
        """seqlens_k and total_seq_len, as GroupQueryAttention wants them, from the attention mask."""
        a = '/model/attn_mask_reformat/'
        self.node('ReduceSum', ['attention_mask', self.constant('mask_axis', np.array([1]))], a + 'sum', keepdims=0)
        self.node('Sub', [a + 'sum', self.constant('mask_one', np.array(1))], a + 'last')
        self.node('Cast', [a + 'last'], 'seqlens_k', to=TensorProto.INT32)
        self.node('Shape', ['attention_mask'], a + 'shape')
        self.node('Gather', [a + 'shape', self.constant('mask_dim', np.array(1))], a + 'total', axis=0)
        self.node('Cast', [a + 'total'], 'total_seq_len', to=TensorProto.INT32)

    def rotary(self):
        c = self.c
        hd = c['d'] // c['heads']
        t = np.outer(np.arange(c['ctx']), 1 / (c['theta'] ** (np.arange(0, hd, 2) / hd)))
        self.constant('cos_cache', np.cos(t).astype(np.float32))
        self.constant('sin_cache', np.sin(t).astype(np.float32))

    def embedding(self):
        d, vocab = self.c['d'], self.c['vocab']
        weight, scales = self.packed['model.embed_tokens.weight']
        table = self.constant('model.embed_tokens.weight_Q4', weight)
        factors = self.constant('model.embed_tokens.weight_scales', scales.reshape(-1))
        shape = self.constant('embed_shape', np.array([vocab, d // 2]))
        self.node('Reshape', [table, shape], '/model/embed_tokens/table')
        shape = self.constant('embed_scale_shape', np.array([vocab, d // 32]))
        self.node('Reshape', [factors, shape], '/model/embed_tokens/scales')
        return self.node(
            'GatherBlockQuantized',
            ['/model/embed_tokens/table', 'input_ids', '/model/embed_tokens/scales'],
            '/model/embed_tokens/output_0',
            MICROSOFT,
            '/model/embed_tokens/Gather',
            gather_axis=0,
            quantize_axis=1,
            block_size=32,
            bits=4,
        )

    def attention(self, y, i):
        c, key, a = self.c, 'model.layers.%d.self_attn.' % i, '/model/layers.%d/attn/' % i
        q, k, v = (self.linear(y, key + '%s_proj' % n, a + '%s_proj/MatMul' % n) for n in 'qkv')
        past = ['past_key_values.%d.%s' % (i, n) for n in ('key', 'value')]
        present = ['present.%d.%s' % (i, n) for n in ('key', 'value')]
        a += 'GroupQueryAttention'
        self.node(
            'GroupQueryAttention',
            [q, k, v, *past, 'seqlens_k', 'total_seq_len', 'cos_cache', 'sin_cache'],
            [a + '/output_0', *present],
            MICROSOFT,
            a,
            num_heads=c['heads'],
            kv_num_heads=c['kv'],
            do_rotary=1,
            rotary_interleaved=0,
            scale=1 / math.sqrt(c['d'] // c['heads']),
            local_window_size=-1,
        )
        return self.linear(a + '/output_0', key + 'o_proj', '/model/layers.%d/attn/o_proj/MatMul' % i)

    def feed_forward(self, y, i):
        key, p = 'model.layers.%d.mlp.' % i, '/model/layers.%d/mlp/' % i
        gate, up = (self.linear(y, key + '%s_proj' % n, p + '%s_proj/MatMul' % n) for n in ('gate', 'up'))
        sigmoid = self.node('Sigmoid', [gate], p + 'act_fn/Sigmoid/output_0')
        silu = self.node('Mul', [gate, sigmoid], p + 'act_fn/output_0')
        product = self.node('Mul', [silu, up], p + 'Mul/output_0')
        return self.linear(product, key + 'down_proj', p + 'down_proj/MatMul')

    def layer(self, x, i):
        key, p = 'model.layers.%d.' % i, '/model/layers.%d/' % i
        y = self.norm(x, key + 'input_layernorm.weight', p + 'input_layernorm')
        x = self.node('Add', [x, self.attention(y, i)], p + 'attn/residual')
        y = self.norm(x, key + 'post_attention_layernorm.weight', p + 'post_attention_layernorm')
        return self.node('Add', [x, self.feed_forward(y, i)], p + 'mlp/residual')

    def head(self, y):
        self.node(
            'MatMulNBits',
            [y, 'model.embed_tokens.weight_Q4', 'model.embed_tokens.weight_scales'],
            'logits',
            MICROSOFT,
            '/lm_head/MatMul_Q4',
            K=self.c['d'],
            N=self.c['vocab'],
            bits=4,
            block_size=32,
            accuracy_level=4,
        )


def build(ck, path):
    """Writes the graph of a checkpoint {c, m, packed}, as quantize.py makes it."""
    c = ck['c']
    g = ReaderGraph(c, ck['m'], ck['packed'])
    g.lengths()
    g.rotary()
    x = g.embedding()
    for i in range(c['layers']):
        x = g.layer(x, i)
    g.head(g.norm(x, 'model.norm.weight', '/model/norm'))

    def cache(name, length):
        return helper.make_tensor_value_info(name, FLOAT, ['batch_size', c['kv'], length, c['d'] // c['heads']])

    def tokens(name, length):
        return helper.make_tensor_value_info(name, TensorProto.INT64, ['batch_size', length])

    inputs = [tokens('input_ids', 'sequence_length'), tokens('attention_mask', 'total_sequence_length')]
    outputs = [helper.make_tensor_value_info('logits', FLOAT, ['batch_size', 'sequence_length', c['vocab']])]
    for i in range(c['layers']):
        for n in ('key', 'value'):
            inputs.append(cache('past_key_values.%d.%s' % (i, n), 'past_sequence_length'))
            outputs.append(cache('present.%d.%s' % (i, n), 'total_sequence_length'))
    opsets = [helper.make_opsetid('', 21), helper.make_opsetid(MICROSOFT, 1)]
    onnx.save(g.model(READER, inputs, outputs, opset_imports=opsets, ir_version=10), path)


def check(ck, path):
    """Whether ONNX says what torch does on the dequantised weights, whole prompt at once and token by token with the cache."""
    import onnxruntime as ort

    from model import Reader

    c = ck['c']
    m = Reader(c)
    m.load_state_dict(ck['m'])
    m.eval()
    s = ort.InferenceSession(path, providers=['CPUExecutionProvider'])
    ids = np.random.RandomState(0).randint(6, c['vocab'], (1, 48))
    with torch.no_grad():
        a = m(torch.from_numpy(ids)).numpy()

    def run(x, past, T):
        fd = {'input_ids': x, 'attention_mask': np.ones((1, T), np.int64)}
        for layer in range(c['layers']):
            for j, n in enumerate(('key', 'value')):
                fd['past_key_values.%d.%s' % (layer, n)] = past[2 * layer + j]
        return s.run(None, fd)

    past = [np.zeros((1, c['kv'], 0, c['d'] // c['heads']), np.float32)] * (2 * c['layers'])
    o = run(ids[:, :40], past, 40)
    lg, past = [o[0]], o[1:]
    for i in range(40, 48):
        o = run(ids[:, i : i + 1], past, i + 1)
        lg.append(o[0])
        past = o[1:]
    b = np.concatenate(lg, 1)
    agree = float((a.argmax(-1) == b.argmax(-1)).mean())
    error, size = np.abs(a - b).max() / np.abs(a).max(), os.path.getsize(path) / 1e6
    print(
        'onnx vs torch (dequantised): relative max error %.4f, argmax agreement %.3f, file %.2f MB'
        % (error, agree, size)
    )
    return agree >= AGREE


def main(src, tokdir, out):
    ck = torch.load(src, weights_only=False)
    c = ck['c']
    os.makedirs(os.path.join(out, 'onnx'), exist_ok=True)
    path = os.path.join(out, 'onnx', 'model_q4.onnx')
    build(ck, path)
    if not check(ck, path):
        sys.exit('The graph does not say what the weights say: %s' % path)
    cfg = dict(
        architectures=['LlamaForCausalLM'],
        model_type='llama',
        **{hub: c[own] for own, hub in HUB_NAMES.items()},
        head_dim=c['d'] // c['heads'],
        rope_scaling=None,
        rms_norm_eps=1e-5,
        hidden_act='silu',
        tie_word_embeddings=True,
        attention_bias=False,
        mlp_bias=False,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
        initializer_range=0.02,
        use_cache=True,
        torch_dtype='float32',
    )
    write_layout(out, tokdir, cfg)
    generation = dict(eos_token_id=1, pad_token_id=0, do_sample=False, max_new_tokens=96)
    write_json(generation, os.path.join(out, 'generation_config.json'))


if __name__ == '__main__':
    main(*sys.argv[1:4])
