"""What the generator of invented documents can write, counted. usage: count_generator.py [DOCUMENTS]

Fixed seeds; a Markdown table on standard output. Wordings are counted in the relation files, the rest in drawn documents.
"""

import random
import re
import sys

from invented.documents import ask, clean_doc, noisy_doc
from invented.names import cap
from invented.relations import ADJECTIVES, NOUNS, OPEN, RELATIONS
from invented.structured import structured_doc

MONEY = r'\d (?:euros?|pounds?|dollars?|crowns?)\b'
DATE = r'\b\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)\b'
UNIT = (
    r'\d (?:minute|hour|day|week|month|year|working day|percent|people|km/h|miles|kilometres|degree|megabyte|box|piece)'
)


def least(part):
    return min(len(getattr(x, part)) for x in [*RELATIONS.values(), OPEN])


def total(part):
    return sum(len(getattr(x, part)) for x in [*RELATIONS.values(), OPEN])


def spread(counts):
    return ', '.join('%d: %.0f%%' % (k, 100 * counts.count(k) / len(counts)) for k in sorted(set(counts)))


def share(flags):
    flags = list(flags)
    return '%.1f%% of %d' % (100 * sum(flags) / len(flags), len(flags))


def wordings():
    yield 'relations (at least 60)', '%d, and an open family of %d' % (len(RELATIONS), len(ADJECTIVES) * len(NOUNS))
    for part, name in (
        ('statements', 'wordings of a statement (at least 5)'),
        ('questions', 'wordings of a question (at least 8)'),
        ('held_out', 'of a question, held out'),
    ):
        yield name, '%d or more of each relation, %d in all' % (least(part), total(part))


def plain(make, n):
    r = random.Random(71)
    documents, unanswered = [], []
    for _ in range(n):
        d = make(r)
        documents.append(d)
        unanswered += [ask(r, d)[1] is None for _ in range(5)]
    facts = [f for d in documents for f in d.written]
    yield 'passages of a document', spread([len(d.passages) for d in documents])
    for name, pattern in (('money', MONEY), ('a date', DATE), ('a number with a unit', UNIT)):
        yield 'facts whose value is ' + name, share(bool(re.search(pattern, f.value)) for f in facts)
    named = [f for f in facts if f.text and '; ' not in f.text]
    yield (
        'sentences that name their body by "the firm", "the office" and the like only',
        share(not (f.entity in f.text or cap(f.entity) in f.text) for f in named),
    )
    yield 'questions without an answer', share(unanswered)


def structured(n):
    r = random.Random(72)
    drawn = [structured_doc(r) for _ in range(n)]
    yield 'passages of a document', spread([len(d.passages) for d, _, _ in drawn])
    texts = [x for d, _, _ in drawn for _, x in d.passages]
    yield 'passages with a table', share(' | ' in x or bool(re.search(r'(?:; .+?: .+?){2}', x)) for x in texts)
    yield 'passages with a list', share(bool(re.search(r'(?:^|[:.] )(?:[-*\u2022]|1\.) ', x)) for x in texts)
    yield 'documents with questions in two steps', share(bool(hops) for _, hops, _ in drawn)
    apart = [h.passage != h.first.passage for _, hops, _ in drawn for h in hops]
    yield 'of these questions, the two steps stand in different passages', share(apart)
    yield 'documents with such a question that has no answer', share(bool(missing) for _, _, missing in drawn)


def main(n=4000):
    print('| what | count |\n|---|---|')
    for title, rows in (
        ('wordings', wordings()),
        ('clean documents (the base reader)', plain(clean_doc, n)),
        ('noisy documents (robust-reader only)', plain(noisy_doc, n)),
        ('structured documents (off unless READING_STRUCTURED_FROM is set)', structured(n)),
    ):
        print('| **%s** | |' % title)
        for row in rows:
            print('| %s | %s |' % row)


if __name__ == '__main__':
    main(*map(int, sys.argv[1:2]))
