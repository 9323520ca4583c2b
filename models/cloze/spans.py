"""Parts of a sentence that are worth asking for: numbers, dates, names, noun phrases."""

import re

DATE = r'(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|October|November|December)(?: \d{1,2},?)?(?: \d{4})?'


NUMBER = re.compile(
    r'(?<![\w.,$£€-])(?:[$£€] ?)?\d[\d,.]*\d(?: (?:million|billion|percent|%))?|(?<![\w.,$£€-])\d(?![\w,.]\d)'
)


NAME = re.compile(r"(?<![\w'’-])[A-Z][\w'’.-]*[a-z](?:(?: (?:of|the|and|de|von|van|&))? [A-Z][\w'’-]+)*")


PREP = 'in on at by for from to of with within under during after before since until through into between against about over'.split()


AUX = 'is was are were can may must shall will should has have had could would'.split()


STOPPER = (
    set(PREP)
    | set(AUX)
    | set(
        'and or but that which who whom whose when where while because if as than not be been being do does did it its they their he she his her we you i this these those so such'.split()
    )
)


UNIT = 'days day weeks week months month years year hours hour minutes minute percent people men women miles kilometers km feet meters metres acres dollars euros pounds members votes points seats times pages degrees'.split()


def spans(s, rank):
    """(start, end, kind) of parts worth asking for: number, date, name, noun phrase."""
    out = []
    for m in re.finditer(DATE, s):
        if re.search(r'\d', m.group()):
            out.append((m.start(), m.end(), 'date'))
    for m in re.finditer(r'(?<![\w.,$-])(?:1[0-9]|20)\d\d(?![\w,%]|\.\d)', s):
        out.append((m.start(), m.end(), 'year'))
    for m in NUMBER.finditer(s):
        e = m.end()
        if s[e - 1] in '.,':
            e -= 1
        u = re.match(r' ([a-z]+(?:-[a-z]+)?)', s[e:])
        if u and (u[1] in UNIT or u[1].endswith('s') and u[1] not in STOPPER):
            out.append((m.start(), e + len(u[0]), 'count'))
        else:
            out.append((m.start(), e, 'number'))
    for m in NAME.finditer(s):
        several = ' ' in m.group()
        plain = not re.search(r"['’](?:[dmst]|ll|re|ve)$|^I", m.group())
        if (m.start() > 1 or several) and plain and (several or rank.get(m.group().lower(), 401) > 400):
            out.append((m.start(), m.end(), 'name'))
    for m in re.finditer(r'(?<![\w-])(?:the|a|an|its|their|his|her|each|any|every|no|all) ', s, re.I):
        n = re.match(r"[a-z][a-z'’-]+(?: [a-z][a-z'’-]+){0,2}", s[m.end() :])
        if not n:
            continue
        w, verb = [], False
        for x in n.group().split():
            verb = bool(w) and x.endswith(('ed', 'ly'))
            if x in STOPPER or verb:
                break
            w.append(x)
        rest = s[m.end() + len(' '.join(w)) :]
        if (
            w
            and len(w[-1]) > 2
            and max(rank.get(x, 60000) for x in w) > 1500
            and (
                verb
                or re.match(r'[,.;:)]', rest)
                or re.match(r' (\w+)', rest)
                and re.match(r' (\w+)', rest)[1].lower() in STOPPER
            )
        ):
            out.append((m.start(), m.end() + len(' '.join(w)), 'thing'))
    free = []
    for x in sorted(out, key=lambda x: (x[0] - x[1], x[0])):  # the longest first; no overlaps
        if all(x[1] <= y[0] or x[0] >= y[1] for y in free):
            free.append(x)
    return [x for x in free if len(s[x[0] : x[1]].split()) <= 8]
