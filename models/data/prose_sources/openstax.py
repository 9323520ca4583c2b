"""Textbooks of OpenStax, at the last commits under CC BY 4.0."""

import re
import xml.etree.ElementTree as ET

from cleaning import tidy
from mirrors import Git
from prose_sources.markup import tag

OPENSTAX = dict(
    psychology='e061043bf2f9',
    **{
        'introduction-sociology': 'd35d5f3bdac4',
        'us-history': '046331cfcea0',
        'american-government': '5c90dd7907db',
        'business-law': '9d510e2126b7',
        'introduction-business': '78c9e7ad4e58',
        'introduction-political-science': '4391e659b98e',
        'introduction-philosophy': 'd7bd4f0f5205',
        'anatomy-physiology': 'b0058a743bdd',
        'astronomy': '63157f370b09',
        'introduction-anthropology': '418eedd9bef2',
        'business-ethics': 'd64573e2807a',
        'world-history': '3e17beda9130',
        'microbiology': 'ecf34dad129d',
        'entrepreneurship': 'c1fa2c872ba0',
    },
)


SKIP = {'figure', 'table', 'exercise', 'equation', 'metadata', 'media', 'code', 'preformat', 'footnote', 'glossary'}


SKIP_CLASS = re.compile(
    r'objective|review|question|exercise|reference|citation|further|reading|chapter-test|multiple|critical|short-answer|essay|problem|activit|assess|key-terms|link-to|endnote|suggested|discussion|art-exercise|resources|bibliograph'
)


def flat(e):
    """Text of an element, or None if it holds a formula."""
    out = [e.text or '']
    for c in e:
        t = tag(c)
        if t == 'math':
            return None
        if t not in ('figure', 'table', 'footnote', 'media', 'list', 'note', 'equation', 'code') and not (
            t == 'link' and not (c.text or len(c))
        ):
            x = flat(c)
            if x is None:
                return None
            out.append(x)
        elif t == 'link':
            out.append('this figure')
        out.append(c.tail or '')
    return ''.join(out)


def openstax(mirrors, out, log):
    for book, commit in OPENSTAX.items():
        g = Git(mirrors, 'openstax/osbooks-' + book, commit)
        name = book.replace('-', ' ').replace('introduction ', 'introduction to ')
        lic = ''.join(t for _, t in g.read(g.files('^LICENSE$')))
        assert lic.startswith('Attribution 4.0 International'), book
        before = out.chars
        for path, x in g.read(g.files(r'^modules/.*/index\.cnxml$')):
            try:
                root = ET.fromstring(x)
            except ET.ParseError:
                continue
            if root.get('class') in ('preface', 'appendix'):
                continue
            kids = {tag(c): c for c in root}
            title = tidy(''.join(kids['title'].itertext())) if 'title' in kids else ''
            if re.search(
                r'^(Preface|Answer|References|Index|Key Terms|Summary of|Review Questions|Chapter Review|Assessments|Further|Metric|Units|Glossary|Works Cited)',
                title,
            ):
                continue
            doc = 'openstax/%s/%s' % (book, path.split('/')[1])

            def walk(e, head, paras):
                for c in e:
                    t, cl = tag(c), (c.get('class') or '').lower()
                    if t in SKIP or SKIP_CLASS.search(cl):
                        continue
                    if t == 'para':
                        s = flat(c)
                        if s and not re.match(
                            r'\s*(By the end of this|In this (section|chapter), you will|After reading this)', s
                        ):
                            paras.append(re.sub(r'\s*\((See )?this figure\)', '', s))
                        for entries in c:
                            if tag(entries) == 'list':
                                lists(entries, paras)
                    elif t == 'list':
                        lists(c, paras)
                    elif t in ('section', 'note', 'example'):
                        h = next((''.join(k.itertext()) for k in c if tag(k) == 'title'), '') or (
                            head if t != 'note' else ''
                        )
                        if re.match(
                            r'\s*(Learning|References|Review|Key|Summary|Suggested|Further|Discussion|Questions|Think It Over|Link|Activit|Homework|Exercises)',
                            h,
                        ):
                            continue
                        mine = []
                        walk(c, h, mine)
                        if mine:
                            out.section('openstax', doc, title, h, mine)
                    elif t == 'content':
                        walk(c, head, paras)

            def lists(entries, paras):
                it = [flat(i) for i in entries if tag(i) == 'item']
                if it and all(it) and sum(len(i) for i in it) > 60:
                    it = [tidy(i) for i in it]
                    s = ' '.join(i if re.search(r'[.!?:;]$', i) else i + '.' for i in it)
                    if paras and paras[-1].rstrip().endswith(':'):
                        paras[-1] += ' ' + s
                    else:
                        paras.append(s)

            paras = []
            if 'content' in kids:
                walk(kids['content'], '', paras)
            if paras:
                out.section('openstax', doc, title, '', paras)
            for gl in root.iter():
                if tag(gl) == 'definition':
                    t = next((''.join(k.itertext()) for k in gl if tag(k) == 'term'), '')
                    m = next((flat(k) for k in gl if tag(k) == 'meaning'), '') or ''
                    if t and m and len(m) > 30:
                        out.section(
                            'openstax', doc, title, 'Key terms: ' + t, ['%s: %s' % (tidy(t), tidy(m))], check=False
                        )
        log('openstax/osbooks-' + book, g.commit, name, out.chars - before)
