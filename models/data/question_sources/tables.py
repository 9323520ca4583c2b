"""WikiTableQuestions whose answer is one cell of a row that the question names."""

import random
import re

from cleaning import words
from mirrors import Git
from treebank import wh
from wiki_tables import cell, row_text, wiki_tables


def named(row, value, question):
    """The most words of a cell, other than the value, that the question names; 0 for none."""
    asked = question.lower()
    cells = [c for c in row if c != value and words(c)]
    return max([len(words(c)) for c in cells if re.search(r'(?<!\w)' + re.escape(c.lower()) + r'(?!\w)', asked)] or [0])


def tables(mirrors, skip):
    g = Git(mirrors, 'ppasupat/WikiTableQuestions', '7d455a5a707b')
    titles, rows_of = wiki_tables(g)
    data = dict(g.read(g.files(r'^data/(training|pristine-unseen-tables)\.tsv$')))
    for name, split in (('training', 'train'), ('pristine-unseen-tables', 'test')):
        for record in data['data/%s.tsv' % name].splitlines()[1:]:
            qid, q, ctx, val = record.split('\t')
            rows = rows_of.get(ctx)
            if not rows or '|' in val or skip.asked(q):
                continue
            head, body = rows[0], rows[1:]
            val = cell(val)
            hit = [i for i, r in enumerate(body) if val in r]
            if len(hit) != 1 or not val or len(val) > 60:
                continue
            i = hit[0]
            # a look-up: another cell of the row is named in the question, and no other row names as much of it
            mine = named(body[i], val, q)
            if not mine or any(named(r, val, q) >= mine for j, r in enumerate(body) if j != i):
                continue
            if len(words(' '.join(c for c in body[i] if c != val))) < 2:
                continue
            lo, hi, n = i, i + 1, len(row_text(head, body[i]))
            rnd = random.Random(qid)
            while n < 900:  # neighbouring rows, as many as fit
                opts = [x for x in (lo - 1, hi) if 0 <= x < len(body) and hi - lo < 12]
                if not opts:
                    break
                x = rnd.choice(opts)
                n += len(row_text(head, body[x])) + 1
                if n > 1000:
                    break
                lo, hi = min(lo, x), max(hi, x + 1)
            L = [row_text(head, r) for r in body[lo:hi]]
            text, e = ' '.join(L), row_text(head, body[i])
            if n > 1200 or len(text) < 60 or '|' in text:
                continue
            at = text.index(e)
            k = head[body[i].index(val)].rstrip(':')
            st = text.find('%s: %s' % (k, val), at) + len(k) + 2 if k else text.find(val, at)
            if text[st : st + len(val)] != val:
                continue
            t = titles.get(ctx, ('', ''))
            yield dict(
                source='tables',
                split=split,
                title=t[0],
                group='t:' + t[0],
                context=text,
                question=wh(q),
                answers=[dict(text=val, start=st)],
                evidence=e,
            )
