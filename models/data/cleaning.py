"""Paragraphs: tidied, judged, cut, counted once."""

import hashlib
import html
import re
import unicodedata

STOP = set(
    'the of and to a in is that for it as was with on are by this be or an from at which not have were has can if you we will may any shall their its his must when all do your use no one so what i he they but'.split()
)


def tidy(t):
    t = unicodedata.normalize('NFC', html.unescape(t))
    t = re.sub('[\u200b\u200c\u200d\u2060\ufeff\u00ad]', '', t)
    return re.sub(r'\s+', ' ', t).strip()


def good(p, lo=40, hi=3000):
    """Is this paragraph running English prose of a sensible length?"""
    if not lo <= len(p) <= hi:
        return False
    letters = sum(c.isascii() and c.isalpha() for c in p)
    if letters < 0.7 * len(p) or '\ufffd' in p or 'http' in p or '{' in p or '|' in p:
        return False
    w = re.findall(r"[a-z']+", p.lower())
    if len(w) < 6 or sum(x in STOP for x in w) < 0.2 * len(w):
        return False
    return p.count('[') + p.count('\\') + p.count('`') + p.count('=') + p.count('_') < 4


def split_long(p, hi=1600):
    """Cut an overlong paragraph at sentence ends."""
    if len(p) <= hi:
        return [p]
    out, cur = [], ''
    for s in re.split(r'(?<=[.!?;])\s+', p):
        if cur and len(cur) + len(s) > hi:
            out.append(cur)
            cur = s
        else:
            cur = (cur + ' ' + s).strip()
    return out + [cur]


def key(t):
    return hashlib.blake2b(t.lower().encode(), digest_size=8).digest()


def words(t):
    return re.findall(r'[a-z0-9]+', t.lower())
