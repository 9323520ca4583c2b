"""Questions by people, on sentences, paragraphs and tables."""

from kinds.prose import passage
from store import clear, self_answer, weighted

HUMAN = dict(qamr=0.45, pairs=0.38, qed=0.09, tables=0.05, quotesum=0.03)


def human(tasks):
    """One packed document; where none can be made, one of everyday facts."""
    r = tasks.r
    for _ in range(20):
        src = weighted(r, {k: v for k, v in HUMAN.items() if tasks.d.groups.get(k)})
        g = r.choice(tasks.d.groups[src])
        ctx = tasks.d.questions[src][g]
        keys = list(ctx)
        joined = src in ('qamr', 'pairs')
        size = tasks.budget(1) if tasks.p['passages'] == 1 else tasks.budget(min(4, tasks.p['passages']))
        gold = r.sample(keys, min(len(keys), r.choice((1, 2, 3, 4)) if joined and src == 'pairs' else 1))
        while sum(map(len, gold)) > size and len(gold) > 1:
            gold.pop()
        if len(gold[0]) > tasks.budget(1) + 300:
            continue
        extra = []
        if src == 'qamr' and r.random() < 0.6:  # single sentences: put some others round them
            for _ in range(r.randint(1, 3)):
                h = r.choice(tasks.d.groups[src])
                extra.append(r.choice(list(tasks.d.questions[src][h])))
        parts = gold + [x for x in extra if x not in gold]
        r.shuffle(parts)
        t = next((x['title'] for x in ctx[gold[0]]), '')
        ps = [(t if t and r.random() < 0.7 else '', ' '.join(parts), parts)]
        room = (tasks.T - 200) * 3.3 - len(ps[0][1])
        for _ in range(r.randint(0, tasks.p['passages'] - 1)):
            k = r.random()
            rest = [x for x in keys if x not in gold]
            if k < 0.4 and rest:
                x = r.sample(rest, min(len(rest), r.randint(1, 3) if joined else 1))
                p = ('', ' '.join(x), x)
            elif k < 0.7:
                h = r.choice(tasks.d.groups[src])
                x = list(tasks.d.questions[src][h])[: r.randint(1, 3) if joined else 1]
                p = ('', ' '.join(x), x)
            else:
                wiki = len(tasks.d.by_source.get('wikipedia-pages', ()))
                rows = tasks.d.by_source['wikipedia-pages' if wiki else 'openstax']
                title, text, _ = passage(tasks, int(r.choice(rows)), size)
                p = (title, text, [])
            if len(p[1]) < room and not any(x in q[1] for q in ps for x in p[2]):
                room -= len(p[1])
                ps.append(p)
        r.shuffle(ps)
        shown = {x: n + 1 for n, p in enumerate(ps) for x in p[2]}
        pool = [(d, shown[x]) for x in shown if x in ctx for d in ctx[x]]
        r.shuffle(pool)
        qas = {}
        for d, n in pool[: tasks.p['ask']]:
            a = self_answer(r, d)
            if a:
                qas.setdefault(a[0], (a[1], n))
        away = [x for x in keys if x not in shown]
        for _ in range(3):
            if r.random() < tasks.absent * (1.6 if len(qas) > 3 else 0.8):
                x = r.choice(away) if away and r.random() < 0.6 else None
                if x:
                    d = r.choice(ctx[x])
                else:
                    far = tasks.d.questions[src][r.choice(tasks.d.groups[src])]
                    d = r.choice(r.choice(list(far.values())))
                if d['context'] in shown or not clear(d['question']):
                    continue
                q = self_answer(r, d)
                if q and q[1] not in ' '.join(p[1] for p in ps):
                    qas.setdefault(q[0], None)
        if qas:
            items = list(qas.items())
            r.shuffle(items)
            return tasks.doc([p[:2] for p in ps], dict(items))
    return tasks.facts()
