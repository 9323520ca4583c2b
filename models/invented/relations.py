"""The relations of the handbook world, read from relations/*.json (in that order, which the draws depend on).

Each has a kind of value, at least eight statement wordings, at least fourteen question wordings, two more that are held out
for measuring, and one canonical answer. {e} is the entity, {v} the value, {x} the qualifier.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from invented.names import cap
from invented.values import ROOMS, kind_of
from json_files import read_json

FOLDER = Path(__file__).parent
QUALIFIERS = {**read_json(FOLDER / 'qualifiers.json'), 'rooms': ROOMS}


@dataclass(frozen=True)
class Relation:
    key: str
    topic: str
    value: Callable | None  # None: any of the open family's kinds
    qualifiers: list[str] | None
    statements: list[str]
    questions: list[str]
    held_out: list[str]
    answer: str


def _read(path):
    for d in read_json(path):
        qualifiers = QUALIFIERS[d.pop('qualifier')] if d['qualifier'] else d.pop('qualifier')
        yield Relation(**{**d, 'value': kind_of(d['value']), 'qualifiers': qualifiers})


RELATIONS = {x.key: x for path in sorted((FOLDER / 'relations').glob('*.json')) for x in _read(path)}
KEYS = list(RELATIONS)

# Attributes put together from two words, so that question and passage can be matched by their words alone.
_open = read_json(FOLDER / 'open-family.json')
ADJECTIVES, NOUNS = _open['adjectives'], _open['nouns']
ANY_VALUE = [kind_of(v) for v in _open['values']]
OPEN = Relation(
    'generic', _open['topic'], None, None, _open['statements'], _open['questions'], _open['held_out'], _open['answer']
)


def relation(r, open_share=0.2):
    """A relation with its qualifier fixed: (relation, key, qualifier)."""
    if r.random() < open_share:
        x = r.choice(ADJECTIVES) + ' ' + r.choice(NOUNS)
        return OPEN, 'generic:' + x, x
    rel = RELATIONS[r.choice(KEYS)]
    x = r.choice(rel.qualifiers) if rel.qualifiers else ''
    return rel, rel.key + ':' + x, x


def value(rel, r):
    return (rel.value or r.choice(ANY_VALUE))(r)


def fill(template, e, v, x):
    """Fills a template; mends 'a' before vowels, doubled articles and the capital letter at the start."""
    if e.startswith('the ') and '{e}' in template:
        template = template.replace('the {e}', '{e}')
    s = template.replace('{e}', e).replace('{v}', v).replace('{x}', x)
    for w in ('orange', 'eight'):
        s = s.replace(' a ' + w, ' an ' + w)
    return cap(s)
