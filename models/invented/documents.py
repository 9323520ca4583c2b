"""Invented documents: one to six passages, the facts that hold in them, and questions about those."""

from invented.facts import Fact, new_fact, new_facts
from invented.names import generic, org
from invented.passages import DRAFT, NEW, OLD, passage
from invented.relations import value
from prompts import render


class Document:
    """passages [(title, text)], the facts that hold, and the entities spoken of.

    `written` also has the facts of old versions and drafts; `main` are those that a noisy document is about.
    """

    def __init__(self, passages, facts, entities, written=None, main=None):
        self.passages, self.facts, self.entities = passages, facts, entities
        self.written, self.main = written or facts, main
        self.prefix = render(passages)


def shuffle_passages(r, written):
    """[(passage, its facts)] in a drawn order: the passages; each fact learns its passage's number."""
    order = list(range(len(written)))
    r.shuffle(order)
    out = []
    for new, old in enumerate(order):
        p, facts = written[old]
        for f in facts:
            f.passage = new + 1
        out.append(p)
    return out


def _how_many(r, extra):
    if extra > 1:
        return r.choice((1, 1, 2, 2, 3, 4))
    return r.randint(8, 11) if r.random() < 0.12 else r.choice((1, 2, 3, 3, 4, 4, 5, 6, 7))


def _own_facts(r, e, keys, extra, like=()):
    """Facts for one passage about e. keys, shared by the document's passages, keeps a rule from being stated twice."""
    n = _how_many(r, extra)
    facts = [new_fact(r, e, like=f, other_than=f.value) for f in like]
    while len(facts) < n:
        f = new_fact(r, e, keys)
        keys.add(f.key)
        if f.rel.qualifiers and r.random() < 0.3:  # the same rule for another group
            x = r.choice(f.rel.qualifiers)
            g = Fact(e, f.rel, f.rel.key + ':' + x, x, value(f.rel, r))
            if g.key not in keys and g.value != f.value:
                keys.add(g.key)
                facts.append(g)
        facts.append(f)
    return facts


def clean_doc(r, two=0.5):
    """One to four passages, as a retriever gives them: mostly other relations of the same organisation, some of others.

    two is the chance of more than one passage.
    """
    e = org(r)
    keys, entities = set(), [e]
    extra = r.choice((1, 1, 2, 3, 3)) if r.random() < two else 0

    def fillers():
        return None if extra < 2 else r.choice((0, 0, 1, 1, 2))

    first = _own_facts(r, e, keys, extra)
    n = fillers()
    written = [(passage(r, e, first, fillers=n), first)]
    for _ in range(extra):
        n = fillers()
        if r.random() < 0.55:
            e2, facts = e, _own_facts(r, e, keys, extra)
        else:
            e2 = org(r)
            facts = _own_facts(r, e2, keys, extra, like=r.sample(first, 1) if r.random() < 0.25 else ())
            entities.append(e2)
        written.append((passage(r, e2, facts, fillers=n), facts))
    facts = [f for _, x in written for f in x]
    return Document(shuffle_passages(r, written), facts, entities)


def _distractor(r, kind, e, main, keys):
    """(entity, facts) of a passage that misleads: another body's rule, an old version, a draft, other rules of e, or neither."""
    wanted = r.choice((1, 2, 3, 3, 4))
    if kind == 'other':
        e2 = org(r)
        facts = [new_fact(r, e2, like=f, other_than=f.value) for f in r.sample(main, min(len(main), r.choice((1, 2))))]
    elif kind in ('old', 'draft'):
        some = r.sample(main, min(len(main), r.choice((1, 2, 3))))
        return e, [new_fact(r, e, like=f, other_than=f.value) for f in some]
    else:
        e2, facts = (e if kind == 'same' else org(r)), []
    return e2, facts + new_facts(r, e2, keys, wanted - len(facts))


def noisy_doc(r):
    """A passage in force and two to five others, most of them hard: the same rule elsewhere, an old version, a draft."""
    k = r.choice((2, 3, 3, 4, 4, 5))
    e = org(r)
    n = r.choice((1, 2, 3, 3, 4))
    keys = set()
    main = new_facts(r, e, keys, n)
    written = [(passage(r, e, main, NEW if r.random() < 0.25 else None, fillers=r.choice((0, 0, 1, 2))), main)]
    entities = [e]
    for _ in range(k):
        kind = r.choice(('other', 'other', 'old', 'draft', 'same', 'easy'))
        e2, facts = _distractor(r, kind, e, main, keys)
        if kind in ('other', 'easy'):
            entities.append(e2)
        if kind in ('old', 'draft'):
            for f in facts:
                f.status = kind
        cue = OLD if kind == 'old' else DRAFT if kind == 'draft' else None
        written.append((passage(r, e2, facts, cue, fillers=r.choice((0, 0, 1, 2))), facts))
    every = [f for _, x in written for f in x]
    current = [f for f in every if f.status == 'current']
    return Document(shuffle_passages(r, written), current, entities, every, main)


def _unanswerable(r, d, hard):
    """A fact to ask for that looks as if the document held it; it may hold it all the same. None: nothing to ask."""
    k = r.random()
    if k < hard:  # a relation that is there, but for an entity that is not
        f = r.choice(d.facts)
        return Fact(org(r), f.rel, f.key, f.qualifier, f.value)
    if k < hard + 0.2:  # the right relation, another group
        f = r.choice(d.facts)
        if not f.rel.qualifiers:
            return None
        x = r.choice(f.rel.qualifiers)
        return Fact(f.entity, f.rel, f.rel.key + ':' + x, x, f.value)
    if k < 2 * hard + 0.2 and len(d.entities) > 1:  # another entity's relation asked of this one
        f = r.choice(d.facts)
        return Fact(r.choice(d.entities), f.rel, f.key, f.qualifier, f.value)
    return new_fact(r, r.choice(d.entities))


def ask(r, d, absent=0.18, held=False, hard=0.1):
    """(question, fact, wording of the entity or None for its name); the fact is None where no passage answers.

    absent is the share of such questions, hard how many of those name a relation that stands there for somebody else.
    """
    have = {(f.entity, f.key) for f in d.written}
    if r.random() < absent:
        for _ in range(30):
            f = _unanswerable(r, d, hard)
            if f and (f.entity, f.key) not in have:
                return f.question(r, held), None, None
    f = r.choice(d.main if d.main and r.random() < 0.6 else d.facts)
    wording = generic(f.entity, r) if len(d.entities) == 1 and r.random() < 0.12 else None
    return f.question(r, held, wording), f, wording
