"""Repositories of Markdown: handbooks and documentation."""

import hashlib
import re

from cleaning import tidy
from markdown import inline, markdown
from mirrors import Git


def md_repo(mirrors, out, log, repo, commit, pattern, source, under='.', sub=None, drop=None, limit=None):
    g = Git(mirrors, repo, commit)
    before = out.chars
    inc = {}
    if sub:
        for p, t in g.read(g.files(sub)):
            b = front_text(t)
            if len(b) < 120:
                inc[p.split('/')[-1]] = b
    fs = [f for f in g.files(pattern, under) if not (drop and re.search(drop, f[0]))]
    if limit:  # a fixed sample
        fs = sorted(sorted(fs, key=lambda f: hashlib.md5(f[0].encode()).digest())[:limit])
    for p, t in g.read(fs):
        if sub:
            t = re.sub(r'\[!INCLUDE ?\[.*?\]\((?:[^)]*/)?([^/)]+\.md)\)\]', lambda m: inc.get(m[1], ''), t, flags=re.I)
        title, secs = markdown(t)
        title = (
            re.sub(r'\s*\|.*', '', title)
            or p.split('/')[-1].replace('.md', '').replace('-', ' ').replace('_', ' ').capitalize()
        )
        for h, paras in secs:
            if re.match(
                r'(See also|Related|Next steps|Links|Resources|References|Additional|Changelog|Table of contents)',
                h,
                re.I,
            ):
                continue
            out.section(source, '%s/%s' % (source, p), title, h if h != title else '', paras)
    log(repo, g.commit, source, out.chars - before)


def front_text(t):
    t = re.sub(r'\A\ufeff?---.*?\n---\s*\n', '', t, flags=re.S)
    return tidy(inline(re.sub(r'<!--.*?-->', '', t, flags=re.S)))
