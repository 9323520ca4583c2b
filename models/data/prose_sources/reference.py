"""WordNet and the World Factbook."""

import json
import re

from cleaning import key, tidy
from mirrors import Git

POS = dict(n='noun', v='verb', a='adjective', s='adjective', r='adverb')


def unq(s):
    """A YAML scalar without its quotation marks."""
    return tidy(re.sub(r"^(['\"])(.*)\1$", r'\2', s).replace("''", "'"))


def wordnet(mirrors, out, log):
    g = Git(mirrors, 'globalwordnet/english-wordnet', 'd94538ad0df3')
    before = out.chars
    for _, t in g.read(g.files(r'^src/yaml/(noun|verb|adj|adv)\..*\.yaml$', 'src/yaml')):
        for block in re.split(r'\n(?=\d{8}-[a-z]:)', t):
            sid = block[:10]
            f, k = {}, None
            for line in block.split('\n')[1:]:
                if re.match(r'  \w+:', line):
                    k = line.strip().split(':')[0]
                    v = line.split(':', 1)[1].strip()
                    f[k] = [v] if v else []
                elif line.startswith('  - ') and k:
                    f[k].append(line[4:].strip())
                elif line.startswith('    ') and k and f[k]:
                    f[k][-1] += ' ' + line.strip()
            d, m = [unq(x) for x in f.get('definition', [])], [unq(x) for x in f.get('members', [])]
            ex = [unq(x) for x in f.get('example', []) if not x.startswith(('source', 'text'))]
            if not d or not m or len(d[0]) < 15 or '\ufffd' in d[0]:
                continue
            text = '%s (%s)%s: %s.' % (
                m[0].replace('_', ' '),
                POS.get(f.get('partOfSpeech', ['n'])[0], 'noun'),
                ', also ' + ', '.join(m[1:4]).replace('_', ' ') if len(m) > 1 else '',
                d[0].rstrip('.'),
            )
            if ex:
                text += ' Example: %s' % ex[0].strip('"')
                text += '' if text.endswith(('.', '!', '?')) else '.'
            k = key(text)
            if k not in out.seen:
                out.seen.add(k)
                out.raw(
                    dict(source='wordnet', doc='wordnet/' + sid, title=m[0].replace('_', ' '), heading='', text=text)
                )
    log('globalwordnet/english-wordnet', g.commit, 'one entry per synset', out.chars - before)


def factbook(mirrors, out, log):
    g = Git(mirrors, 'factbook/factbook.json', '8662a8b17a78')
    before = out.chars
    for p, t in g.read(g.files(r'^[a-z-]+/[a-z]{2}\.json$')):
        try:
            d = json.loads(t)
        except ValueError:
            continue
        n = d.get('Government', {}).get('Country name', {})
        name = (n.get('conventional short form') or {}).get('text') or ''
        name = tidy(re.sub(r'<[^>]*>', '', name))
        if not name or name == 'none' or len(name) > 50:
            name = tidy((n.get('conventional long form') or {}).get('text') or '')
        if not name or len(name) > 60:
            continue
        for cat, fields in d.items():
            lines = []

            def put(k, x):
                if isinstance(x, dict):
                    if isinstance(x.get('text'), str):
                        s = tidy(re.sub(r'<[^>]*>', ' ', x['text']))
                        if s and s not in ('NA', 'none') and len(s) < 900:
                            lines.append('%s: %s' % (k, s))
                    for a, b in x.items():
                        if a != 'text' and not a.startswith('note'):
                            put(k + ', ' + tidy(a), b)

            for k, x in fields.items():
                put(tidy(k), x)
            while lines:
                part, lines = lines[:12], lines[12:]
                out.raw(
                    dict(source='factbook', doc='factbook/' + p, title=name, heading=tidy(cat), text='\n'.join(part))
                )
    log('factbook/factbook.json', g.commit, 'fields of country pages', out.chars - before)
