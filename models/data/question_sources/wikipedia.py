"""QED and QuoteSum: questions on paragraphs of Wikipedia."""

import json
import re

from cleaning import tidy, words
from mirrors import Git
from treebank import detok, evidence, wh


def qed(mirrors, skip):
    g = Git(mirrors, 'google-research-datasets/QED', '249292033712')
    _, t = next(g.read(g.files(r'^qed-dev\.jsonlines$')))
    for line in t.splitlines():
        d = json.loads(line)
        a = d['annotation']
        if a['explanation_type'] != 'single_sentence' or not a.get('answer') or skip.asked(d['question_text']):
            continue
        ptext = d['paragraph_text']
        toks = [(m.start(), m.group()) for m in re.finditer(r'\S+', ptext)]
        text, spans = detok([w for _, w in toks])
        start_of = {s: i for i, (s, _) in enumerate(toks)}
        end_of = {s + len(w): i for i, (s, w) in enumerate(toks)}
        ans = []
        for x in [a['answer'][0]['paragraph_reference']] + [y for z in d['original_nq_answers'] for y in z]:
            i, j = start_of.get(x['start']), end_of.get(x['end'])
            if i is not None and j is not None:
                s = (spans[i][0], spans[j][1])
                if s not in ans:
                    ans.append(s)
        if not ans or len(text) > 1500 or skip.hits(text):
            continue
        yield dict(
            source='qed',
            split='train',
            title=d['title_text'],
            group='q:' + d['title_text'],
            context=text,
            question=wh(d['question_text']),
            answers=[dict(text=text[x:y], start=x) for x, y in ans],
            evidence=evidence(text, *ans[0]),
        )


def quotesum(mirrors, skip):
    g = Git(mirrors, 'google-research-datasets/QuoteSum', 'f0f555dd4ef0')
    seen = set()
    _, t = next(g.read(g.files(r'^v1/dev\.jsonl$')))
    for line in t.splitlines():
        d = json.loads(line)
        for i in range(1, 9):
            c, a = tidy(d.get('source%d' % i) or ''), tidy(d.get('short_ans_%d' % i) or '')
            k = (d['question'], c)
            if not c or not a or k in seen or skip.hits(c) or skip.asked(d['question']) or len(c) > 1500:
                continue
            m = re.search(r'(?<!\w)' + re.escape(a) + r'(?!\w)', c)
            if not m or a == tidy(d['title%d' % i]) and words(a) == words(d['question']):
                continue
            seen.add(k)
            yield dict(
                source='quotesum',
                split='train',
                title=tidy(d['title%d' % i]),
                group='s:' + d['qid'],
                context=c,
                question=wh(d['question']),
                answers=[dict(text=a, start=m.start())],
                evidence=evidence(c, m.start(), m.end()),
            )
