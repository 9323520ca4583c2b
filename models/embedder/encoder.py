"""A BERT-style encoder; mean pooling and normalising are done by the caller."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

CFG = dict(vocab=4096, d=256, layers=3, heads=8, ff=512, ctx=384)


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        d = c['d']
        self.h = c['heads']
        self.q, self.k, self.v, self.o = (nn.Linear(d, d) for _ in range(4))
        self.ln1, self.ln2 = nn.LayerNorm(d, eps=1e-5), nn.LayerNorm(d, eps=1e-5)
        self.up, self.down = nn.Linear(d, c['ff']), nn.Linear(c['ff'], d)
        # Its two halves add nothing at first: the encoder begins as the mean of its words.
        for last in (self.o, self.down):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x, mask):
        B, T, d = x.shape
        q, k, v = (f(x).view(B, T, self.h, d // self.h).transpose(1, 2) for f in (self.q, self.k, self.v))
        # By hand: on a processor the backward pass of torch's own takes three times as long at these lengths.
        a = (q @ k.transpose(2, 3) / (d // self.h) ** 0.5 + mask.to(q.dtype)).softmax(-1).to(v.dtype)
        y = (a @ v).transpose(1, 2).reshape(B, T, d)
        x = self.ln1(x + self.o(y))
        return self.ln2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.word = nn.Embedding(c['vocab'], c['d'])
        self.pos = nn.Embedding(c['ctx'], c['d'])
        self.kind = nn.Embedding(2, c['d'])
        # Places say next to nothing while words are learnt.
        for e, size in ((self.word, 0.02), (self.kind, 0.02), (self.pos, 1e-3)):
            nn.init.normal_(e.weight, 0, size)
        self.ln = nn.LayerNorm(c['d'], eps=1e-5)
        self.layers = nn.ModuleList([Layer(c) for _ in range(c['layers'])])

    def forward(self, ids, att):
        x = self.ln(self.word(ids) + self.pos.weight[: ids.size(1)] + self.kind.weight[0])
        mask = torch.zeros(att.shape).masked_fill(att == 0, -1e9)[:, None, None]
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def embed(self, ids, att):
        x = self(ids, att).float()
        a = att[..., None].float()
        return F.normalize((x * a).sum(1) / a.sum(1), dim=-1)


def pad(encs, ctx):
    n = min(ctx, max(len(e.ids) for e in encs))
    ids, att = np.zeros((len(encs), n), np.int64), np.zeros((len(encs), n), np.int64)
    for i, e in enumerate(encs):
        k = min(n, len(e.ids))
        ids[i, :k], att[i, :k] = e.ids[:k], 1
    return torch.from_numpy(ids), torch.from_numpy(att)
