"""Tokenise the prose once and lay out the data for training. usage: prepare.py DATA_DIR TOK_DIR OUT_DIR

Writes to OUT_DIR:
  prose.bin        uint16 tokens of all training documents, one after the other, <|end|> behind each section
  prose_held.bin   the same for held-out documents (one in a hundred, by hash of the document's name)
  prose.json       token ranges of the sources in prose.bin and starts of sections (prose_starts.npy)
  text.bin, text.npy, text.json   all sections as UTF-8 for cloze questions: [start, end, document, source, held out]
  words.json       the 60,000 commonest words with their rank
  questions_train.jsonl, questions_held.jsonl, questions_test.jsonl; done
"""

import collections
import glob
import hashlib
import json
import lzma
import os
import re
import sys

import numpy as np
from tokenizers import Tokenizer

from cloze.spans import DATE, NAME, NUMBER
from json_files import write_json


def held(name, n):
    return int(hashlib.md5(name.encode()).hexdigest(), 16) % n == 0


def infer_span(d):
    """For a question without a marked answer: the only span of the sentence that can be meant, or None."""
    q, s = d['question'].lower(), d['context']
    if re.match(r'(in )?(what|which) (year|month|day|date)|when ', q):
        spans = [
            m.group().strip()
            for m in re.finditer(DATE + r'|(?<!\d)(?:1[0-9]|20)\d\d(?!\d)s?', s)
            if re.search(r'\d', m.group())
        ]
        if re.match(r'(in )?(what|which) year', q):
            spans = [m.group() for m in re.finditer(r'(?<![\d.,])(?:1[0-9]|20)\d\d(?![\d,.]\d)', s)]
    elif re.match(r'how (many|much)|what (percent|number)', q):
        spans = [m.group().rstrip('.,') for m in NUMBER.finditer(s)]
    elif q.startswith('who '):
        spans = [m.group() for m in NAME.finditer(s) if m.start() or ' ' in m.group()]
        spans = [x for x in spans if ' ' in x and not any(w.lower() in q for w in x.split())]
    else:
        return None
    spans = [x for x in dict.fromkeys(spans) if x and x.lower() not in q]
    if len(spans) == 1 and s.count(spans[0]) == 1:
        return dict(text=spans[0], start=s.index(spans[0]))
    return None


def main(data, tokdir, out):
    os.makedirs(out, exist_ok=True)
    tok = Tokenizer.from_file(os.path.join(tokdir, 'tokenizer.json'))
    end = tok.token_to_id('<|end|>')
    bins = {h: open(os.path.join(out, n), 'wb') for h, n in ((False, 'prose.bin'), (True, 'prose_held.bin'))}
    count = {False: 0, True: 0}
    ranges, starts, rows, docs, sources = {}, [], [], {}, []
    text = open(os.path.join(out, 'text.bin'), 'wb')
    at = 0
    vocab = collections.Counter()
    for p in sorted(glob.glob(os.path.join(data, 'prose-*.jsonl.xz'))):
        f = lzma.open(p, 'rt', encoding='utf8')
        while True:
            batch = [json.loads(line) for line in (next(f, None) for _ in range(2000)) if line]
            if not batch:
                break
            enc = tok.encode_batch(
                ['%s%s\n%s' % (d['title'], ': ' + d['heading'] if d['heading'] else '', d['text']) for d in batch]
            )
            for d, e in zip(batch, enc):
                if d['source'] not in sources:
                    sources.append(d['source'])
                h = held(d['doc'], 100)
                if not h:
                    a = ranges.setdefault(d['source'], [count[h], count[h], len(starts), len(starts)])
                    starts.append(count[h])
                bins[h].write(np.array(e.ids + [end], np.uint16).tobytes())
                count[h] += len(e.ids) + 1
                if not h:
                    a[1], a[3] = count[h], len(starts)
                b = json.dumps([d['title'], d['heading'], d['text']], ensure_ascii=False).encode()
                text.write(b)
                rows.append((at, at + len(b), docs.setdefault(d['doc'], len(docs)), sources.index(d['source']), h))
                at += len(b)
                if d['source'] not in ('tables', 'factbook'):
                    vocab.update(re.findall(r"[a-z][a-z'-]+", d['text']))
        print(
            os.path.basename(p),
            'tokens so far %.2fM + %.2fM held out' % (count[False] / 1e6, count[True] / 1e6),
            flush=True,
        )
    text.close()
    for f in bins.values():
        f.close()
    np.save(os.path.join(out, 'text.npy'), np.array(rows, np.int64))
    np.save(os.path.join(out, 'prose_starts.npy'), np.array(starts, np.int64))
    write_json(dict(ranges=ranges, tokens=count[False], held=count[True]), os.path.join(out, 'prose.json'))
    write_json(dict(sources=sources, documents=len(docs)), os.path.join(out, 'text.json'), None)
    ranks = {w: i for i, (w, _) in enumerate(vocab.most_common(60000))}
    write_json(ranks, os.path.join(out, 'words.json'), None)
    questions(data, out)
    open(os.path.join(out, 'done'), 'w').close()


def questions(data, out):
    """questions.jsonl.xz as three files, with the inferred answers."""
    fs = {k: open(os.path.join(out, 'questions_%s.jsonl' % k), 'w', encoding='utf8') for k in ('train', 'held', 'test')}
    n = collections.Counter()
    for line in lzma.open(os.path.join(data, 'questions.jsonl.xz'), 'rt', encoding='utf8'):
        d = json.loads(line)
        k = 'test' if d['split'] == 'test' else 'held' if held(d['group'], 25) else 'train'
        if not d['answers']:
            g = infer_span(d)
            d['inferred'] = [g] if g else []
        fs[k].write(json.dumps(d, ensure_ascii=False) + '\n')
        n[k, d['source']] += 1
        if d.get('inferred'):
            n[k, d['source'] + ', answer inferred'] += 1
    for f in fs.values():
        f.close()
    for k, v in sorted(n.items()):
        print(*k, v)


if __name__ == '__main__':
    main(*sys.argv[1:4])
