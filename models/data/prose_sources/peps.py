"""Python Enhancement Proposals in the public domain or under CC0."""

import re

from mirrors import Git


def peps(mirrors, out, log):
    g = Git(mirrors, 'python/peps', 'ba4deeb79695')
    before = out.chars
    for p, t in g.read(g.files(r'^peps/pep-\d{4}\.rst$', 'peps')):
        if not re.search(r'public\s+domain|CC0', t, re.I):
            continue
        m = re.search(r'^Title: (.*)$', t, re.M)
        title = 'PEP %d: %s' % (int(p[-8:-4]), m[1] if m else '')
        t = t.split('\n\n', 1)[1] if '\n\n' in t else ''
        head, paras, L = '', [], t.split('\n')
        buf, i = [], 0

        def para():
            if buf:
                s = ' '.join(buf)
                s = re.sub(r':pep:`(\d+)`', r'PEP \1', s)
                s = re.sub(r':[a-z:]+:`~?([^`<]*?)\s*(?:<[^`]*>)?`', r'\1', s)
                s = re.sub(r'``(.*?)``', r'\1', s)
                s = re.sub(r'`([^`<]*?)\s*<[^`]*>`__?', r'\1', s)
                s = re.sub(r'`([^`]*)`_*', r'\1', s)
                s = re.sub(r'\s*\[(#?[\w-]+)\]_', '', s)
                s = re.sub(r'\*+([^*]+)\*+', r'\1', s)
                s = re.sub(r'::\s*$', ':', s)
                paras.append(s)
            buf.clear()

        while i < len(L):
            line = L[i]
            s = line.strip()
            if i + 1 < len(L) and s and re.match(r'^([=\-~^\'"*+#.])\1{2,}\s*$', L[i + 1]) and not line.startswith(' '):
                para()
                if paras:
                    emit(out, 'peps', p, title, head, paras)
                head, paras = s, []
                i += 2
                continue
            if s.startswith('.. '):
                para()
                i += 1
                while i < len(L) and (not L[i].strip() or L[i].startswith('  ')):
                    i += 1
                continue
            if not s:
                block = bool(buf) and buf[-1].endswith('::')
                para()
                i += 1
                if block:
                    while i < len(L) and (not L[i].strip() or L[i].startswith(' ')):
                        i += 1
                continue
            if line.startswith('    ') and not buf or s.startswith(('>>>', '+--', '|', '==')):
                para()
                i += 1
                continue
            b = re.match(r'(?:[-*+]|\d+\.|#\.)\s+(.*)', s)
            if b:
                para()
                s = b[1]
            buf.append(s)
            i += 1
        para()
        if paras:
            emit(out, 'peps', p, title, head, paras)
    log('python/peps', g.commit, 'PEPs placed in the public domain or under CC0', out.chars - before)


def emit(out, source, p, title, head, paras):
    if not re.match(r'(References|Copyright|Footnotes|Bibliography|Local Variables|Acknowledg|Appendix)', head):
        out.section(source, '%s/%s' % (source, p), title, head, paras)
