"""Attention by pieces against the dense masked one, on packed rows: outputs and gradients must be equal.

usage: check_attention.py     Ends with 1 where they differ by more than rounding.
"""

import numpy as np
import torch
import torch.nn.functional as F

from attention import HIDDEN, Pieced, pieces

SIZE, HEADS, KEY_HEADS = 16, 6, 2
# documents of a row: tokens of the prefix, then of each branch
ROWS = [[(70, 9, 3, 12), (300,), (5, 140, 20, 30)], [(129, 130), (1, 1), (40, 60, 60, 60)]]


def rows(T):
    branches, documents = np.zeros((len(ROWS), T), np.int64), np.full((len(ROWS), T), -1, np.int64)
    for i, row in enumerate(ROWS):
        n = 0
        for d, lengths in enumerate(row):
            for b, m in enumerate(lengths):
                branches[i, n : n + m], documents[i, n : n + m] = b, d
                n += m
    return branches, documents


def dense(q, k, v, branches, documents):
    b, d = torch.from_numpy(branches), torch.from_numpy(documents)
    R, T = b.shape
    seen = (d[:, :, None] == d[:, None, :]) & torch.ones(T, T, dtype=torch.bool).tril()
    seen &= (b[:, None, :] == 0) | (b[:, None, :] == b[:, :, None])
    mask = torch.zeros(seen.shape).masked_fill(~seen, HIDDEN)[:, None]
    q, k, v = (x.view(x.size(0), R, T, SIZE).transpose(0, 1) for x in (q, k, v))
    y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, enable_gqa=True)
    return y.transpose(0, 1).reshape(HEADS, R * T, SIZE)


def main():
    torch.manual_seed(0)
    branches, documents = rows(640)
    live = torch.from_numpy(documents.reshape(-1) >= 0)
    inputs = [torch.randn(h, live.numel(), SIZE, requires_grad=True) for h in (HEADS, KEY_HEADS, KEY_HEADS)]
    given = torch.randn(HEADS, live.numel(), SIZE) * live[None, :, None]
    both = []
    for y in (
        dense(*inputs, branches, documents),
        Pieced.apply(*inputs, [p._replace(mask=p.mask.float()) for p in pieces(branches, documents)]),
    ):
        both.append((y * live[None, :, None], *torch.autograd.grad(y, inputs, given)))
    worst = 0.0
    for name, a, b in zip(('output', 'queries', 'keys', 'values'), *both):
        error = ((a - b).abs().max() / a.abs().max()).item()
        worst = max(worst, error)
        print('%-8s greatest difference %.1e of the greatest value' % (name, error))
    raise SystemExit(worst > 1e-5)


if __name__ == '__main__':
    main()
