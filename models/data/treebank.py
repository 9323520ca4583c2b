"""Sentences and tokens put back into running text."""

import re

from cleaning import tidy

ABBR = re.compile(
    r'\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Inc|Ltd|Co|Corp|Gen|Col|Lt|U\.S|e\.g|i\.e|etc|al|Fig|approx|c|ca|sp)\.$'
)


def sentences(t):
    """(start, end) of sentences."""
    out, a = [], 0
    for m in re.finditer(r'[.!?]["”’)\]]*\s+(?=["“‘(\[]?[A-Z0-9])', t):
        if not ABBR.search(t[max(0, m.start() - 8) : m.start() + 1]):
            out.append((a, m.end() - len(m[0]) + len(m[0].rstrip())))
            a = m.end()
    if a < len(t):
        out.append((a, len(t.rstrip())))
    return out


BRACKET = {
    '-LRB-': '(',
    '-RRB-': ')',
    '-LSB-': '[',
    '-RSB-': ']',
    '-LCB-': '{',
    '-RCB-': '}',
    '``': '"',
    "''": '"',
    '-lrb-': '(',
    '-rrb-': ')',
    '-lsb-': '[',
    '-rsb-': ']',
}


def detok(tokens):
    """Join treebank tokens; returns text and the character span of each token."""
    text, spans, opened = '', [], False
    glue = True
    for t in tokens:
        w = BRACKET.get(t, t)
        quote = w == '"'
        closing = (
            quote
            and opened
            or w in ('.', ',', ';', ':', '?', '!', ')', ']', '}', '%')
            or w.startswith("'")
            and len(w) > 1
            and w.lower() in ("'s", "'re", "'ve", "'d", "'ll", "'m")
            or w.lower() == "n't"
            or w in ("'", '-')
        )
        if not glue and not closing:
            text += ' '
        spans.append((len(text), len(text) + len(w)))
        text += w
        glue = w in ('(', '[', '{', '$', '£', '€', '#', '-') or quote and not opened
        if quote:
            opened = not opened
    return text, spans


def wh(q):
    q = tidy(q)
    q = q[:1].upper() + q[1:]
    return q if q.endswith('?') else q.rstrip('.') + '?'


def evidence(context, start, end):
    for a, b in sentences(context):
        if a <= start < b:
            return context[a:b] if end <= b else context[a : max(b, end)]
    return ''
