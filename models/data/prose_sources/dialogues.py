"""Dialogues between customers and assistants."""

import hashlib
import json

from cleaning import tidy
from mirrors import Git


def dialogues(mirrors, out, log, budget=2e6):
    g = Git(mirrors, 'google-research-datasets/dstc8-schema-guided-dialogue', 'e852981ae349')
    before = out.chars
    for p, t in g.read(g.files(r'^(train|dev)/dialogues_\d+\.json$')):
        if int(hashlib.md5(p.encode()).hexdigest(), 16) % 4:
            continue
        for d in json.loads(t):
            if out.chars - before > budget:
                break
            L = [
                '%s: %s' % ('Customer' if x['speaker'] == 'USER' else 'Assistant', tidy(x['utterance']))
                for x in d['turns']
            ]
            out.raw(
                dict(
                    source='dialogues',
                    doc='dialogues/%s/%s' % (p.split('/')[0], d['dialogue_id']),
                    title='Chat about ' + ' and '.join(sorted({s.split('_')[0].lower() for s in d['services']})),
                    heading='',
                    text='\n'.join(L),
                )
            )
    log('google-research-datasets/dstc8-schema-guided-dialogue', g.commit, 'a sample of dialogues', out.chars - before)
