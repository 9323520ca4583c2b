"""Sentences of running text."""

import re

ABBR = re.compile(
    r'(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|vs|No|Inc|Ltd|Co|Corp|Gen|Col|Lt|U\.S|D\.C|e\.g|i\.e|etc|al|Fig|approx|c|ca|sp))\.$'
)


def sentences(t):
    out, a = [], 0
    for m in re.finditer(r'[.!?]["”’)\]]*\s+(?=["“‘(\[]?[A-Z0-9])', t):
        if not ABBR.search(t[max(0, m.start() - 8) : m.start() + 1]):
            out.append(t[a : m.end()].strip())
            a = m.end()
    out.append(t[a:].strip())
    return [s for s in out if s]
