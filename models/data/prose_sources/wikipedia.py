"""Wikipedia: pages and tables of WikiTableQuestions, and wikitext-2."""

import json
import re

from cleaning import tidy
from mirrors import Git
from wiki_tables import row_text, wiki_tables


def wiki_pages(mirrors, out, log):
    g = Git(mirrors, 'ppasupat/WikiTableQuestions', '7d455a5a707b')
    before = out.chars
    meta = {}
    for p, t in g.read(g.files(r'^page/.*\.json$', 'page')):
        meta[p[:-5]] = json.loads(t)
    best = {}
    for p, m in sorted(meta.items()):
        best.setdefault(m['title'], p)
    first = set(best.values())
    part = re.compile(r'<p>(.*?)</p>|<h[23]>(.*?)</h[23]>', re.S)
    for p, t in g.read([f for f in g.files(r'^page/.*\.html$', 'page') if f[0][:-5] in first]):
        title, head, paras = meta[p[:-5]]['title'], '', []
        t = re.sub(r'<table.*?</table>', '', t, flags=re.S)
        for a, h in part.findall(t):
            if h:
                if paras:
                    out.section('wikipedia-pages', 'wikipedia/' + title, title, head, paras)
                head, paras = tidy(re.sub(r'<[^>]*>', '', re.sub(r'<span class="mw-editsection.*', '', h))), []
            else:
                a = re.sub(r'<sup[^>]*>.*?</sup>', '', a, flags=re.S)
                a = re.sub(r'<(span|small)[^>]*(?:display:none|IPA|geo)[^>]*>.*?</\1>', '', a, flags=re.S)
                s = tidy(re.sub(r'<[^>]*>', '', a))
                if re.match(r'(References|External links|See also|Notes|Further reading|Sources)', head):
                    continue
                paras.append(re.sub(r'\(\s*[;,]?\s*\)', '', s).replace('  ', ' '))
        if paras:
            out.section('wikipedia-pages', 'wikipedia/' + title, title, head, paras)
    log('ppasupat/WikiTableQuestions', g.commit, 'Wikipedia page prose', out.chars - before)


def detok(t):
    t = t.replace(' @-@ ', '-').replace(' @,@ ', ',').replace(' @.@ ', '.')
    t = re.sub(r' ([.,;:!?%)\]])', r'\1', t)
    t = re.sub(r'([(\[$£€]) ', r'\1', t)
    t = re.sub(r" (n't|'s|'re|'ve|'d|'ll|'m)\b", r'\1', t)
    t = re.sub(r'" ([^"]*?) "', r'"\1"', t)
    t = re.sub(r"(s') ", r'\1 ', t)
    return t.replace(' – ', ' – ').strip()


def wikitext(mirrors, out, log):
    g = Git(mirrors, 'pytorch/examples', '77f55b912142')
    before = out.chars
    for _, t in g.read(g.files(r'wikitext-2/(valid|test)\.txt$', 'word_language_model')):
        title = head = ''
        paras = []
        for line in t.split('\n') + [' = end = ']:
            s = line.strip()
            h = re.match(r'((?:= )+)(.*?)((?: =)+)$', s)
            if h:
                if paras:
                    out.section('wikitext', 'wikitext/' + title, title, head, paras)
                paras = []
                name = detok(h[2])
                title, head = (name, '') if h[1].count('=') == 1 else (title, name)
            elif s:
                run = []
                for x in re.split(r'(?<= [.!?]) (?=[A-Z"])', s) + ['<unk>']:
                    if '<unk>' in x:  # a word is missing: keep only the whole sentences before it
                        if len(run) >= 2:
                            paras.append(detok(' '.join(run)))
                        run = []
                    else:
                        run.append(x)
    log('pytorch/examples', g.commit, 'wikitext-2 valid and test', out.chars - before)


def tables(mirrors, out, log):
    """Tables as text, a line for each row; tables of the test questions are left out."""
    g = Git(mirrors, 'ppasupat/WikiTableQuestions', '7d455a5a707b')
    before = out.chars
    titles, rows = wiki_tables(g)
    _, t = next(g.read(g.files(r'^data/pristine-unseen-tables\.tsv$')))
    test = {line.split('\t')[2] for line in t.splitlines()[1:]}
    for p in sorted(rows):
        r = rows[p]
        if p in test or len(r) < 4 or not 2 <= len(r[0]) <= 9 or len(set(r[0])) < len(r[0]):
            continue
        lines = [row_text(r[0], x) for x in r[1:] if len(x) == len(r[0])]
        lines = [x for x in lines if 20 < len(x) < 350 and '|' not in x and '\ufffd' not in x][:24]
        if len(lines) >= 3:
            out.raw(
                dict(
                    source='tables',
                    doc='tables/' + p,
                    title=titles.get(p, ('', ''))[0],
                    heading=titles.get(p, ('', ''))[1],
                    text='\n'.join(lines),
                )
            )
    log('ppasupat/WikiTableQuestions', g.commit, 'tables', out.chars - before)
