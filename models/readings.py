"""The reading set: passages of many kinds with natural questions, rephrasings, near misses and look-alikes.

Every tenth item of a file (index 9, 19, ...) is the test split, with its look-alikes; training never sees it.
The format is described in check.py beside the texts.
"""

import importlib.util
import os
import re
from pathlib import Path

FOLDER = Path(os.environ.get('READING_SET') or Path(__file__).parent / 'reading-set')


def _reader(folder):
    spec = importlib.util.spec_from_file_location('reading_set_check', folder / 'check.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.read


def names(folder=FOLDER):
    """The names of its files, in the order of load."""
    return [p.stem for p in sorted(Path(folder).glob('*.txt'))]


def load(held, folder=FOLDER):
    """[[item, ...] per file], each item with its look-alikes under 'alike'; one split only."""
    read = _reader(Path(folder))
    files = []
    for path in sorted(Path(folder).glob('*.txt')):
        items, n = [], -1
        for i in read(path):
            if i['kind'] == 'current':
                n += 1
                i['alike'] = []
                if (n % 10 == 9) == held:
                    items.append(i)
            elif (n % 10 == 9) == held and items:
                items[-1]['alike'].append(i)
        for k, i in enumerate(items):
            i['at'] = k
        if items:
            files.append(items)
    return files


def flat(text):
    return re.sub(r'\s+', ' ', text).strip()


def title(r, item):
    """The title that a passage is shown with, if any."""
    k = r.random()
    if item['kind'] in ('old', 'draft'):  # the title may be all that says so
        return item['title'] if k < 0.5 else '%s: %s' % (item['org'], item['title'])
    if k < 0.12:
        return ''
    return item['title'] if k < 0.35 else item['org'] if k < 0.5 else '%s: %s' % (item['org'], item['title'])


def answer(span):
    """A marked answer as the reader gives it: on one line, without its last mark."""
    return re.sub(r'[.,;:]$', '', flat(span))


def named(r, q, item):
    """The question with the name of the body that it asks about."""
    k = r.random()
    low = q if re.match(r'(I|[A-Z]\w*[A-Z]|[A-Z]\w+ [A-Z])', q) else q[0].lower() + q[1:]
    if k < 0.3:
        return '%s: %s' % (item['org'], q)
    if k < 0.45:
        return '%s, %s: %s' % (item['org'], item['title'], q)
    if k < 0.65:
        return 'At %s, %s' % (item['org'], low)
    if k < 0.85:
        return '%s (%s)' % (q, item['org'])
    return 'For %s: %s' % (item['org'], low)


def _choose(r, files, passages, hard, size):
    """(items to show, the one that is asked about, whether that one was taken away)."""
    items = r.choices(files, [len(f) for f in files])[0]
    main = r.choice(items)
    shown = [main]
    if hard and main['alike'] and r.random() < hard:
        shown += r.sample(main['alike'], r.randint(1, len(main['alike'])))
    want = r.randint(1, passages)
    for _ in range(40):
        if len(shown) >= want:
            break
        k = r.random()
        if k < 0.45:  # a neighbour in the file: often the same body or trade
            other = items[(main['at'] + r.choice((-3, -2, -1, 1, 2, 3))) % len(items)]
        elif k < 0.8:
            other = r.choice(items)
        else:
            other = r.choice(r.choice(files))
        if other not in shown:
            shown.append(other)
    gone = len(shown) > 1 and shown[1]['kind'] != 'current' and r.random() < 0.2
    if gone:
        shown.remove(main)
    if size:
        while len(shown) > 1 and sum(len(i['text']) for i in shown) > size:
            shown.pop()
    return shown, main, gone


def document(r, files, passages, absent=0.18, hard=0.0, size=None, most=8):
    """([(title, text)], {question: (answer, passage number) or None}).

    passages is the most of them, most the most questions that the passages answer, absent half the chance of each of most / 2
    questions without an answer, size the most characters in all. hard is the chance that look-alikes of the main item stand among the passages (old versions, drafts, other bodies) and that, in a
    fifth of those cases, the main item itself is missing, so that nothing answers. Without it only easy company is shown.
    """
    shown, main, gone = _choose(r, files, passages, hard, size)
    r.shuffle(shown)
    number = {id(i): n + 1 for n, i in enumerate(shown)}
    text = ' '.join(flat(i['text']) for i in shown)
    rivals = any(i['kind'] == 'other' for i in shown)

    def ask(q, item):  # with a rival among the passages only the name tells which one is meant
        return named(r, q, item) if rivals or r.random() < (0.3 if len(shown) > 1 else 0.1) else q

    pool = []
    for i in shown:
        if i['kind'] == 'current':
            pool += [(ask(q, i), (answer(a), number[id(i)])) for q, a, _ in i['questions']]
    r.shuffle(pool)
    own = [(ask(q, main), (answer(a), number[id(main)])) for q, a, _ in main['questions']] if not gone else []
    r.shuffle(own)
    pool = (own[: most // 2] + pool)[:most] if len(shown) > 1 else pool[:most]
    none = [q for i in shown for q in i.get('unanswerable', ())]
    if gone:
        none += [ask(q, main) for q, _, _ in main['questions']] * 2
    far = r.choice(r.choice(files))
    if far not in shown and far is not main:
        none += [q for q, a, _ in far['questions'][:3] if answer(a) not in text]
    r.shuffle(none)
    qas = dict(pool)
    for _ in range(most // 2):
        if none and r.random() < absent * 2:
            qas.setdefault(none.pop(), None)
    qas = list(qas.items())
    r.shuffle(qas)
    return [(title(r, i), flat(i['text'])) for i in shown], dict(qas)
