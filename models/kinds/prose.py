"""Running prose, and questions made from it by rule."""

import re

from cloze.questions import question
from cloze.sentences import sentences
from packer import Packed
from store import QUOTE, weighted

# weights of the sources: of questions made by rule, and of running text
SOURCES = {
    'openstax': 1.0,
    '18f-handbook': 0.35,
    'sourcegraph-handbook': 0.5,
    'dc-law': 0.8,
    'wikipedia-pages': 1.1,
    'wikitext': 0.05,
    'business-docs': 0.4,
    'peps': 0.3,
    'wordnet': 0.35,
}


TEXT = {
    'openstax': 1.0,
    '18f-handbook': 2.0,
    'sourcegraph-handbook': 1.5,
    'dc-law': 0.7,
    'wikipedia-pages': 1.2,
    'wikitext': 1.2,
    'business-docs': 0.7,
    'peps': 0.4,
    'wordnet': 0.6,
    'factbook': 0.4,
    'tables': 0.3,
    'dialogues': 1.0,
}


def text_doc(tasks):
    """Running text from the start of a section."""
    r, n = tasks.r, tasks.T
    if tasks.is_held:
        a = r.randrange(max(1, len(tasks.d.tokens) - n))
        ids = tasks.d.tokens[a : a + n]
    else:
        src = weighted(r, {k: TEXT.get(k, 0.5) * (v[1] - v[0]) for k, v in tasks.d.ranges.items()})
        a, b, i, j = tasks.d.ranges[src]
        p = tasks.d.starts[r.randrange(i, j)]
        ids = tasks.d.tokens[p : min(b, p + n)]
    ids = [int(x) for x in ids]
    off = r.choice((0, 0, r.randint(0, max(0, 1020 - len(ids)))))
    return Packed(ids, [0.0] + [0.5] * (len(ids) - 1), [0] * len(ids), list(range(off, off + len(ids))), [])


def _title(r, title, head):
    k = r.random()
    head = re.sub(r'^Key terms: .*', 'Key terms', head)
    if k < 0.22:
        return ''
    if not head or k < 0.4:
        return title
    return head if k < 0.65 else '%s: %s' % (title, head)


def passage(tasks, i, chars):
    """(title, text, sentences) from one section, a run of whole sentences."""
    t, h, x = tasks.d.section(i)
    sents = [y for p in x.split('\n') for y in sentences(p)]
    rows = tasks.d.rows
    last = rows[i, 2] != rows[min(i + 1, len(rows) - 1), 2]
    if last or h.startswith('Key terms'):  # short entries: join neighbours
        near = range(max(0, i - 3), min(len(rows), i + 4))
        near = [j for j in near if j != i and rows[j, 3] == rows[i, 3] and rows[j, 4] == rows[i, 4]]
        if len(x) < 200 and tasks.r.random() < 0.7:
            for j in tasks.r.sample(near, min(len(near), tasks.r.randint(1, 3))):
                y = tasks.d.section(j)
                if len(y[2]) < 260:
                    sents.append(y[2].rstrip('.') + '.')
            tasks.r.shuffle(sents)
            t = h = ''
    a = 0 if tasks.r.random() < 0.6 else tasks.r.randrange(max(1, len(sents) - 3))
    out, n = [], 0
    for y in sents[a:]:
        if n + len(y) > chars and out:
            break
        out.append(y)
        n += len(y) + 1
    return _title(tasks.r, t, h), ' '.join(out)[: chars + 300], out


def _hidden_question(tasks, src, ids, hidden, shown):
    """A question on a section that is not shown, often of the same document; None where that failed."""
    r = tasks.r
    j = r.choice(hidden) if hidden and r.random() < 0.7 else int(r.choice(tasks.d.by_source[src]))
    if j in ids:
        return None
    t, _, x = tasks.d.section(j)
    y = r.choice(sentences(x.replace('\n', ' ')))
    if y in shown:
        return None
    q = question(r, y, tasks.d.rank, t)
    return q[0] if q and q[1] not in shown else None


def cloze_doc(tasks):
    """One packed document of passages with questions made from them; where none can be made, one of everyday facts."""
    r = tasks.r
    sources = {k: v for k, v in SOURCES.items() if len(tasks.d.by_source.get(k, ()))}
    for _ in range(20):
        src = weighted(r, sources)
        i = int(r.choice(tasks.d.by_source[src]))
        k = r.randint(1, tasks.p['passages'])
        near = [j for j in tasks.d.same_doc(i) if j != i]
        ids = [i] + r.sample(near, min(len(near), k - 1))
        while len(ids) < k:
            ids.append(int(r.choice(tasks.d.by_source[src])))
        if r.random() < 0.25 and k > 1:
            ids[-1] = int(r.choice(tasks.d.by_source[weighted(r, sources)]))
        ids = list(dict.fromkeys(ids))
        r.shuffle(ids)
        ps = [passage(tasks, j, tasks.budget(len(ids))) for j in ids]
        shown = ' '.join(p[1] for p in ps)
        hidden = [j for j in near if j not in ids]
        qas = {}
        for _ in range(r.randint(5, 9) * tasks.p['ask'] // 4):
            if len(qas) >= tasks.p['ask']:
                break
            if r.random() < tasks.absent:
                q = _hidden_question(tasks, src, ids, hidden, shown)
                if q:
                    qas[q] = None
                continue
            n = r.randrange(len(ps))
            y = r.choice(ps[n][2])
            q = question(r, y, tasks.d.rank, ps[n][0])
            if not q or q[0] in qas:
                continue
            if r.random() < 0.1 and len(y) < 260:
                qas[QUOTE + q[0][:1].lower() + q[0][1:]] = (re.sub(r'[.;:]$', '', y), n + 1)
            else:
                qas[q[0]] = (q[1], n + 1)
        if len(qas) >= 2:
            return tasks.doc([p[:2] for p in ps], qas)
    return tasks.facts()
