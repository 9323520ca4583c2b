"""Questions on key-value text: country pages and tables."""

import re


def fields(r, title, text):
    """Key-value text. Factbook: lines 'Field: value'; tables: rows 'Header: value; Header: value.'. Yields (question, answer, line)."""
    out = []
    L = text.split('\n')
    rows = [re.findall(r'([^:;]{1,40}): ([^;]+?)(?:; |\.?$)', line) for line in L]
    if len(rows) >= 3 and all(len(x) >= 2 for x in rows):  # a table
        k = rows[0][0][0]
        keys = [dict(x).get(k) for x in rows]
        for x, line in zip(rows, L):
            v = dict(x)
            if k in v and keys.count(v[k]) == 1 and len(v[k]) > 1:
                h = r.choice([y for y in v if y != k])
                if len(v[h].split()) <= 10 and v[h] != v[k]:
                    out.append(
                        (
                            r.choice(
                                (
                                    'What is the %s for %s %s?'
                                    % (h.lower() if not h.isupper() else h, k.lower(), v[k]),
                                    'Which %s belongs to %s?' % (h.lower() if not h.isupper() else h, v[k]),
                                    '%s of %s?' % (h, v[k]),
                                    'What does the table give as %s for %s?'
                                    % (h.lower() if not h.isupper() else h, v[k]),
                                )
                            ),
                            v[h],
                            line,
                        )
                    )
        return out
    for line in L:
        f, _, v = line.partition(': ')
        v = v.strip()
        if v and len(f) < 60 and len(v.split()) <= 18 and ';' not in v:
            a, _, b = f.partition(', ')
            f = b if b.lower().startswith(a.lower()) else f  # 'Exports, Exports 2019'
            f = f.lower() if not re.search(r'[A-Z]{2}', f) else f
            f = re.sub(r'(.*), (.*)', r'\2 (\1)' if r.random() < 0.5 else r'\1, \2', f)
            out.append(
                (
                    r.choice(
                        (
                            'What is the %s of %s?' % (f, title),
                            '%s of %s?' % (f[:1].upper() + f[1:], title),
                            'What does the page say about the %s of %s?' % (f, title),
                            'For %s, what is given as %s?' % (title, f),
                        )
                    ),
                    v.rstrip('.'),
                    line,
                )
            )
    return out
