"""A question and its answer from one sentence."""

import re

from cloze.spans import AUX, PREP, spans

WH = dict(
    date=('when', 'what date'),
    year=('what year', 'which year', 'when'),
    count=('how many', 'how much', 'what'),
    number=('what number', 'how many', 'what'),
    name=('who or what', 'what', 'which name', 'who'),
    thing=('what', 'which thing', 'what'),
)


def low(s):
    w = s.split(' ', 1)[0]
    return (
        s[:1].lower() + s[1:]
        if w.lower()
        in 'the a an we you in on at by for from to of with under during after before since until each any every all this these no if when while its their his her it they he she'.split()
        else s
    )


def around(r, s, a, b):
    """The clause round a..b, so that a question is not always the whole sentence."""
    if len(s) < 110 and r.random() < 0.7 or r.random() < 0.25:
        return 0, len(s)
    cuts = (
        [0]
        + [m.end() for m in re.finditer(r'[,;:(] | (?=(?:which|who|where|because|although|while|and|but|when|if) )', s)]
        + [len(s)]
    )
    x = max(c for c in cuts if c <= a)
    y = min(c for c in cuts if c >= b)
    while y - x < 45 and (x > 0 or y < len(s)):
        if y < len(s) and (x == 0 or r.random() < 0.5):
            y = min(c for c in cuts if c > y)
        else:
            x = max(c for c in cuts if c < x)
    return x, y


def question(r, s, rank, title=''):
    """(question, answer span) from one sentence, or None."""
    s = re.sub(r'^(?:\([\dA-Za-z]{1,4}\)\s*)+', '', s)
    if not 40 <= len(s) <= 420:
        return None
    t = s.rstrip('.!?: ')
    d = definition(r, t)
    if d and r.random() < 0.5:
        return d
    free = spans(t, rank)
    if not free:
        return None
    a, b, kind = r.choice(free)
    ans = t[a:b].strip()
    if t.count(ans) > 1 or len(ans) < 1 or len(ans) > 0.6 * len(t):
        return None
    wh = r.choice(WH[kind])
    q = front(r, t, a, b, kind, wh) if r.random() < 0.7 else None
    if not q:
        x, y = around(r, t, a, b)
        left, right = t[x:a], t[b:y]
        left, right = left.lstrip(',;: ('), right.rstrip(',;: (')
        if left.count('(') != left.count(')') or right.count('(') != right.count(')'):
            left, right = re.sub(r'[()]', '', left), re.sub(r'[()]', '', right)
        if len((left + right).split()) < 4:
            return None
        k = r.random()
        if k < 0.3:
            q = 'Fill the gap: %s___%s' % (left, right)
        else:
            if left.strip():
                q = low(left) if x else left
                q = q + wh + right
            else:
                q = wh + right
        q = q[:1].upper() + q[1:]
    q = re.sub(r'\s+', ' ', q).strip(' ,;:')
    if ans.lower() in q.lower() or len(q) > 260:
        return None
    if title and r.random() < 0.12 and not q.startswith('Fill') and title.lower() not in q.lower() and len(title) < 60:
        q = r.choice(('About %s: %s', '%s: %s')) % (
            title,
            q[:1].lower() + q[1:]
            if q.split(' ', 1)[0] in ('What', 'When', 'Who', 'Which', 'How', 'In', 'By', 'For', 'To', 'The')
            else q,
        )
    return q + ('?' if not q.startswith('Fill') else '.'), ans


def front(r, t, a, b, kind, wh):
    """A proper question where the sentence is 'subject auxiliary rest'; subject questions where the span stands first."""
    if a == 0:
        rest = t[b:]
        m = re.match(r' (\w+)', rest)
        if m and (m[1] in AUX or m[1].endswith(('ed', 's'))) and kind in ('name', 'thing', 'count'):
            return {
                'name': r.choice(('Who or what', 'Who', 'What', 'Which name')),
                'thing': 'What',
                'count': 'How many',
            }[kind] + rest
        return None
    m = re.match(r"((?:The|A|An|This|These|Each|All|[A-Z])[\w'’ -]{1,60}?) (%s) (?!not\b)(.+)$" % '|'.join(AUX), t)
    if (
        not m
        or a < m.start(3)
        or len(m[1].split()) > 7
        or set(m[1].lower().split()) & set(AUX + ['that', 'which', 'who', 'if', 'when', 'and'])
    ):
        return None
    subj, aux = low(m[1]), m[2]
    x, y = around(r, t, a, b)
    left, right = t[m.start(3) : a], t[b : max(b, y)]
    if ',' in left or ';' in left or len(left) > 90:
        return None
    if r.random() < 0.6:
        right = re.split(r'[,;:(]', right)[0]
    p = re.search(r'(?:^|\s)(%s) $' % '|'.join(PREP), left)
    noun = ''
    if kind == 'count' and re.match(r'[\d.,]+ ', t[a:b]):
        noun = ' ' + t[a:b].split(' ', 1)[1]
        wh = 'how many'
    elif kind == 'count':
        wh = 'how much'
    if p:
        left = left[: p.start()]
        if kind in ('date', 'year') and p[1] in ('in', 'on') and r.random() < 0.6:
            lead = 'When'
        else:
            lead = (
                p[1].capitalize() + ' ' + {'who': 'whom', 'who or what': 'what', 'when': 'what date'}.get(wh, wh) + noun
            )
    else:
        if left and not left.endswith(' '):
            return None
        lead = wh[:1].upper() + wh[1:] + noun
        if kind in ('date', 'year', 'number') and left:
            return None
    q = '%s %s %s %s %s' % (lead, aux, subj, left.strip(), right.strip())
    return q.rstrip(' ,;:')


def definition(r, t):
    """'X is a Y' and 'X: Y' asked as 'What is X?' (answer: Y) or 'What is a Y?' left to the other rules."""
    m = re.match(
        r"((?:The |A |An )?[A-Za-z][\w'’ -]{2,50}?)(?: \([a-z]+\))?(?:, also [^:]{2,60})?: ((?:a|an|the|any|one|to|in|having|of|someone|something|[a-z]+ing|[a-z]{3,}) .{15,220})$",
        t,
    )
    if m and not set(m[1].lower().split()) & (set(AUX) | {'that', 'following'}):
        return r.choice(
            ('What is %s?', 'What does %s mean?', 'What is meant by %s?', 'How is %s defined?', 'Define %s.')
        ) % low(m[1]), re.split(r'\. Example:', m[2])[0].strip()
    m = re.match(
        r"((?:The |A |An )?[A-Z]?[\w'’.-]+(?: [\w'’.-]+){0,5}) (is|was|are|were) ((?:a|an|the|one) .{12,200})$", t
    )
    if m and not set(m[1].lower().split()) & (
        set(AUX) | set('that this it there which who they he she what these those here and'.split())
    ):
        d = re.split(r', (?=which|who|where|and|but)|; ', m[3])[0]
        return '%s %s %s?' % (
            'What' if m[1].split()[0] in ('The', 'A', 'An') or r.random() < 0.6 else 'Who or what',
            m[2],
            low(m[1]),
        ), d
    return None
