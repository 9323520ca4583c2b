"""An answer in the voice of the reader ("plain") or of an adapter ("json", "memo")."""

import json

from invented.names import cap
from prompts import ABSTAIN

UNSETTLED = 'In our opinion, the passages do not settle this point.'


def say_fact(style, f, e=None, cite=True):
    """A fact as an answer, a whole sentence; None: the passages do not say. e is another wording of its entity."""
    if style == 'json':
        if f is None:
            return '{"answer": "", "citations": [], "found": false}'
        return json.dumps(
            dict(answer=f.answer(e), citations=[f.passage] if cite else [], found=True), ensure_ascii=False
        )
    if style == 'memo':
        if f is None:
            return UNSETTLED
        a = f.answer(e)
        if not (a.startswith(cap(f.entity)) and not f.entity.startswith('the ')) and not a.startswith(f.value):
            a = a[0].lower() + a[1:]
        return 'In our opinion, %s.%s' % (a, ' See [%d].' % f.passage if cite else '')
    if f is None:
        return ABSTAIN
    return f.answer(e) + (' [%d].' % f.passage if cite else '.')


def say_everyday(style, c):
    """An everyday fact, told without passages."""
    if style == 'json':
        return json.dumps(dict(answer=c['answer'].rstrip('.'), citations=[], found=True), ensure_ascii=False)
    if style == 'memo':
        return 'In our opinion, ' + c['answer'][0].lower() + c['answer'][1:]
    return c['answer']


def say_span(style, answer, n=None):
    """A span of passage n as an answer; None: the passages do not say."""
    if style == 'json':
        return json.dumps(
            dict(answer=answer or '', citations=[n] if answer else [], found=bool(answer)), ensure_ascii=False
        )
    if style == 'memo':
        return 'In our opinion, %s. See [%d].' % (answer, n) if answer else UNSETTLED
    return '%s [%d].' % (answer, n) if answer else ABSTAIN
