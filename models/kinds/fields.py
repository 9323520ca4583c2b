"""Key-value pages and tables."""

from cloze.fields import fields as field_questions


def fields(tasks):
    """One packed document; where none can be made, one of everyday facts."""
    r = tasks.r
    for _ in range(20):
        src = 'tables' if r.random() < 0.5 else 'factbook'
        rows = tasks.d.by_source.get(src, ())
        if not len(rows):
            continue
        i = int(r.choice(rows))
        near = [j for j in tasks.d.same_doc(i) if j != i]
        ids = [i] + r.sample(near, min(len(near), r.randint(0, max(0, tasks.p['passages'] - 1))))
        if src == 'tables' and tasks.p['passages'] > 1 and r.random() < 0.4:
            ids.append(int(r.choice(rows)))
        r.shuffle(ids)
        ps, qas, out = [], {}, []
        for n, j in enumerate(ids):
            t, h, x = tasks.d.section(j)
            L, size = [], 0
            all_lines = x.split('\n')
            a = r.randrange(max(1, len(all_lines) - 3))
            for line in all_lines[a:]:
                if L and size + len(line) > 0.5 * tasks.budget(len(ids)):  # digits: about two characters a token
                    break
                L.append(line)
                size += len(line)
            f = field_questions(r, t, '\n'.join(L))
            ps.append(('%s: %s' % (t, h) if h else t, ' '.join(line.rstrip('.') + '.' for line in L)))
            for q, v, _ in r.sample(f, min(len(f), 4)):
                qas[q] = (v, n + 1)
            if a > 4 or src == 'factbook':
                rest = field_questions(r, t, '\n'.join(all_lines[:a])) if src == 'factbook' else []
                out += [q for q, *_ in rest]
        for q in r.sample(out, min(len(out), 2)):
            qas.setdefault(q, None)
        if len(qas) >= 2 and all(p[1] for p in ps):
            items = list(qas.items())
            r.shuffle(items)
            return tasks.doc(ps, dict(items[:8]))
    return tasks.facts()
