"""The Code of the District of Columbia."""

import hashlib
import re
import xml.etree.ElementTree as ET

from cleaning import tidy
from mirrors import Git
from prose_sources.markup import tag


def law(mirrors, out, log, budget=22e6):
    g = Git(mirrors, 'DCCouncil/law-xml', '9123af018003')
    before = out.chars
    names = {}
    for p, x in g.read(g.files(r'^us/dc/council/code/titles/[^/]+/index\.xml$', 'us/dc/council/code/titles')):
        try:
            r = ET.fromstring(x)
        except ET.ParseError:
            continue
        h = next((c for c in r.iter() if tag(c) == 'heading'), None)
        names[p.split('/')[-2]] = tidy(''.join(h.itertext())) if h is not None else ''
    fs = g.files(r'/sections/.*\.xml$', 'us/dc/council/code/titles')
    fs.sort(key=lambda f: hashlib.md5(f[0].encode()).digest())

    def para(e, top):
        num, txt = '', []
        for c in e:
            t = tag(c)
            if t == 'num':
                num = ''.join(c.itertext())
            elif t in ('text', 'aftertext', 'heading'):
                txt.append(tidy(''.join(c.itertext())))
            elif t == 'para':
                txt.append(para(c, False))
            elif t in ('table', 'form', 'figure'):
                return ''
        return tidy('%s %s' % (num, ' '.join(txt)))

    for p, x in g.read(fs):
        if out.chars - before > budget:
            break
        if '<table' in x or len(x) > 30000 or '<reason>' in x:
            continue
        try:
            r = ET.fromstring(x)
        except ET.ParseError:
            continue
        head = next((tidy(''.join(c.itertext())) for c in r if tag(c) == 'heading'), '').rstrip('.')
        paras = [
            tidy(''.join(c.itertext())) if tag(c) == 'text' else para(c, True) for c in r if tag(c) in ('text', 'para')
        ]
        if not head or re.search(r'repealed|omitted|reserved|transferred', head, re.I) or sum(map(len, paras)) < 150:
            continue
        out.section(
            'dc-law',
            'dc-law/' + p.split('/')[-1][:-4],
            head,
            re.sub(r'\s*\[.*?\]', '', names.get(p.split('/')[-3], '')).rstrip('.'),
            paras,
        )
    log('DCCouncil/law-xml', g.commit, 'a sample of sections of the D.C. Code', out.chars - before)
