"""The 189 everyday facts of everyday.json (capitals, opposites, small sums): taught in training, and measured to see what is kept."""

from pathlib import Path

from invented.names import cap
from invented.values import DAYS, MONTHS
from json_files import read_json

NUMBERS = (
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen'.split()
)
COUNTED = {
    'sum': {
        '%s plus %s' % (NUMBERS[a], NUMBERS[b]): NUMBERS[a + b] for a in range(1, 9) for b in range(1, 9) if a >= b
    },
    'after': dict(zip(DAYS, DAYS[1:] + DAYS[:1])),
    'month': dict(zip(MONTHS, MONTHS[1:] + MONTHS[:1])),
}


def _read():
    for d in read_json(Path(__file__).parent / 'everyday.json'):
        for k, v in (d.get('pairs') or COUNTED[d['kind']]).items():
            yield dict(
                kind=d['kind'],
                questions=[cap(q.format(k=k)) for q in d['questions']],
                answer=cap(d['answer'].format(k=k, v=v)),
                value=v,
            )


EVERYDAY = list(_read())
