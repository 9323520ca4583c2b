"""Tensors from packed rows."""

import numpy as np
import torch

from attention import pieces


def tensors(batch, keep=0.2):
    """Model inputs and the positions that carry loss: (x, positions, pieces, pick, y, w, info).

    batch: X tokens, W weights, Bn branches, P positions, D documents, each [rows, T], and perhaps K kinds. pick: flat positions
    that carry loss, y and w their targets and weights. These are all answer tokens (weights from 1), all plain text (weights from 0.3),
    and a random share `keep` of the tokens with smaller weights (passages), weighted up to the same sum. info: (Bn, D, which of
    pick are answers, K or None).
    """
    X, W, Bn, P, D = batch[:5]
    x, w = torch.from_numpy(X), torch.from_numpy(W)
    y, wy = torch.zeros_like(x), torch.zeros_like(w)
    y[:, :-1] = x[:, 1:]
    wy[:, :-1] = w[:, 1:]
    same = np.zeros(X.shape, bool)
    same[:, :-1] = (D[:, 1:] == D[:, :-1]) & (D[:, 1:] >= 0) & (Bn[:, 1:] == Bn[:, :-1])
    wy = wy * torch.from_numpy(same)
    small = wy < 0.3
    drop = small & (torch.rand(wy.shape) > keep)
    wy = torch.where(drop, torch.zeros(()), torch.where(small, wy / keep, wy))
    pick = (wy.reshape(-1) > 0).nonzero().squeeze(1)
    w1 = w.clone()
    w1[:, :-1] = w[:, 1:]
    answer = (w1 > 1 - 1e-3).reshape(-1)[pick]
    return (
        x,
        torch.from_numpy(P),
        pieces(Bn, D),
        pick,
        y.reshape(-1)[pick],
        wy.reshape(-1)[pick],
        (Bn, D, answer.numpy(), batch[5] if len(batch) > 5 else None),
    )


def by_answer(pick, info):
    """{answer: its places in pick, in order}; an answer is told by its row, document and branch (0: a list to copy)."""
    Bn, D, ans, _ = info
    p = pick.numpy()
    key = (p // Bn.shape[1]) * 1000000 + D.reshape(-1)[p] * 1000 + Bn.reshape(-1)[p]
    out = {}
    for i, (k, m) in enumerate(zip(key, ans)):
        if m:
            out.setdefault(int(k), []).append(i)
    return out


def answers_right(logits, y, w, pick, info, tasks=False):
    """(share, number) of whole answers predicted without a mistake (teacher forced); with tasks, {kind: [right, number]}."""
    good = (logits.argmax(-1) == y).numpy()
    answers = by_answer(pick, info)
    if not tasks:
        right = [bool(good[at].all()) for k, at in answers.items() if k % 1000]
        return sum(right) / max(1, len(right)), len(right)
    kind, out = info[3].reshape(-1)[pick.numpy()], {}
    for at in answers.values():
        a = out.setdefault(int(kind[at[0]]), [0, 0])
        a[0] += bool(good[at].all())
        a[1] += 1
    return out
