"""Questions in two steps: who holds a post is said in one sentence, what is asked of that person in another."""

from pathlib import Path

from invented.facts import Fact
from invented.names import cap, person
from invented.relations import RELATIONS
from invented.values import kind_of
from json_files import read_json

_read = read_json(Path(__file__).parent / 'hops.json')
PEOPLE = _read['people']  # {relation whose value is a person: descriptions of that person}
ATTRIBUTES = _read['attributes']


class Hop:
    """An attribute of the person that a fact names. `passage` is that of the fact's person: what the answer cites."""

    def __init__(self, first, attribute, value):
        self.first, self.attribute, self.value = first, attribute, value
        self.entity, self.key = first.entity, 'hop:%s:%s' % (attribute['key'], first.value)
        self.passage, self.text = 0, ''

    def describe(self, template):
        return template.replace('{e}', self.entity).replace('{x}', self.first.qualifier)

    def question(self, r, held=False, entity=None):
        wording = r.choice(self.attribute['held_out' if held else 'questions'])
        return cap(wording.replace('{d}', self.describe(r.choice(PEOPLE[self.first.rel.key]))))

    def answer(self, entity=None):
        post = self.describe(PEOPLE[self.first.rel.key][0])
        return self.attribute['answer'].replace('{d}', post).replace('{v}', self.value)


def first_step(r, e, keys):
    """A fact that names a person, its key not in `keys`; None where that failed."""
    rel = RELATIONS[r.choice(list(PEOPLE))]
    x = r.choice(rel.qualifiers) if rel.qualifiers else ''
    key = rel.key + ':' + x
    return None if key in keys else Fact(e, rel, key, x, person(r))


def people_passage(r, e, firsts):
    """((title, text), hops that can be asked, hops that cannot): what is known of the persons of `firsts` and of some others.

    Of every person one or two attributes are told, so that the others can be asked for in vain.
    """
    names = [f.value for f in firsts] + [person(r) for _ in range(r.randint(1, 2))]
    told = r.sample(ATTRIBUTES, r.choice((1, 2, 2)))
    sentences, hops = [], []
    for p in names:
        for a in told:
            if p not in [f.value for f in firsts] and r.random() < 0.3:
                continue
            v = kind_of(a['value'])(r)
            text = cap(r.choice(a['statements']).replace('{p}', p).replace('{v}', v))
            sentences.append(text.replace(' a orange', ' an orange'))
            for f in firsts:
                if f.value == p:
                    hops.append(Hop(f, a, v))
                    hops[-1].text = sentences[-1]
    r.shuffle(sentences)
    missing = [Hop(f, a, '') for f in firsts for a in ATTRIBUTES if a not in told]
    title = r.choice(['', '%s: people' % cap(e), 'Who is who', 'Staff notes, ' + e, 'People'])
    return (title, ' '.join(sentences)), hops, missing
