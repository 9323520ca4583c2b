"""QAMR: questions on single sentences of Wikipedia and Wikinews."""

from mirrors import Git
from treebank import detok, wh


def qamr(mirrors, skip):
    g = Git(mirrors, 'uwnlp/qamr', '956b0eb2d585')
    f = dict(g.read(g.files(r'^data/(wiki-sentences|filtered/(dev|test))\.tsv$')))
    sents = {}
    for line in f['data/wiki-sentences.tsv'].splitlines():
        i, t = line.split('\t', 1)
        sents[i] = t.rstrip().split(' ')
    for split in ('dev', 'test'):
        seen = set()
        for line in f['data/filtered/%s.tsv' % split].splitlines():
            sid, _, _, _, _, q, a, v1, v2 = line.split('\t')
            if sid not in sents:
                continue
            own = [int(x) for x in a.split()]
            val = [[int(x) for x in v.split(':', 1)[1].split()] for v in (v1, v2)]
            agree = [v for v in val if v and 2 * len(set(v) & set(own)) / (len(v) + len(own)) >= 0.5]
            if not own or not agree or own != list(range(own[0], own[-1] + 1)) or len(own) > 12:
                continue
            text, spans = detok(sents[sid])
            k = (sid, q.lower())
            if k in seen or len(text) < 40 or skip.hits(text) or skip.asked(q):
                continue
            seen.add(k)
            ans = []
            for s in [own] + agree:
                if s == list(range(s[0], s[-1] + 1)):
                    x = (spans[s[0]][0], spans[s[-1]][1])
                    if x not in ans:
                        ans.append(x)
            yield dict(
                source='qamr',
                split=split,
                title='',
                group=sid.split(':')[1] + ':' + sid.split(':')[2],
                context=text,
                question=wh(q),
                answers=[dict(text=text[x:y], start=x) for x, y in ans],
                evidence=text,
            )
