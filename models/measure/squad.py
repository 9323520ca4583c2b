"""Exact match and F1 as in SQuAD (Rajpurkar and others, 2016), and questions in its format."""

import collections
import re
import string

from json_files import read_json
from prompts import ABSTAIN


def normal(t):
    """Lower case, without punctuation and articles, single spaces."""
    t = ''.join(c for c in t.lower() if c not in set(string.punctuation))
    return ' '.join(re.sub(r'\b(a|an|the)\b', ' ', t).split())


def f1(p, g):
    """F1 of the words that two answers share, 0 to 1."""
    p, g = normal(p).split(), normal(g).split()
    if not p or not g:
        return float(p == g)
    k = sum((collections.Counter(p) & collections.Counter(g)).values())
    return 2 * k / (len(p) + len(g)) if k else 0.0


def graded(said, answers, gold):
    """exact and f1 (the best over the marked answers; 0 for an abstention), and whether passage `gold` alone is cited."""
    abstains = said.strip() == ABSTAIN
    span = re.sub(r'\s*\[\d+\]', '', said).strip()
    return dict(
        exact=0.0 if abstains else max(float(normal(span) == normal(a)) for a in answers),
        f1=0.0 if abstains else max(f1(span, a) for a in answers),
        cite=[int(x) for x in re.findall(r'\[(\d+)\]', said)] == [gold],
    )


def percent(by_condition):
    """{condition: rows} as {condition: number and means in percent}."""
    out = {}
    for c, rows in by_condition.items():
        out[c] = {'n': len(rows)}
        for k in ('exact', 'f1', 'cite', 'abstain'):
            if k in rows[0]:
                out[c][k] = round(100 * sum(float(x[k]) for x in rows) / len(rows), 1)
    return out


def has_answer(text, answers):
    return any(a.lower() in text.lower() for a in answers)


def items_of(rows):
    """{set: [(question, answers, (title, passage), [passages of the same article], [passages of the set])]}"""
    by, out = collections.defaultdict(lambda: collections.defaultdict(dict)), {}
    for d in rows:
        by[d['source']][d['group']].setdefault(d['context'], []).append(d)
    for src, groups in sorted(by.items()):
        every = [c for g in groups.values() for c in g]
        L = []
        for ctx in groups.values():
            for c, ds in ctx.items():
                for d in ds:
                    if d['answers']:
                        L.append(
                            (
                                d['question'],
                                [a['text'] for a in d['answers']],
                                (d['title'], c),
                                [x for x in ctx if x != c],
                                every,
                            )
                        )
        out[src] = L
    return out


def squad(path):
    """The answerable questions of a file in SQuAD's format (1.1 or 2.0), as items_of gives them."""
    data = read_json(path)['data']
    every = [p['context'] for a in data for p in a['paragraphs']]
    out = []
    for a in data:
        contexts = [p['context'] for p in a['paragraphs']]
        title = a.get('title', '').replace('_', ' ')
        for p in a['paragraphs']:
            same = [x for x in contexts if x != p['context']]
            for q in p['qas']:
                if q.get('answers'):
                    out.append((q['question'], [x['text'] for x in q['answers']], (title, p['context']), same, every))
    return out
