"""One fact of an invented handbook: a relation, whom it is about, and its value."""

from invented.relations import fill, relation, value


class Fact:
    """A relation's value for one entity. `passage` (from 1) and `text` (the sentence that states it) are set where it is written."""

    def __init__(self, entity, rel, key, qualifier, value):
        self.entity, self.rel, self.key, self.qualifier, self.value = entity, rel, key, qualifier, value
        self.passage, self.status, self.text = 0, 'current', ''

    def question(self, r, held=False, entity=None):
        """A question for the value, in a trained wording or (`held`) in one that training never uses."""
        if not held and r.random() < 0.22:  # a statement with a hole: "Keld Trust keeps contracts for what?"
            w = 'who' if self.rel.key in ('head', 'role', 'founder') else 'what'
            return fill(r.choice(self.rel.statements), entity or self.entity, w, self.qualifier)[:-1] + '?'
        template = r.choice(self.rel.held_out if held else self.rel.questions)
        return fill(template, entity or self.entity, self.value, self.qualifier)

    def answer(self, entity=None):
        return fill(self.rel.answer, entity or self.entity, self.value, self.qualifier)


def new_fact(r, e, avoid=(), like=None, other_than=None):
    """A fact about e whose key is not in `avoid`; or, like another one, the same relation with a value other than `other_than`."""
    for _ in range(50):
        if like is not None:
            rel, key, x = like.rel, like.key, like.qualifier
        else:
            rel, key, x = relation(r)
        if key in avoid:
            continue
        for _ in range(20):
            v = value(rel, r)
            if other_than is None or v != other_than:
                break
        return Fact(e, rel, key, x, v)


def new_facts(r, e, keys, n):
    """n facts about e whose keys are not in `keys`, which learns them: no rule is stated twice where they are shared."""
    facts = []
    while len(facts) < n:
        facts.append(new_fact(r, e, keys))
        keys.add(facts[-1].key)
    return facts
