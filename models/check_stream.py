"""The invented documents and those of the reading set, hashed: a training that runs must go on with the stream it began with.

usage: check_stream.py [--show]     Ends with 1 where the stream differs from stream.json; --show prints it as it is.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

import readings
from cloze.questions import question
from emphasis import CITED, FIRST
from invented.documents import ask, clean_doc, noisy_doc
from invented.everyday import EVERYDAY
from json_files import read_json
from kinds.locate import located
from plan import plan
from voices import say_everyday, say_fact

VOICES = ('plain', 'json', 'memo')


def documents(make, seed, n=2000):
    """n documents, each with questions in trained and in held-out wordings and their answers in all voices."""
    r = random.Random(seed)
    for _ in range(n):
        d = make(r)
        yield d.prefix
        for held in (False, True):
            for _ in range(4):
                q, f, wording = ask(r, d, 0.25, held, 0.2)
                yield [q, *(say_fact(voice, f, wording) for voice in VOICES)]


def reading_set(held, hard, shown=4, size=2700, most=8, n=1000):
    r, files = random.Random(5), readings.load(held)
    for _ in range(n):
        passages, asked = readings.document(r, files, shown, 0.18, hard, size, most)
        yield [passages, list(asked.items())]


def places(n=1000):
    """Questions on what stands where, the reading set's texts as the prose."""
    r, texts = random.Random(6), [i['text'] for f in readings.load(False) for i in f]
    for i in range(n):
        passages, asked = located(r, i % 4 + 1, lambda: r.choice(texts))
        yield [passages, list(asked.items())]


def plans():
    """What is shown when, and the weights of an answer's tokens."""
    yield [FIRST, CITED]
    for millions in (0, 3, 8):
        for draw in (0.1, 0.9):
            yield plan(millions, draw)


def cloze():
    """Questions made by rule from the reading set's lines, all words equally rare."""
    r = random.Random(4)
    for f in readings.load(False):
        for i in f[:60]:
            for line in i['text'].split('\n'):
                yield question(r, line, {}, i['title'])


def digest(things):
    h = hashlib.sha256()
    for x in things:
        h.update(json.dumps(x, ensure_ascii=False).encode())
    return h.hexdigest()[:20]


def stream():
    everyday = ([c['questions'], *(say_everyday(voice, c) for voice in VOICES)] for c in EVERYDAY)
    return {
        'clean documents': digest(documents(clean_doc, 1)),
        'noisy documents': digest(documents(noisy_doc, 2)),
        'everyday facts': digest(everyday),
        'reading set, long documents': digest(reading_set(False, 0.0, 4, 2700, 12)),
        'reading set, short documents': digest(reading_set(False, 0.0, 2, 1030, 16)),
        'reading set with look-alikes': digest(reading_set(False, 0.8)),
        'reading set, test split': digest(reading_set(True, 0.0)),
        'cloze questions': digest(cloze()),
        'places': digest(places()),
        'plans and weights': digest(plans()),
    }


def main():
    now = stream()
    if '--show' in sys.argv:
        print(json.dumps(now, indent=2))
        return 0
    agreed = read_json(Path(__file__).parent / 'stream.json')
    for name in {**agreed, **now}:
        same = now.get(name) == agreed.get(name)
        print('%-30s %s %s' % (name, now.get(name, '-'), 'same' if same else 'DIFFERS'))
    return int(now != agreed)


if __name__ == '__main__':
    sys.exit(main())
