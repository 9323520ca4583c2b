"""Questions by people: the passage alone, with three others, and the three others alone."""

import collections
import random
import re

from measure.squad import graded, has_answer, percent
from prompts import ABSTAIN, prompt
from readings import flat


def _names_something(question):
    """Questions that name nothing ("Which church?") cannot be answered among several passages."""
    return len([w for w in re.findall(r'\w+', question) if len(w) > 3]) >= 3


def _others(r, text, same, every, answers):
    """Three passages without an answer: of the same article where there are any."""
    pool = [x for x in same if not has_answer(x, answers)]
    r.shuffle(pool)
    for _ in range(200):
        if len(pool) >= 3:
            break
        x = r.choice(every)
        if x != text and x not in pool and not has_answer(x, answers):
            pool.append(x)
    return pool[:3]


def _fitted(model, q, ps, gold):
    """(ids, number of cuts): the prompt, with the longest other passage shortened until it fits the context."""
    ids, cuts = model.tok.encode(prompt(q, ps)).ids, 0
    while len(ids) > model.ctx - 60 and len(ps) > 1:
        k = max((i for i in range(len(ps)) if i + 1 != gold), key=lambda i: len(ps[i][1]))
        if len(ps[k][1]) < 120:
            break
        cuts += 1
        ps[k] = (ps[k][0], ps[k][1][: int(len(ps[k][1]) * 0.75)].rsplit(' ', 1)[0])
        ids = model.tok.encode(prompt(q, ps)).ids
    return ids, cuts


def run(model, name, items, n, seed=17):
    """({condition: rates in percent}, a few answers to look at). items as squad.items_of gives them; n of them are asked."""
    r = random.Random(seed)
    items = list(items)
    r.shuffle(items)
    items = [x for x in items if _names_something(x[0])][:n]
    res = collections.defaultdict(list)
    cut = skipped = 0
    shown = []
    for q, answers, (title, text), same, every in items:
        others = _others(r, text, same, every, answers)
        for condition in ('gold', 'gold + 3', 'without'):
            ps = [('', flat(x)) for x in others] if condition != 'gold' else []
            if condition != 'without':
                ps.append((title if condition == 'gold' else '', flat(text)))
            r.shuffle(ps)
            gold = next((i + 1 for i, p in enumerate(ps) if p[1] == flat(text)), None)
            ids, cuts = _fitted(model, q, ps, gold)
            cut += cuts
            if len(ids) > model.ctx - 30:
                skipped += 1
                continue
            said = model.tok.decode(model(ids)).lstrip()
            row = dict(abstain=said.strip() == ABSTAIN)
            if condition != 'without':
                row.update(graded(said, answers, gold))
            res[condition].append(row)
            if len(shown) < 9:
                shown.append('%s | %s | Q %s | gold %s | said %s' % (name, condition, q, answers[0], said))
    out = percent(res)
    if cut or skipped:
        out['note'] = '%d shortenings of other passages, %d prompts too long and skipped' % (cut, skipped)
    return out, shown
