"""Questions on what stands where: lists or pieces of prose in several passages.

Asked for what stands beside an item, for the passage that names it, or for how a piece goes on. Nothing has to be understood, so
each of many short answers teaches only to find a place and to say which passage it is in.
"""

import re

from cloze.sentences import sentences
from invented.names import name, org, person
from invented.values import code, date, hours, thing
from kinds.prose import SOURCES
from store import weighted

ITEMS = (name, person, org, date, thing, code, hours, None, None)  # None: pieces of prose
LENGTH = 12  # words of a piece of prose
MOST = 24  # questions of a document


def pieces(text):
    """The first words of each sentence that has more than six."""
    found = [x.split() for x in sentences(text.replace('\n', ' '))]
    return [' '.join(w[:LENGTH]) for w in found if len(w) > 6]


def _goes_on(r, piece):
    """(question, answer): the first words of a piece ask for the rest."""
    w = piece.split()
    cut = r.randint(3, len(w) - 2)
    return 'Go on: ' + ' '.join(w[:cut]), re.sub(r'[.,;:]$', '', ' '.join(w[cut:]))


def _beside(r, items, j):
    """(question, answer) on the item j of a list; None where the drawn question has no answer."""
    x, u = items[j], r.random()
    if u < 0.4:
        return r.choice(('Where is %s?', 'Find %s.')) % x, x
    if u < 0.75 and j + 1 < len(items):
        return r.choice(('What comes after %s?', 'What follows %s?')) % x, items[j + 1]
    if j:
        return r.choice(('What comes before %s?', 'What precedes %s?')) % x, items[j - 1]
    return None


def located(r, passages, prose):
    """([(title, text)], {question: (answer, passage number) or None}) of up to twice as many lists as passages, at most six.

    prose() draws the text of a section.
    """
    k = r.randint(2, max(2, min(6, passages * 2)))
    item = r.choice(ITEMS)
    if item:
        lists = [[str(item(r)) for _ in range(r.randint(3, 7))] for _ in range(k)]
    else:
        lists = []
        while len(lists) < k:
            found = pieces(prose())
            if found:
                lists.append(found[: r.randint(2, 4)])
    every = [x for one in lists for x in one]
    once = {x for x in every if every.count(x) == 1}
    qas = {}
    for n, one in enumerate(lists):
        for j, x in enumerate(one):
            if x in once:
                asked = _beside(r, one, j) if item else _goes_on(r, x)
                if asked:
                    qas[asked[0]] = (asked[1], n + 1)
    for _ in range(2):
        if item and r.random() < 0.5:
            x = str(item(r))
            if x not in every:
                qas['Where is %s?' % x] = None
    asked = list(qas.items())
    r.shuffle(asked)
    end = r.choice((', ', '; ', '. ')) if item else '. '
    texts = [(str(org(r)) if r.random() < 0.3 else '', end.join(x.rstrip('.') for x in one) + '.') for one in lists]
    return texts, dict(asked[:MOST])


def locate(tasks):
    """One packed document."""
    r = tasks.r

    def prose():
        sources = {k: v for k, v in SOURCES.items() if len(tasks.d.by_source.get(k, ()))}
        return tasks.d.section(int(r.choice(tasks.d.by_source[weighted(r, sources)])))[2]

    return tasks.doc(*located(r, tasks.p['passages'], prose))
