"""The reading set's test split."""

import collections
import random

import readings
from measure.squad import graded, percent
from prompts import ABSTAIN, prompt


def passage(item):
    return '%s: %s' % (item['org'], item['title']), readings.flat(item['text'])


def run_set(model, folder, n, seed=23):
    """{condition: rates in percent} of n questions: the passage alone, with its look-alikes, with three neighbours, and the
    look-alikes without it. Beside others, questions name their body."""
    r = random.Random(seed)
    asked = [(i, *q, f) for f in readings.load(True, folder) for i in f for q in i['questions']]
    r.shuffle(asked)
    res = collections.defaultdict(list)
    for i, q, a, again, file in asked[:n]:
        others = [x for x in file if x is not i and a not in x['text']]
        near = r.sample(others, min(3, len(others)))
        conditions = {
            'gold': [i],
            'gold + look-alikes': [i] + i['alike'] if i['alike'] else None,
            'gold + 3': [i] + near,
            'look-alikes only': i['alike'],
        }
        for condition, shown in conditions.items():
            if not shown:
                continue
            shown = r.sample(shown, len(shown))
            wording = q if condition == 'gold' else readings.named(r, q, i)
            ids = model.tok.encode(prompt(wording, [passage(x) for x in shown])).ids
            if len(ids) > model.ctx - 40:
                continue
            said = model.tok.decode(model(ids)).lstrip()
            row = dict(abstain=said.strip() == ABSTAIN)
            if i in shown:
                row.update(graded(said, [a], shown.index(i) + 1))
            for c in (condition, condition + (', rephrased' if again else ', plain')):
                res[c].append(row)
    return percent(res)
