"""Queries and the passages that they should find: (queries, passages, the index of each query's passage)."""

import readings
from cloze.questions import question
from cloze.sentences import sentences
from invented.facts import new_facts
from invented.names import generic, org
from invented.passages import passage
from kinds.prose import SOURCES
from store import clear, weighted


def pairs(r, ents, per, held=False, each=1):
    """`per` passages about each of `ents` organisations, no rule stated twice for one of them, each asked for by `each` queries."""
    Q, P, right = [], [], []
    for _ in range(ents):
        e, keys = org(r), set()
        for _ in range(per):
            fs = new_facts(r, e, keys, r.choice((1, 2, 3, 3, 4)))
            t, x = passage(r, e, fs)
            if r.random() < 0.12 and not held and t:
                q = [t]
                t = ''
            else:
                some = [r.choice(fs)] if each == 1 else r.sample(fs, min(each, len(fs)))
                q = [f.question(r, held, generic(e, r) if r.random() < 0.2 else None) for f in some]
            Q += q
            right += [len(P)] * len(q)
            P.append('(%s) %s' % (t, x) if t else x)
    return Q, P, right


def shown(r, item, titled):
    """A passage of the reading set as it is embedded; titled is the chance of a title."""
    text = readings.flat(item['text'])[:1100]
    return '(%s) %s' % (readings.title(r, item) or item['title'], text) if r.random() < titled else text


def reading_pairs(r, files, n, each=1, more=16):
    """n passages of one file of the reading set, near each other there, so that many are of one body or trade, each asked for by
    `each` queries, and behind them up to `more` look-alikes of them (old versions, drafts, other bodies)."""
    items = r.choices(files, [len(f) for f in files])[0]
    first = r.randrange(len(items))
    some = r.sample([items[(first + k) % len(items)] for k in range(min(len(items), 2 * n))], min(n, len(items)))
    Q, P, right = [], [], []
    for i in some:
        for q, _, _ in r.sample(i['questions'], min(each, len(i['questions']))):
            Q.append(readings.named(r, q, i) if r.random() < 0.15 else q)
            right.append(len(P))
        P.append(shown(r, i, 0.75))
    alike = [x for i in some for x in i['alike']]
    return Q, P + [shown(r, x, 0.75) for x in r.sample(alike, min(more, len(alike)))], right


def _asked_pair(r, d):
    """A question by people and its passage, or None."""
    src = r.choice(('qamr', 'pairs', 'pairs', 'qed'))
    if not d.groups.get(src):
        return None
    ctx = d.questions[src][r.choice(d.groups[src])]
    x = r.choice(list(ctx))
    q = r.choice(ctx[x])['question']
    if src == 'pairs':  # a few sentences of the same article as the passage
        k = list(ctx).index(x)
        x = ' '.join(list(ctx)[max(0, k - r.randint(0, 2)) : k + r.randint(1, 3)])
    return (q, x) if clear(q) else None


def _prose_pair(r, d):
    """A heading, a removed sentence or a rule-made question, and its passage of prose, or None."""
    src = weighted(r, {k: v for k, v in SOURCES.items() if len(d.by_source.get(k, ()))})
    t, h, x = d.section(int(r.choice(d.by_source[src])))
    ss = [y for p in x.split('\n') for y in sentences(p)]
    k = r.random()
    if k < 0.35 and h and len(x) > 150:
        return ('%s %s' % (t, h) if r.random() < 0.5 else h), ' '.join(ss[:8])
    if k < 0.6 and len(ss) > 3:
        i = r.randrange(len(ss))
        x = ' '.join(ss[max(0, i - 4) : i] + ss[i + 1 : i + 5])
        return ss[i], x if r.random() < 0.5 or not t else '(%s) %s' % (t, x)
    y = question(r, r.choice(ss), d.rank) if ss else None
    if not y:
        return None
    x = ' '.join(ss[:8]) if len(ss) < 9 else x[:900]
    return y[0], x if r.random() < 0.5 or not t else '(%s%s) %s' % (t, ': ' + h if h else '', x)


def _different(n, draw):
    """n pairs of those that draw gives, no two with one passage."""
    Q, P, seen = [], [], set()
    while len(Q) < n:
        drawn = draw()
        if not drawn:
            continue
        q, x = drawn[0], drawn[1][:1100]
        if len(x) > 60 and 10 < len(q) < 300 and x[:80] not in seen:
            seen.add(x[:80])
            Q.append(q)
            P.append(x)
    return Q, P, list(range(n))


def prose_pairs(r, d, n):
    """n passages of prose, each with one query."""
    return _different(n, lambda: _prose_pair(r, d))


def real_pairs(r, d, n, files):
    """n passages, each with one query: from prose (heading, removed sentence, rule-made question), human questions, the reading set."""

    def draw():
        k = r.random()
        if k >= 0.3:
            return _asked_pair(r, d) if k < 0.55 else _prose_pair(r, d)
        i = r.choice(r.choice(files))
        q = r.choice(i['questions'])[0] if r.random() < 0.85 else i['title']
        return q, shown(r, i, 0.6)

    return _different(n, draw)
