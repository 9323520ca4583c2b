"""Train and export the passage embedder. usage: train_embedder.py TOK_DIR DATA_DIR READER_PT OUT_DIR MINUTES [THREADS]

A three-layer BERT-style encoder; mean pooling and normalising are done by the caller. Question -> passage and heading -> passage
pairs with in-batch negatives; every batch holds several passages of the same organisation, so names alone do not decide.
"""

import os
import random
import sys
import time

import numpy as np
import onnxruntime as ort
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import readings
from embedder.encoder import CFG, Encoder, pad
from embedder.export import export
from embedder.pairs import pairs, reading_pairs, real_pairs
from hub_layout import write_layout
from json_files import read_json, write_json
from muon import Muon
from store import Store


def draw(r, step, store, files):
    """(queries, passages) of a step; the passages begin with those that the queries should find."""
    if step % 4 == 1:
        return pairs(r, 10, 6) if step % 8 == 1 else pairs(r, 4, 15)
    return real_pairs(r, store, 48, files) if step % 4 == 3 else reading_pairs(r, files, 48)


def main(tokdir, data, reader, out, minutes, threads=1):
    torch.set_num_threads(threads)
    torch.manual_seed(5)
    tok = Tokenizer.from_file(os.path.join(tokdir, 'tokenizer.json'))
    c = {**CFG, 'vocab': tok.get_vocab_size()}
    m = Encoder(c)
    if reader != '-':
        w = torch.load(reader, weights_only=False)['m']['model.embed_tokens.weight'].float()
        if w.size(1) > c['d']:  # the widest directions of the reader's table
            w = w @ torch.linalg.svd(w, full_matrices=False).Vh[: c['d']].T
        m.word.weight.data[:, : w.size(1)] = w * (0.02 / w.std())
    store = Store(data)
    files = readings.load(False)
    print('params %.2fM' % (sum(p.numel() for p in m.parameters()) / 1e6), flush=True)
    mats = [p for n, p in m.named_parameters() if p.dim() == 2 and 'layers' in n]
    rest = [p for n, p in m.named_parameters() if not (p.dim() == 2 and 'layers' in n)]
    opt, muon = torch.optim.AdamW(rest, lr=1e-3, weight_decay=0.0), Muon(mats)
    r = random.Random(31)
    t0 = last = time.time()
    step, acc = 0, 0
    while (fr := (time.time() - t0) / (minutes * 60)) < 1:
        Q, P = draw(r, step, store, files)
        q, p = pad(tok.encode_batch(Q), 64), pad(tok.encode_batch(P), 256)
        with torch.autocast('cpu', torch.bfloat16):
            a, b = m.embed(*q), m.embed(*p)
        sim = a.float() @ b.float().T / 0.05
        y = torch.arange(len(Q))
        loss = F.cross_entropy(sim, y) + 0.3 * F.cross_entropy(sim[:, : len(Q)].T, y)
        loss.backward()
        k = min(1, (step + 1) / 30) * max(0.02, min(1, (1 - fr) / 0.5))
        for g in opt.param_groups:
            g['lr'] = 1e-3 * k
        opt.step()
        opt.zero_grad()
        muon.step(0.01 * k)
        step += 1
        hit = (sim.argmax(1) == y).float().mean().item()
        acc = hit if step == 1 else 0.95 * acc + 0.05 * hit
        if time.time() - last > 30:
            last = time.time()
            print(
                'embedder t %ds step %d loss %.3f top-1 in batch %.3f' % (last - t0, step, loss.item(), acc), flush=True
            )
    os.makedirs(os.path.join(out, 'onnx'), exist_ok=True)
    m.eval()
    path = os.path.join(out, 'onnx', 'model_quantized.onnx')
    export(m, c, path)
    cfg = dict(
        architectures=['BertModel'],
        model_type='bert',
        vocab_size=c['vocab'],
        hidden_size=c['d'],
        num_hidden_layers=c['layers'],
        num_attention_heads=c['heads'],
        intermediate_size=c['ff'],
        hidden_act='gelu',
        max_position_embeddings=c['ctx'],
        type_vocab_size=2,
        layer_norm_eps=1e-5,
        pad_token_id=0,
        position_embedding_type='absolute',
    )
    write_layout(out, tokdir, cfg)
    tc = read_json(os.path.join(out, 'tokenizer_config.json'))
    tc['model_max_length'] = c['ctx']
    tc.pop('chat_template', None)
    write_json(tc, os.path.join(out, 'tokenizer_config.json'))
    s = ort.InferenceSession(path, providers=['CPUExecutionProvider'])
    ids, att = pad(
        tok.encode_batch(['Who leads the Tolvar office?', 'The head of the Tolvar office is Mara Vell.']), 64
    )
    o = s.run(None, dict(input_ids=ids.numpy(), attention_mask=att.numpy(), token_type_ids=np.zeros_like(ids.numpy())))[
        0
    ]
    with torch.no_grad():
        e = m(ids, att).numpy()
    k = att.numpy().astype(bool)
    print(
        'int8 vs float cosine %.4f, file %.2f MB, %d steps'
        % ((o[k] * e[k]).sum() / np.linalg.norm(o[k]) / np.linalg.norm(e[k]), os.path.getsize(path) / 1e6, step),
        flush=True,
    )


if __name__ == '__main__':
    a = sys.argv
    main(*a[1:5], float(a[5]), int(a[6]) if len(a) > 6 else 1)
