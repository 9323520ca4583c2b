"""Whether an answer is right, cites rightly and keeps its adapter's form."""

import json
import re

from prompts import ABSTAIN


def has(value, text):
    """Does the text say the value, not as a part of a longer word or number?"""
    return re.search(r'(?<![\w,.])' + re.escape(value.lower()) + r'(?![\w])', text.lower()) is not None


def judge(name, text, value, aliases=(), gold=None):
    """Flags of an answer: abstain, value and cite (where there is something to find), json or memo (the adapter's form).

    value None: nothing to find. gold: the number of the passage that holds it. Values count as said when they stand there whole.
    """
    r = {}
    t, cites = text, [int(x) for x in re.findall(r'\[(\d+)\]', text)]
    abst = text.strip() == ABSTAIN or 'do not settle' in text
    if name == 'json-answer':
        try:
            j = json.loads(text)
            r['json'] = (
                set(j) == {'answer', 'citations', 'found'}
                and isinstance(j['answer'], str)
                and isinstance(j['citations'], list)
                and isinstance(j['found'], bool)
            )
            t, cites, abst = str(j.get('answer')), j.get('citations'), j.get('found') is False
        except (ValueError, TypeError, KeyError, AttributeError):
            r['json'] = False
    if name == 'memo-voice':
        r['memo'] = text.startswith('In our opinion, ') and text.endswith('.')
    r['abstain'] = abst
    if value is not None:
        r['value'] = any(has(v, t) for v in [value] + list(aliases))
        if gold:
            r['cite'] = cites == [gold]
    return r


def rates(rows):
    """Number of rows, and the share of those that have a flag for which it is set."""
    out = {'n': len(rows)}
    for k in ('value', 'cite', 'abstain', 'json', 'memo'):
        v = [r[k] for r in rows if k in r]
        if v:
            out[k] = round(sum(v) / len(v), 5)  # more digits than are shown, or it would be rounded twice
    return out
