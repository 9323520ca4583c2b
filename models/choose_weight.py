"""What the embedder should weigh in the page's fusion, against 1 for BM25.
usage: choose_weight.py MODELS_DIR DATA_DIR      (DATA_DIR: what prepare.py wrote)

Prints recall@1, recall@5 and MRR in percent for each weight, and for some of a fusion by ranks, by what prepare.py holds out of every
training: questions by people and prose. The weight with the greatest mean MRR is the page's (WEIGHT in measure/finder.py, fusionWeight in src/retrieval/embedders.ts).
Invented handbooks are left out: new ones too are in the wordings that the embedder has learnt, and would make it look stronger than
it is. Never choose by the sample's questions, the reading set's test split or the open sets: they are tests.
"""

import os
import random
import sys
from functools import partial

import numpy as np

from embedder.pairs import prose_pairs
from measure.finder import WAYS, Embedder, by_ranks, fused, places, scores
from store import Store, clear

WEIGHTS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5)


def people(d):
    """Questions by people: (queries, passages, the index of each query's passage). `pairs` are of single sentences, of which a passage
    has three."""
    Q, P, right = [], [], []
    for src, groups in d.questions.items():
        if src == 'tables':
            continue
        n = 3 if src == 'pairs' else 1
        for contexts in groups.values():
            told = list(contexts)
            for some in (told[k : k + n] for k in range(0, len(told), n)):
                asked = [q['question'] for c in some for q in contexts[c] if clear(q['question'])]
                Q += asked
                right += [len(P)] * len(asked)
                P.append(' '.join(some)[:1100])
    return Q, P, right


def together(sets):
    """All passages as one library, as many of its questions from each set."""
    Q, P, right = [], [], []
    for queries, passages, own in sets:
        some = random.Random(5).sample(range(len(queries)), min(600, len(queries)))
        Q += [queries[i] for i in some]
        right += [len(P) + own[i] for i in some]
        P += passages
    return Q, P, right


def rates(p):
    return [100 * (p < 1).mean(), 100 * (p < 5).mean(), 100 * (1 / (p + 1)).mean()]


def main(root, data):
    embed = Embedder(os.path.join(root, 'models', 'embedder-tiny'))
    store, r = Store(data, held=True), random.Random(5)
    sets = {
        'questions by people': people(store),
        'prose': prose_pairs(r, store, 600),
    }
    sets['both as one library'] = together(list(sets.values()))
    rows = {}
    for name, (queries, passages, right) in sets.items():
        found = scores(embed, passages, list(zip(queries, right)))
        ways = {how: WAYS[how] for how in ('embedder', 'bm25')}
        ways.update({'ranks %.1f' % w: partial(by_ranks, weight=w) for w in WEIGHTS[1:4]})
        ways.update({'%.1f' % w: partial(fused, weight=w) for w in WEIGHTS})
        for how, way in ways.items():
            p = places(found, way)
            rows.setdefault(how, []).append(rates(p))
            print(
                '%-19s %5d %5d  %-9s %5.1f %5.1f %5.1f' % (name, len(queries), len(passages), how, *rows[how][-1]),
                flush=True,
            )
    for how, found in rows.items():
        print('%-31s  %-9s %5.1f %5.1f %5.1f' % ('mean', how, *np.mean(found, 0)))


if __name__ == '__main__':
    main(*sys.argv[1:3])
