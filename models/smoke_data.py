"""A little data for smoke.sh. usage: smoke_data.py OUT_DIR [DATA_DIR]

With DATA_DIR, a small part of the real data. Without it the reading set stands in, in the real data's form: its passages for the
prose, its questions for those by people; key-value pages and tables are invented.
"""

import glob
import json
import lzma
import os
import random
import sys

import readings
from cloze.sentences import sentences
from invented.names import cap, org, person
from invented.relations import ADJECTIVES, ANY_VALUE, NOUNS
from invented.values import hours, room

PER_SOURCE = 400


def write(records, path):
    with lzma.open(path, 'wt', preset=0, encoding='utf8') as f:
        for d in records:
            f.write(json.dumps(d, ensure_ascii=False) + '\n')


def part_of(data, out):
    """Every third record of prose, 300 of each file, and every twentieth question."""
    for path in sorted(glob.glob(os.path.join(data, '*.jsonl.xz'))):
        step, most = (20, None) if 'questions' in path else (3, 300 * 3)
        with lzma.open(path, 'rt', encoding='utf8') as f:
            lines = [line for i, line in enumerate(f) if i % step == 0 and (most is None or i < most)]
        write(map(json.loads, lines), os.path.join(out, os.path.basename(path)))


def prose(items, source):
    for n, i in enumerate(items):
        yield dict(source=source, doc='%s/%d' % (source, n), title=i['org'], heading=i['title'], text=i['text'])


def pages(r):
    """Key-value pages, as of the Factbook."""
    for n in range(PER_SOURCE):
        names = {cap('%s %s' % (r.choice(ADJECTIVES), r.choice(NOUNS))) for _ in range(10)}
        lines = ['%s: %s' % (name, r.choice(ANY_VALUE)(r)) for name in sorted(names)]
        yield dict(source='factbook', doc='factbook/%d' % n, title=cap(org(r)), heading='Rules', text='\n'.join(lines))


def tables(r):
    for n in range(PER_SOURCE):
        rows = ['Name: %s; Room: %s; Hours: %s.' % (person(r), room(r), hours(r)) for _ in range(8)]
        yield dict(source='tables', doc='tables/%d' % n, title=cap(org(r)), heading='People', text='\n'.join(rows))


def question(source, split, item, context, q, answer):
    """A record as questions.py writes it; answer None: not marked."""
    answers = [dict(text=answer, start=context.index(answer))] if answer else []
    evidence = next((s for s in sentences(context) if not answer or answer in s), '')
    group = '%s:%s:%s' % (source, item['org'], item['title'])
    record = dict(source=source, split=split, title=item['title'], group=group, context=context, question=q)
    return dict(record, answers=answers, evidence=evidence)


def questions(items, split):
    """Questions on single sentences, marked and not, and on whole passages."""
    for i in items:
        text = readings.flat(i['text'])
        for q, a, _ in i['questions']:
            a = readings.flat(a)
            for sentence in sentences(text):
                if a in sentence and len(sentence) > 40:
                    yield question('qamr', split, i, sentence, q, a)
                    if split != 'test':
                        yield question('pairs', split, i, sentence, q, None)
            if a in text:
                yield question('covid' if split == 'test' else 'qed', split, i, text, q, a)


def stand_in(out):
    r = random.Random(1)
    train, test = ([i for f in readings.load(held) for i in f] for held in (False, True))
    r.shuffle(train)
    first, second = train[:PER_SOURCE], train[PER_SOURCE : 2 * PER_SOURCE]
    for name, records in (
        ('openstax', prose(first, 'openstax')),
        ('wiki', prose(second, 'wikipedia-pages')),
        ('factbook', pages(r)),
        ('tables', tables(r)),
    ):
        write(records, os.path.join(out, 'prose-%s.jsonl.xz' % name))
    asked = [*questions(train[:PER_SOURCE], 'train'), *questions(test[:40], 'test')]
    write(asked, os.path.join(out, 'questions.jsonl.xz'))


def main(out, data=None):
    os.makedirs(out, exist_ok=True)
    if data:
        part_of(data, out)
    else:
        stand_in(out)


if __name__ == '__main__':
    main(*sys.argv[1:3])
