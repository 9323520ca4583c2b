"""The exported 4-bit reader through onnxruntime, with an adapter added to its graph if wanted."""

import os
import re

import numpy as np
import onnx
import onnxruntime as ort
from onnx import helper, numpy_helper
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from json_files import read_json
from prompts import prompt


def with_lora(path, folder):
    """The graph as bytes with y += (x A^T) B^T * alpha / r behind every MatMulNBits of a linear (LoRA, Hu and others, 2021)."""
    m = onnx.load(path)
    cfg = read_json(os.path.join(folder, 'adapter_config.json'))
    w = load_file(os.path.join(folder, 'adapter_model.safetensors'))
    out, used = [], 0
    for n in m.graph.node:
        k = re.match(r'/model/layers\.(\d+)/(attn|mlp)/(\w+_proj)/MatMul_Q4', n.name)
        if not k:
            out.append(n)
            continue
        key = 'base_model.model.model.layers.%s.%s.%s.lora_' % (k[1], 'self_attn' if k[2] == 'attn' else 'mlp', k[3])
        down = w[key + 'A.weight'].astype(np.float32).T
        up = w[key + 'B.weight'].astype(np.float32).T * (cfg['lora_alpha'] / cfg['r'])
        y, p = n.output[0], n.name
        n.output[0] = y + '/base'
        for part, array in (('/A', down), ('/B', up)):
            m.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(array), p + part))
        out += [
            n,
            helper.make_node('MatMul', [n.input[0], p + '/A'], [p + '/xA'], name=p + '/mA'),
            helper.make_node('MatMul', [p + '/xA', p + '/B'], [p + '/xAB'], name=p + '/mB'),
            helper.make_node('Add', [y + '/base', p + '/xAB'], [y], name=p + '/add'),
        ]
        used += 2
    assert used == len(w), (used, len(w))
    del m.graph.node[:]
    m.graph.node.extend(out)
    return m.SerializeToString()


class ExportedReader:
    """Greedy decoding with a cache. folder holds config.json, tokenizer.json and onnx/model_q4.onnx; adapter is a PEFT folder."""

    def __init__(self, folder, threads=1, adapter=None):
        c = read_json(os.path.join(folder, 'config.json'))
        self.tok = Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
        path = os.path.join(folder, 'onnx', 'model_q4.onnx')
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        graph = with_lora(path, adapter) if adapter else path
        self.session = ort.InferenceSession(graph, options, providers=['CPUExecutionProvider'])
        layers = range(c['num_hidden_layers'])
        self.names = ['past_key_values.%d.%s' % (n, k) for n in layers for k in ('key', 'value')]
        self.empty = np.zeros((1, c['num_key_value_heads'], 0, c['head_dim']), np.float32)
        self.ctx = c['max_position_embeddings']

    def __call__(self, ids, limit=72):
        """The tokens that follow, up to <|end|> (1), `limit`, or the end of the context."""
        past = [self.empty] * len(self.names)
        x, length, out = np.array([ids], np.int64), len(ids), []
        while len(out) < limit and length < self.ctx - 1:
            feeds = dict(zip(self.names, past), input_ids=x, attention_mask=np.ones((1, length), np.int64))
            logits, *past = self.session.run(None, feeds)
            token = int(logits[0, -1].argmax())
            if token == 1:
                break
            out.append(token)
            x, length = np.array([[token]], np.int64), length + 1
        return out

    def answer(self, question, passages=None, limit=96):
        return self.tok.decode(self(self.tok.encode(prompt(question, passages)).ids, limit)).lstrip()
