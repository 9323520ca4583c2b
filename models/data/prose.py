"""Builds prose-*.jsonl.xz from git mirrors. usage: prose.py MIRRORS OUT_DIR [--exclude FILE ...] [--only NAME ...]

MIRRORS holds OWNER+NAME/repo bare git folders. The result depends on the commits below and the excluded files only.
"""

import argparse
import json
import os

from overlap import Overlap
from prose_sources.dialogues import dialogues
from prose_sources.handbooks import md_repo
from prose_sources.law import law
from prose_sources.openstax import openstax
from prose_sources.peps import peps
from prose_sources.reference import factbook, wordnet
from prose_sources.wikipedia import tables, wiki_pages, wikitext
from records import Out

SETS = dict(
    openstax=openstax,
    handbooks=lambda m, o, log: (
        md_repo(m, o, log, '18F/handbook', '1e4955634d03', r'^pages/.*\.md$', '18f-handbook', 'pages'),
        md_repo(
            m,
            o,
            log,
            'sourcegraph/handbook',
            '5752928b213a',
            r'^content/.*\.md$',
            'sourcegraph-handbook',
            'content',
            drop=r'/(CHANGELOG|weekly|notes)',
        ),
    ),
    law=law,
    wiki=lambda m, o, log: (wiki_pages(m, o, log), wikitext(m, o, log)),
    software=lambda m, o, log: (
        md_repo(
            m,
            o,
            log,
            'MicrosoftDocs/dynamics365smb-docs',
            '41aa5854d6fd',
            r'^business-central/[^/]+\.md$|^business-central/LocalFunctionality/.*\.md$',
            'business-docs',
            'business-central',
            sub=r'^business-central/includes/.*\.md$',
        ),
        peps(m, o, log),
    ),
    tables=tables,
    wordnet=wordnet,
    factbook=factbook,
    dialogues=dialogues,
)


def main():
    a = argparse.ArgumentParser()
    a.add_argument('mirrors')
    a.add_argument('out')
    a.add_argument('--exclude', nargs='*', default=[])
    a.add_argument('--only', nargs='*', default=list(SETS))
    a = a.parse_args()
    os.makedirs(a.out, exist_ok=True)
    over = Overlap(a.exclude) if a.exclude else None
    seen = set()
    for name in a.only:
        o = Out(os.path.join(a.out, 'prose-%s.jsonl.xz' % name), seen, over if name == 'wiki' else None)
        SETS[name](
            a.mirrors, o, lambda *x: print('  %s %s (%s) %.2f MB' % (x[0], x[1][:12], x[2], x[3] / 1e6), flush=True)
        )
        print(name, json.dumps(o.close()), flush=True)


if __name__ == '__main__':
    main()
