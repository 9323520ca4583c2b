"""A passage of an invented handbook: facts written as sentences, with a title and with idle sentences between them."""

from typing import NamedTuple

from invented.names import cap, generic
from invented.relations import fill


class Cue(NamedTuple):
    """How a passage says what it is worth: sentences for its text, marks for its title."""

    sentences: list
    marks: list


OLD = Cue(
    [
        'This version was replaced.',
        'This is an older version that no longer applies.',
        'This text is out of date.',
        'These rules have been replaced by newer ones.',
        'This page is no longer in force.',
    ],
    ['replaced', 'old version', 'superseded', 'out of date', 'withdrawn', 'no longer in force'],
)


DRAFT = Cue(
    [
        'This is only a draft.',
        'This proposal was not approved.',
        'This text is a draft and is not in force.',
        'The board has not accepted this draft.',
        'This is a proposal and was never adopted.',
    ],
    ['draft', 'draft, not approved', 'proposal', 'draft for comment', 'rejected proposal'],
)


NEW = Cue(
    ['This version is in force.', 'This is the current version.'],
    ['current', 'in force', 'current version'],
)


IDLE = [
    'This page is for all staff.',
    'Please read this page with care.',
    'Ask your manager if something is not clear.',
    'The rule has no exceptions.',
    'A copy hangs in the hall.',
    'Exceptions need a written request.',
    'The rule applies to every location.',
    'This text is checked once a year.',
    'More details are in the annex.',
    'Please keep this page at hand.',
    'We thank you for your help.',
    'The board has agreed to this text.',
    'Visitors are always welcome.',
    'Changes are sent to all staff.',
    'Please tell your colleagues.',
    'The same holds for guests.',
    'It is a well known house.',
    'Many people ask about this.',
    'The team is proud of its work.',
    'You can find the text on the wall as well.',
    'Nobody may skip this step.',
    'The text was written by the office.',
    'Keep a copy of every letter.',
    'The matter is handled with care.',
    'Other rules stay in place.',
    'See also the next section.',
]


# a second sentence that begins so can follow 'and' in lower case
JOINABLE = 'The For A At On Staff It Each After New Disputes Invoices Questions Pay There'.split()


def _title(r, e, topic):
    k = r.random()
    if k < 0.22:
        return ''
    if k < 0.34:
        return cap(e)
    if k < 0.55:
        return '%s %s' % (cap(e), topic)
    if k < 0.7:
        return '%s: %s' % (cap(e), topic)
    if k < 0.8:
        return cap(e) + ' handbook'
    if k < 0.9:
        return '%s, %s' % (cap(topic), e)
    return cap(topic)


def passage(r, e, fs, cue=None, fillers=None):
    """Facts about e as (title, text); sets each fact's text to the sentence that states it.

    cue marks the passage as old, as a draft or as in force; fillers is the number of idle sentences (None: drawn).
    """
    topic = r.choice(fs).rel.topic if fs else 'general'
    year = ' %d' % r.randint(2008, 2029) if r.random() < 0.2 else ''
    title = _title(r, e, topic)
    named = cap(e) in title or e in title
    title = title + year if title else title
    sents, i = [], 0
    order = fs[:]
    r.shuffle(order)
    g = generic(e, r)
    while i < len(order):
        f = order[i]
        use = g if named and r.random() < 0.3 else e
        t = fill(r.choice(f.rel.statements), use, f.value, f.qualifier)
        f.text = t
        named = True
        i += 1
        if i < len(order) and r.random() < 0.12:
            f2 = order[i]
            t2 = fill(r.choice(f2.rel.statements), g if r.random() < 0.4 else e, f2.value, f2.qualifier)
            if t2.split(' ')[0] in JOINABLE:
                t = t[:-1] + r.choice((', and ', '; ', ', and ')) + t2[0].lower() + t2[1:]
                f.text = f2.text = t
                i += 1
        sents.append(t)
    for _ in range(fillers if fillers is not None else r.choice((0, 0, 1, 1, 2, 3, 4))):
        sents.insert(r.randint(0, len(sents)), r.choice(IDLE))
    if cue:
        if r.random() < 0.6 and title:
            title = title + r.choice((' (%s)', ', %s', ' - %s')) % r.choice(cue.marks)
            if r.random() < 0.3:
                sents.insert(r.choice((0, len(sents))), r.choice(cue.sentences))
        else:
            sents.insert(r.choice((0, 0, len(sents))), r.choice(cue.sentences))
    return title, ' '.join(sents)
