"""Invented handbooks that training never saw, with hard distractors."""

import random

from invented.facts import new_fact, new_facts
from invented.names import org
from invented.passages import DRAFT, NEW, OLD, passage
from measure.answers import judge, rates


def synthetic_item(r):
    """(fact, its passage, [(kind, distractor)] five of them, hard ones first), about entities that training never saw."""
    e = org(r)
    keys, main = set(), []
    while len(main) < r.choice((2, 3, 3)):
        f = new_fact(r, e, keys)
        keys.add(f.key)
        main.append(f)
    f = main[0]
    gold = passage(r, e, main, NEW if r.random() < 0.25 else None, fillers=r.choice((0, 1)))

    def make(kind):
        if kind == 'other':
            e2 = org(r)
            facts = [new_fact(r, e2, like=f, other_than=f.value)] + new_facts(r, e2, keys, r.choice((1, 2)))
            return passage(r, e2, facts, fillers=r.choice((0, 1)))
        if kind in ('old', 'draft'):
            facts = [new_fact(r, e, like=g, other_than=g.value) for g in main[: r.choice((1, 2))]]
            return passage(r, e, facts, OLD if kind == 'old' else DRAFT, fillers=r.choice((0, 1)))
        e2 = e if kind == 'same' else org(r)
        return passage(r, e2, new_facts(r, e2, keys, r.choice((2, 3))), fillers=r.choice((0, 1)))

    k1 = r.choice(('other', 'other', 'old', 'draft'))
    k2 = r.choice([k for k in ('other', 'old', 'draft') if k != k1])
    kinds = [k1, k2, r.choice(('same', 'easy')), 'other', r.choice(('old', 'draft', 'other'))]
    return f, gold, [(k, make(k)) for k in kinds]


def order(r, gold, others):
    """The passages shuffled, and the number (from 1) of the gold one, None where there is none."""
    ps = [gold] + others if gold else list(others)
    idx = list(range(len(ps)))
    r.shuffle(idx)
    return [ps[i] for i in idx], (idx.index(0) + 1 if gold else None)


def run_synthetic(model, name, n, held):
    """Rates of n items by condition, asked in wordings that training used or (`held`) in those that it never uses."""
    r = random.Random(4242)
    res = {}

    def put(condition, *judged, **more):
        res.setdefault(condition, []).append(judge(name, *judged, **more))

    for _ in range(n):
        f, gold, others = synthetic_item(r)
        q = f.question(r, held)
        if held:
            put('no passages', model(q), f.value)
        for k, condition in ((0, 'gold only'), (1, 'gold + 1'), (3, 'gold + 3'), (5, 'gold + 5')):
            ps, at = order(r, gold, [d for _, d in others[:k]])
            put(condition, model(q, ps), f.value, gold=at)
        if held:
            ps, _ = order(r, None, [d for kind, d in others if kind not in ('old', 'draft')][:3])
            put('no gold (hard)', model(q, ps), None)
            g = new_fact(r, f.entity, {f.key})
            q = f.question(r, held)
            facts = [x for x in [new_fact(r, f.entity, {f.key}), g] if x.key != f.key]
            put('no gold (one passage)', model(q, [passage(r, f.entity, facts, fillers=1)]), None)
    return {c: rates(v) for c, v in res.items()}
