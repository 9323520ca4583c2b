"""Markdown as headings and paragraphs of running text."""

import re


def front(t):
    m = re.match(r'\ufeff?---\s*\n(.*?)\n---\s*\n', t, re.S)
    title = ''
    if m:
        k = re.search(r'^title:\s*["\']?(.+?)["\']?\s*$', m[1], re.M)
        title = k[1] if k else ''
        t = t[m.end() :]
    return title, t


def inline(t):
    t = re.sub(r'!\[[^\]]*\]\([^)]*\)', '', t)
    t = re.sub(r'\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)', r'\1', t)
    t = re.sub(r'\[([^\]]*)\]\[[^\]]*\]', r'\1', t)
    t = re.sub(r'<br\s*/?>', ' ', t)
    t = re.sub(r'</?[a-zA-Z][^>]*>', '', t)
    t = re.sub(r'\{[%{].*?[%}]\}', '', t)
    t = re.sub(r'(\*\*|__)(.+?)\1', r'\2', t)
    t = re.sub(r'(?<!\w)[*_]([^*_]+)[*_](?!\w)', r'\1', t)
    t = re.sub(r'`([^`]*)`', r'\1', t)
    return re.sub(r'\\([\[\]&*_~().#-])', r'\1', t)


def markdown(t, title=''):
    """(title, [(heading, [paragraph])]): list items are joined to paragraphs; code, tables, images and notes' marks go."""
    ft, t = front(t)
    title = title or ft
    t = re.sub(r'<!--.*?-->', '', t, flags=re.S)
    t = re.sub(r'^\s*(```|~~~).*?^\s*\1\s*$', '', t, flags=re.S | re.M)
    secs, head, paras, cur, items = [], '', [], [], []

    def flush():
        nonlocal cur, items
        if cur:
            paras.append(inline(' '.join(cur)))
        if items:
            it = [inline(' '.join(x)).strip() for x in items]
            it = [x if re.search(r'[.!?:;]["\')]?$', x) else x + '.' for x in it if len(x) > 3]
            lead = bool(paras) and paras[-1].rstrip().endswith(':')
            text = ' '.join(it)
            if lead:
                paras[-1] += ' ' + text
            elif text:
                paras.append(text)
        cur, items = [], []

    for line in t.split('\n'):
        s = line.strip()
        h = re.match(r'(#{1,6})\s+(.*?)\s*#*$', s)
        if h:
            flush()
            if paras:
                secs.append((head, paras))
            name = inline(h[2]).strip(' :*')
            name = re.sub(r'\s*\{#.*?\}', '', name)
            if not title and len(h[1]) == 1:
                title, head = name, ''
            else:
                head = name
            paras = []
            continue
        if s.startswith('|') or s.startswith(':::') or re.match(r'^[-=*_|: ]+$', s) or re.match(r'^\[[^\]]+\]:', s):
            flush()
            continue
        s = re.sub(r'^(>\s*)+', '', s)
        s = re.sub(r'^\[!\w+\]\s*', '', s)
        if not s:
            if not items:
                flush()
            continue
        li = re.match(r'(?:[-*+]|\d+[.)])\s+(.*)', s)
        if li:
            if cur:
                flush()
            items.append([li[1]])
        elif items and line[:1] in ' \t':
            items[-1].append(s)
        else:
            if items:
                flush()
            cur.append(s)
    flush()
    if paras:
        secs.append((head, paras))
    return title, secs
