"""Builds questions.jsonl.xz from git mirrors. usage: questions.py MIRRORS PROSE_DIR OUT_DIR [--exclude FILE ...]

Each record: source, split, title, context, question, answers [{text, start}] (literal spans of the context), evidence (a sentence
of the context). Questions that share an eight-word sequence or their wording with an excluded file are dropped.
PROSE_DIR (with prose-*.jsonl.xz) gives the capital letters for sources that come in lower case.
"""

import argparse
import collections
import json
import lzma
import os

from overlap import Overlap
from question_sources.covid import covid
from question_sources.pairs import casing, pairs
from question_sources.qamr import qamr
from question_sources.tables import tables
from question_sources.wikipedia import qed, quotesum


def main():
    a = argparse.ArgumentParser()
    a.add_argument('mirrors')
    a.add_argument('prose')
    a.add_argument('out')
    a.add_argument('--exclude', nargs='*', default=[])
    a = a.parse_args()
    skip = Overlap(a.exclude)
    case = casing(a.prose)
    n = collections.Counter()
    with lzma.open(os.path.join(a.out, 'questions.jsonl.xz'), 'wt', preset=6, encoding='utf8') as f:
        for make in (qamr, tables, lambda m, s: pairs(m, s, case), covid, qed, quotesum):
            for d in make(a.mirrors, skip):
                for x in d['answers']:
                    assert d['context'][x['start'] : x['start'] + len(x['text'])] == x['text'], d
                assert not d['evidence'] or d['evidence'] in d['context'], d
                f.write(json.dumps(d, ensure_ascii=False) + '\n')
                n[d['source'], d['split']] += 1
    for k, v in sorted(n.items()):
        print(*k, v)
    print('%.2f MB' % (os.path.getsize(os.path.join(a.out, 'questions.jsonl.xz')) / 1e6))


if __name__ == '__main__':
    main()
