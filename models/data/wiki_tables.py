"""The tables of WikiTableQuestions."""

from cleaning import tidy


def cell(s):
    return tidy(s.replace('\\n', ' ').replace('\\p', '|').replace('\\\\', '\\'))


def row_text(head, row):
    return (
        '; '.join(
            '%s: %s' % (h.rstrip(':'), c) if h else c for h, c in zip(head, row) if c and c not in ('—', '-', '–')
        ).rstrip('.')
        + '.'
    )


def wiki_tables(g):
    """WikiTableQuestions: ({table file: (page title, section)}, {table file: rows of cells})."""
    titles, rows = {}, {}
    for _, t in g.read(g.files(r'^misc/table-metadata\.tsv$')):
        for line in t.splitlines()[1:]:
            c = line.split('\t')
            titles[c[0]] = (c[4], c[5].split('|')[-1])
    for p, t in g.read(g.files(r'^csv/\d+-csv/\d+\.tsv$', 'csv')):
        rows[p[:-4] + '.csv'] = [[cell(c) for c in line.split('\t')] for line in t.split('\n') if line]
    return titles, rows
