"""COVID-QA: questions on research articles (a test only)."""

import json

from cleaning import tidy
from mirrors import Git
from treebank import evidence, sentences, wh


def covid(mirrors, skip):
    g = Git(mirrors, 'deepset-ai/COVID-QA', 'fb2eb5e24961')
    d = json.loads(next(g.read(g.files(r'^data/question-answering/200423_covidQA\.json$')))[1])
    for art in d['data']:
        for p in art['paragraphs']:
            c = p['context']
            title = tidy(c.split('\n')[0])[:100]
            cut, a = [], 0  # windows of whole sentences, about 700 characters
            for x, y in sentences(c):
                if y - a > 700 and x > a:
                    cut.append((a, x))
                    a = x
            cut.append((a, len(c)))
            for qa in p['qas']:
                ans = qa['answers'][0]
                st, en = ans['answer_start'], ans['answer_start'] + len(ans['text'])
                w = next(((x, y) for x, y in cut if x <= st < y), None)
                if not w or c[st:en] != ans['text']:
                    continue
                while en > w[1]:
                    w = (w[0], next(y for x, y in cut if x == w[1]))
                if w[1] - w[0] > 1600 or len(ans['text']) > 300:
                    continue
                text = tidy(c[w[0] : w[1]])
                t = tidy(ans['text']).rstrip('.,;: ')
                k = len(tidy(c[w[0] : st] + 'x')) - 1
                at = text.find(t, max(0, k - 3))
                if at < 0 or 'License:' in text:
                    continue
                yield dict(
                    source='covid',
                    split='test',
                    title=title,
                    group='c:' + title,
                    context=text,
                    question=wh(qa['question']),
                    answers=[dict(text=t, start=at)],
                    evidence=evidence(text, at, at + len(t)),
                )
