"""Documents packed into training rows.

A document is a prefix (the passages) with several branches (question and answer). In a row every branch sees the prefix and
itself only, and its position ids continue from the prefix, so training equals a chat of one turn.
"""

import random
from typing import NamedTuple

import numpy as np

from invented.names import name, org, person
from invented.values import code, date, hours, thing
from pointing import Passages

CONTEXT = 1024  # position ids stay below it


class Packed(NamedTuple):
    """A packed document: lists of tokens, weights in the loss, branches and positions, and the Looks of pointing.py."""

    ids: list
    weights: list
    branches: list
    positions: list
    looks: list


class Packer:
    """T tokens in a row; lm is the weight of a passage's tokens in the loss (an answer's have 1)."""

    def __init__(self, tok, T=512, lm=0.15, seed=0):
        self.tok, self.T, self.lm, self.r = tok, T, lm, random.Random(seed)
        self.left = []  # documents made and not yet placed
        self.nvocab = tok.get_vocab_size()
        self.pointing = False  # whether documents say where heads should look

    def enc(self, texts):
        return [e.ids for e in self.tok.encode_batch(texts)]

    def pack_doc(self, prefix, branches, gap_p=0.3):
        """The Packed document of a prefix and its branches [(question text, answer text)].

        gap_p is the chance that position ids are spread, as if more stood between.
        """
        r = self.r
        coded = self.tok.encode_batch([prefix] + [x for qa in branches for x in qa])
        e = [c.ids for c in coded]
        pre = e[0][: self.T - 8]
        ids, w, br = list(pre), [self.lm] * len(pre), [0] * len(pre)
        pos = list(range(len(pre)))
        start = len(pre)
        if r.random() < gap_p and len(pre) > 40:  # spread position ids so that longer prompts are not strange
            longest = max(len(q) + len(a) for q, a in zip(e[1::2], e[2::2]))
            total = max(0, min(r.randint(0, max(0, 940 - len(pre))), CONTEXT - len(pre) - longest))
            cuts = sorted(r.randint(1, len(pre)) for _ in range(r.randint(1, 3)))
            add = sorted(r.randint(0, total) for _ in cuts)
            j, off = 0, 0
            for i in range(len(pre)):
                while j < len(cuts) and cuts[j] <= i:
                    off = add[j]
                    j += 1
                pos[i] = i + off
            start = len(pre) + add[-1]
        passages = Passages(prefix, coded[0], len(pre)) if self.pointing else None
        looks = list(passages.known()) if passages else []
        for b, (qi, ai) in enumerate(zip(e[1::2], e[2::2]), 1):
            if len(ids) + len(qi) + len(ai) > self.T:
                break
            if passages:
                looks += passages.found(coded[2 * b - 1], branches[b - 1][1], coded[2 * b], len(ids) + len(qi))
            ids += qi + ai
            w += [self.lm * 0.5] * len(qi) + [1.0] * len(ai)
            br += [b] * (len(qi) + len(ai))
            pos += range(start, start + len(qi) + len(ai))
        w[0] = 0
        return Packed(ids, w, br, pos, looks)

    def copy_doc(self):
        """A list repeated from a random start: the quickest way to learn copying."""
        r = self.r
        if r.random() < 0.6:
            k = r.randint(8, 60)
            a = [r.randint(6, self.nvocab - 1) for _ in range(k)]
            o = r.randrange(max(1, k - 6))
            b = a[o:]
        else:
            it = [r.choice((name, person, org, date, thing, code, hours))(r) for _ in range(r.randint(5, 16))]
            o = r.randrange(max(1, len(it) - 3))
            a, b = self.enc([', '.join(it) + '.', ', '.join(it[o:]) + '.'])
        a, b = a[: self.T // 2 - 1], b[: self.T // 2 - 1]
        ids = a + b
        return Packed(ids, [0.0] * (len(a) + 1) + [1.0] * (len(b) - 1), [0] * len(ids), list(range(len(ids))), [])

    def batch(self, B, make):
        """B rows of T tokens, filled with documents from make(): arrays [B, T] of tokens, weights, branches, positions, documents."""
        return fill_rows(B, self.T, self.left, 40, lambda: (make(), 0))[:5]


def fill_rows(B, T, waiting, ready, make):
    """B rows of T tokens: arrays [B, T] of tokens, weights, branches, positions, documents and kinds, and an array [n, 4] of the
    Looks in them, whose places are those of the flattened rows.

    make() returns (packed document, its kind). waiting holds such, at least `ready` to choose from; what is not placed stays there.
    """
    X, Bn, P, K = (np.zeros((B, T), np.int64) for _ in range(4))
    W = np.zeros((B, T), np.float32)
    D = np.full((B, T), -1, np.int64)
    looks = []
    for i in range(B):
        n = d = 0
        while True:
            while len(waiting) < ready:
                made = make()
                if len(made[0].ids) <= T:
                    waiting.append(made)
            fit = [j for j, (doc, _) in enumerate(waiting) if len(doc.ids) <= T - n]
            if not fit:
                break
            # the oldest first, then what fits best
            j = fit[0] if n == 0 else max(fit, key=lambda j: len(waiting[j][0].ids))
            doc, kind = waiting.pop(j)
            m = len(doc.ids)
            X[i, n : n + m], W[i, n : n + m], Bn[i, n : n + m], P[i, n : n + m] = doc[:4]
            looks += [(what, *(x + i * T + n for x in places)) for what, *places in doc.looks]
            D[i, n : n + m], K[i, n : n + m] = d, kind
            d += 1
            n += m
    return X, W, Bn, P, D, K, np.array(looks, np.int64).reshape(-1, 4)
