"""Pairs of a question and a sentence, in lower case, with capital letters as the prose has them."""

import collections
import glob
import json
import lzma
import os
import re

from mirrors import Git
from treebank import detok, wh


def casing(prose_dir):
    """The usual way to write each word inside a sentence, counted in the prose."""
    c = collections.defaultdict(collections.Counter)
    for p in sorted(glob.glob(os.path.join(prose_dir, 'prose-*.jsonl.xz'))):
        if not re.search('openstax|wiki', p):
            continue
        with lzma.open(p, 'rt', encoding='utf8') as f:
            for line in f:
                for w in re.findall(r"(?<=[a-z,;] )[A-Za-z][\w’'-]*", json.loads(line)['text']):
                    c[w.lower()][w] += 1
    return {k: v.most_common(1)[0][0] for k, v in c.items() if v.most_common(1)[0][0] != k}


def pairs(mirrors, skip, case):
    g = Git(mirrors, 'xinyadu/nqg', '8211129a3e97')
    f = dict(g.read(g.files(r'^data/processed/(src|tgt)-(dev|test)\.txt$')))

    def fix(t):
        return [case.get(w, w) for w in t]

    seen = set()
    for split in ('dev', 'test'):
        for i, (s, q) in enumerate(
            zip(
                f['data/processed/src-%s.txt' % split].splitlines(), f['data/processed/tgt-%s.txt' % split].splitlines()
            )
        ):
            s = detok(fix(s.replace(' -- ', '–').split()))[0]
            q = detok(fix(q.split()))[0]
            if len(s) < 40 or len(s) > 600 or len(q) < 12 or skip.hits(s) or skip.asked(q) or (s, q) in seen:
                continue
            seen.add((s, q))
            s = s[:1].upper() + s[1:]
            # neighbours in the file belong to the same article
            yield dict(
                source='pairs',
                split='train',
                title='',
                group='p:%s:%d' % (split, i // 40),
                context=s,
                question=wh(q),
                answers=[],
                evidence=s,
            )
