"""The folder that prepare.py writes, and what people asked."""

import json
import re
from pathlib import Path

import numpy as np

from json_files import read_json

COMMON = set(
    """
    what which who whom whose when where why how is was were are do does did the a an of in on at to for by it he she they
    this that have has had and or many much be been with from as thing kind type name
    """.split()
)


QUOTE = 'Quote the sentence: '


class Store:
    """rows [section: start, end, document, source, held out] of text; by_source their numbers; questions {source: {group: {context: []}}}."""

    def __init__(self, folder, held=False):
        folder = Path(folder)

        def read(name):
            return read_json(folder / name)

        self.tokens = np.memmap(folder / ('prose_held.bin' if held else 'prose.bin'), np.uint16, 'r')
        self.ranges = read('prose.json')['ranges']
        self.starts = np.load(folder / 'prose_starts.npy')
        self.text = np.memmap(folder / 'text.bin', np.uint8, 'r')
        rows = np.load(folder / 'text.npy')
        names = read('text.json')['sources']
        self.rows, self.held = rows, held
        self.by_source = {n: np.nonzero((rows[:, 3] == i) & (rows[:, 4] == int(held)))[0] for i, n in enumerate(names)}
        self.rank = read('words.json')
        self.questions = {}
        with open(folder / ('questions_%s.jsonl' % ('held' if held else 'train')), encoding='utf8') as f:
            for d in map(json.loads, f):
                groups = self.questions.setdefault(d['source'], {})
                groups.setdefault(d['group'], {}).setdefault(d['context'], []).append(d)
        self.groups = {k: list(v) for k, v in self.questions.items()}

    def section(self, i):
        """[title, heading, text]."""
        a, b = self.rows[i, :2]
        return json.loads(self.text[a:b].tobytes())

    def same_doc(self, i, reach=6):
        """Sections of the same document that stand near i, i among them."""
        d = self.rows[i, 2]
        return [j for j in range(max(0, i - reach), min(len(self.rows), i + reach + 1)) if self.rows[j, 2] == d]


def weighted(r, w):
    """A key of w, drawn by its weight."""
    k = r.random() * sum(w.values())
    for n, v in w.items():
        k -= v
        if k <= 0:
            return n
    return n


def clear(q):
    """Does the question name something, so that it can be put without its sentence?"""
    return len([w for w in re.findall(r"[\w'-]+", q) if w.lower() not in COMMON]) >= 2


def self_answer(r, d):
    """(question, answer) of a human question; questions without a marked answer ask for the sentence."""
    spans = d['answers'][:1] or (d.get('inferred') if r.random() < 0.75 else None)
    if spans and not (d['evidence'] and len(d['evidence']) < 260 and d['source'] != 'qamr' and r.random() < 0.08):
        return d['question'], re.sub(r'[.,;:]$', '', spans[0]['text'])
    if d['evidence'] and len(d['evidence']) < 420 and d['source'] != 'tables':
        return QUOTE + d['question'][:1].lower() + d['question'][1:], re.sub(r'[.;:]$', '', d['evidence'])
    return None
