"""Train and export the passage embedder. usage: train_embedder.py TOK_DIR DATA_DIR READER_PT OUT_DIR MINUTES [THREADS]

A three-layer BERT-style encoder; mean pooling and normalising are done by the caller. For the first seventh of MINUTES (of the
processor's time for one thread) only its table of words and the last norm learn, without its layers: a text is then the mean of
its words, and a passage costs a fortieth. Then all of it. InfoNCE with the batch's other passages as negatives; most batches hold
passages of one file or body, so that neither names nor topics alone decide.
"""

import os
import random
import sys

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
from progress import Progress
from store import Store

WORDS = 1 / 7
# Of their learning rates; the layers begin as if they were not there, and steps too long undo what the words have learnt.
ADAMW, MUON = 5e-4, 2e-3
PARTS = 12


def draw(r, step, store, files, size=1):
    """(queries, passages, the index of each query's passage) of a step, 48 to 64 passages times size."""
    if step % 4 == 1:
        few, many = (10, 6) if step % 8 == 1 else (4, 15)
        return pairs(r, few, many * size, each=2)
    if step % 4 == 3:
        return real_pairs(r, store, 48 * size, files)
    return reading_pairs(r, files, 48 * size, each=3, more=16 * size)


def info_nce(a, b, right):
    """The loss of queries a for their passages b[right], and the share that finds its own first."""
    sim = a.float() @ b.float().T / 0.05
    own = torch.tensor(right)
    others_hidden = torch.full((len(b), len(a)), -1e9)
    others_hidden[own, torch.arange(len(a))] = 0
    # The other way round every query of a passage is right.
    passages = torch.logsumexp(sim.T, 1) - torch.logsumexp(sim.T + others_hidden, 1)
    loss = F.cross_entropy(sim, own) + 0.3 * passages[own.unique()].mean()
    return loss, (sim.argmax(1) == own).float().mean().item()


def bags(table, encs, most, r):
    """The mean of each text's rows of table, a tenth of its tokens left out."""
    ids = [np.array(e.ids[:most]) for e in encs]
    ids = [k if len(k) < 4 else k[r.random(len(k)) > 0.1] for k in ids]
    ends = np.cumsum([len(k) for k in ids])
    starts = torch.from_numpy(np.concatenate([[0], ends[:-1]]))
    return F.normalize(F.embedding_bag(torch.from_numpy(np.concatenate(ids)), table, starts, mode='mean'), dim=-1)


def sorted_embed(m, encs, most):
    """As m.embed, in parts of texts of about equal length, which are padded less."""
    order = sorted(range(len(encs)), key=lambda i: len(encs[i].ids))
    cuts = np.array_split(np.array(order), min(PARTS, len(order)))
    made = torch.cat([m.embed(*pad([encs[i] for i in cut], most)) for cut in cuts])
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return made[back]


def told(at, loss, hits, hit):
    hits.append(hit)
    if at.stepped():
        at.tell('loss %.3f top-1 in batch %.3f' % (loss.item(), sum(hits) / len(hits)))
        hits.clear()


def train_words(m, tok, source, minutes):
    last = m.layers[-1].ln2
    opt = torch.optim.AdamW([m.word.weight, last.weight, last.bias], lr=2e-3, weight_decay=0.0)
    at, r, hits = Progress('words', minutes), np.random.default_rng(7), []
    while (fr := at.share) < 1:
        Q, P, right = source(at.step, 6)
        table = last(m.ln(m.word.weight + m.kind.weight[0]))
        loss, hit = info_nce(bags(table, tok.encode_batch(Q), 64, r), bags(table, tok.encode_batch(P), 256, r), right)
        loss.backward()
        opt.param_groups[0]['lr'] = 2e-3 * min(1, (at.step + 1) / 30) * max(0.1, min(1, 1.25 - fr))
        opt.step()
        m.zero_grad()
        told(at, loss, hits, hit)


def train_all(m, tok, source, minutes):
    mats = [p for n, p in m.named_parameters() if p.dim() == 2 and 'layers' in n]
    rest = [p for n, p in m.named_parameters() if not (p.dim() == 2 and 'layers' in n)]
    opt, muon = torch.optim.AdamW(rest, lr=ADAMW, weight_decay=0.0), Muon(mats)
    at, hits = Progress('embedder', minutes), []
    while (fr := at.share) < 1:
        Q, P, right = source(at.step, 2)
        with torch.autocast('cpu', torch.bfloat16):
            a, b = m.embed(*pad(tok.encode_batch(Q), 64)), sorted_embed(m, tok.encode_batch(P), 256)
        loss, hit = info_nce(a, b, right)
        loss.backward()
        k = min(1, (at.step + 1) / 150) * max(0.02, min(1, (1 - fr) / 0.6))
        opt.param_groups[0]['lr'] = ADAMW * k
        opt.step()
        opt.zero_grad()
        muon.step(MUON * k)
        told(at, loss, hits, hit)
    return at.step


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
    store, r = Store(data), random.Random(31)
    files = readings.load(False)
    print('params %.2fM' % (sum(p.numel() for p in m.parameters()) / 1e6), flush=True)

    def source(step, size):
        return draw(r, step, store, files, size)

    train_words(m, tok, source, minutes * WORDS)
    step = train_all(m, tok, source, minutes * (1 - WORDS))
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
