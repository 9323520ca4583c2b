"""The sample handbook and its questions, with the passages that BM25 finds next as distractors."""

import random

import numpy as np

import handbook
from measure.answers import judge, rates
from measure.bm25 import bm25
from measure.synthetic import order


def handbook_passages():
    """(sections, their (title, text), the BM25 score over them)."""
    found = handbook.sections()
    return found, [(t, x) for _, t, x in found], bm25(['%s %s' % (t, x) for _, t, x in found])


def run_handbook(model, name):
    """Rates by condition and kind of question."""
    found, passages, score = handbook_passages()
    r = random.Random(77)
    res = {}

    def put(c, row):
        res.setdefault(c, []).append(row)

    for q in handbook.questions():
        rank = [int(i) for i in np.argsort(-score(q['question']), kind='stable')]
        if q['kind'] == 'unanswerable':
            put('no gold, 1 passage', judge(name, model(q['question'], [passages[rank[0]]]), None))
            put('no gold, 4 passages', judge(name, model(q['question'], [passages[i] for i in rank[:4]]), None))
            continue
        g = next(i for i, s in enumerate(found) if s[0] + '.md' == q['document'] and q['evidence'] in s[2])
        near = [i for i in rank if i != g]
        tag = ' / ' + q['kind']
        put('no passages' + tag, judge(name, model(q['question']), q['answer'], q['answer_aliases']))
        for k in (0, 1, 3, 5):
            if k == 1 and q['kind'] == 'rephrased' and name not in ('base', 'robust-reader'):
                continue
            ps, at = order(r, passages[g], [passages[i] for i in near[:k]])
            put(
                ('gold + %d' % k if k else 'gold only') + tag,
                judge(name, model(q['question'], ps), q['answer'], q['answer_aliases'], at),
            )
    return {c: rates(v) for c, v in res.items()}
