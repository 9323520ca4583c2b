"""How often the embedder, BM25 and both find the right passage among the first one and five."""

import os
import random

import numpy as np
import onnxruntime as ort
from tokenizers import Tokenizer

import handbook
import readings
from embedder.pairs import pairs
from measure.bm25 import bm25
from measure.reading_set import passage
from measure.sample_handbook import handbook_passages

WEIGHT, DEPTH = 0.4, 50  # of the embedder against 1 for BM25, and how many of each vote, in the page
FILES = ('whole-handbooks', 'workplaces', 'public-services')


class Embedder:
    def __init__(self, folder):
        self.tok = Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))
        model = os.path.join(folder, 'onnx', 'model_quantized.onnx')
        self.session = ort.InferenceSession(model, providers=['CPUExecutionProvider'])

    def __call__(self, text):
        """A unit vector."""
        ids = np.array([self.tok.encode(text).ids[:384]], np.int64)
        feeds = dict(input_ids=ids, attention_mask=np.ones_like(ids), token_type_ids=np.zeros_like(ids))
        v = self.session.run(None, feeds)[0][0].mean(0)
        return v / np.linalg.norm(v)


def _places(scores):
    return (-scores).argsort(kind='stable').argsort()


def fused(cosines, words, weight=WEIGHT):
    """The scores of both as the page fuses them: each of a list's scores as a share of its range, weighted (Bruch and others, 2023).
    A cosine counts from that of the last passage looked to, or, of fewer, from between 0 and that; BM25 from 0."""
    depth = min(DEPTH, len(cosines))
    zero = np.sort(cosines)[-depth] * depth / DEPTH
    near = (cosines - zero) / max(cosines.max() - zero, 1e-9)
    said = np.where(_places(words) < DEPTH, words, 0) / max(words.max(), 1e-9)
    return weight * near.clip(0) + said


def scores(embed, texts, asked):
    """For each of asked, [(query, index of its text)]: cosines and BM25's scores of all texts, and the index."""
    vectors, score = np.stack([embed(t) for t in texts]), bm25(texts)
    return [(vectors @ embed(q), score(q), right) for q, right in asked]


def by_ranks(cosines, words, weight):
    """Scores of reciprocal rank fusion with 60 (Cormack and others, 2009), to compare with."""
    return weight / (60 + _places(cosines)) + 1 / (60 + _places(words))


WAYS = {'embedder': lambda cosines, _: cosines, 'bm25': lambda _, words: words, 'fused': fused}


def places(found, way):
    """The places, from 0, of the right texts, if they are ordered by way(cosines, BM25's scores)."""
    return np.array([_places(way(a, b))[right] for a, b, right in found])


def recall(embed, texts, asked):
    out, found = {'n': len(asked), 'passages': len(texts)}, scores(embed, texts, asked)
    for how, way in WAYS.items():
        p = places(found, way)
        out[how] = {'recall@%d' % k: round(float(np.mean(p < k)), 5) for k in (1, 5)}
    return out


def reading_set(embed, n=150):
    """(name, recall) on ordinary English: all passages of a file of the reading set with their look-alikes, n questions of its test
    split, those worded as the passage and those worded otherwise."""
    for name, trained, held in zip(readings.names(), readings.load(False), readings.load(True), strict=True):
        if name not in FILES:
            continue
        items = [x for i in held + trained for x in (i, *i['alike'])]
        texts = ['(%s) %s' % passage(i) for i in items]
        place = {id(x): k for k, x in enumerate(items)}
        for again, kind in ((False, 'plain'), (True, 'rephrased')):
            asked = [(q, place[id(i)]) for i in held for q, _, other in i['questions'] if other == again]
            random.Random(17).shuffle(asked)
            yield 'reading set, %s, %s' % (name, kind), recall(embed, texts, asked[:n])


def run_embedder(root):
    """Recall on the sample handbook, with and without its old policy, on invented handbooks in held-out wordings and on the reading
    set."""
    embed = Embedder(os.path.join(root, 'models', 'embedder-tiny'))
    found, passages, _ = handbook_passages()
    res = {}
    texts = ['(%s) %s' % p for p in passages]
    current = [i for i, x in enumerate(found) if x[0] != 'leave-policy-2017']
    for kind in ('plain', 'rephrased'):
        asked = [
            (
                q['question'],
                next(i for i, x in enumerate(found) if x[0] + '.md' == q['document'] and q['evidence'] in x[2]),
            )
            for q in handbook.questions()
            if q['kind'] == kind
        ]
        res['sample handbook, %s' % kind] = recall(embed, texts, asked)
        without = [(q, current.index(right)) for q, right in asked]
        name = 'sample handbook without the stale policy, %s' % kind
        res[name] = recall(embed, [texts[i] for i in current], without)
    r = random.Random(909)
    runs = []
    for _ in range(6):
        queries, made, right = pairs(r, 1, 40, held=True)
        runs.append(recall(embed, made, list(zip(queries, right))))
    mean = {h: {m: round(float(np.mean([t[h][m] for t in runs])), 5) for m in runs[0][h]} for h in WAYS}
    res['synthetic held-out handbooks (6 x 40 passages, held-out wordings)'] = dict(n=240, passages=40, **mean)
    res.update(reading_set(embed))
    return res
