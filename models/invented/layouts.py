"""Facts written as a list or as a table, on one line as the page sends its passages."""

from pathlib import Path

from invented.facts import Fact
from invented.names import cap, generic
from invented.relations import OPEN, RELATIONS, fill, value
from json_files import read_json

TABLES = read_json(Path(__file__).parent / 'tables.json')
LEADS = ['What holds at %s:', 'The main points for %s.', '%s in short:', 'Rules of %s:', 'At %s:', 'Notes on %s.']


def list_passage(r, e, facts):
    """(title, text): an item for each fact; sets each fact's text to its item."""
    title = r.choice(['', cap(e), cap(e) + ' in short', '%s: rules' % cap(e), cap(facts[0].rel.topic)])
    mark = r.choice(['- ', '* ', '\u2022 ', ''])
    lead = cap(r.choice(LEADS) % e)
    items = []
    for n, f in enumerate(facts, 1):
        if f.rel is OPEN and r.random() < 0.6:
            item = '%s: %s.' % (cap(f.qualifier), f.value)
        else:
            item = fill(r.choice(f.rel.statements), generic(e, r) if r.random() < 0.5 else e, f.value, f.qualifier)
        f.text = (mark or '%d. ' % n) + item
        items.append(f.text)
    return title, ' '.join([lead, *items])


def table_facts(r, e, keys):
    """(facts by row, row head, column labels): some rules of one kind for some qualifiers; adds their keys to `keys`."""
    kind = TABLES[r.choice(list(TABLES)) if r.random() < 0.6 else 'groups']
    columns = r.sample(list(kind['columns']), min(len(kind['columns']), r.choice((1, 2, 2, 3))))
    relations = [RELATIONS[c] for c in columns]
    rows = []
    for x in r.sample(relations[0].qualifiers, r.randint(3, 6 if len(columns) < 3 else 4)):
        row = [Fact(e, rel, rel.key + ':' + x, x, value(rel, r)) for rel in relations]
        if not any(f.key in keys for f in row):
            rows.append(row)
    keys.update(f.key for row in rows for f in row)
    return rows, kind['head'], [kind['columns'][c] for c in columns]


def table_passage(r, e, rows, head, labels):
    """(title, text) of table_facts; sets each fact's text to its row."""
    title = '%s: %s' % (cap(e), r.choice(labels)) if r.random() < 0.8 else cap(e)
    style = r.choice(('markdown', 'bars', 'fields'))
    lines = []
    if style == 'markdown':
        lines.append('| %s |' % ' | '.join(map(cap, [head, *labels])))
        lines.append('|' + ' --- |' * (1 + len(labels)))
    elif style == 'bars':
        lines.append(' | '.join(map(cap, [head, *labels])))
    for row in rows:
        cells = [cap(row[0].qualifier), *(f.value for f in row)]
        if style == 'fields':
            text = '; '.join('%s: %s' % cell for cell in zip([cap(head), *labels], cells)) + '.'
        else:
            text = ' | '.join(cells)
            text = '| %s |' % text if style == 'markdown' else text
        for f in row:
            f.text = text
        lines.append(text)
    return title, ' '.join(lines)
