"""BM25 (Robertson and Zaragoza 2009) with the idf of Lucene, over a list of texts."""

import re

import numpy as np


def _words(text):
    return re.findall(r'\w+', text.lower())


def bm25(texts, k1=1.2, b=0.75):
    """A function from a query to the scores of all texts, an array [texts]."""
    docs = [_words(t) for t in texts]
    df, mean = {}, sum(map(len, docs)) / len(docs)
    for d in docs:
        for w in set(d):
            df[w] = df.get(w, 0) + 1
    idf = {w: np.log(1 + (len(docs) - n + 0.5) / (n + 0.5)) for w, n in df.items()}

    def score_of(words, d):
        norm = k1 * (1 - b + b * len(d) / mean)
        return sum(idf[w] * d.count(w) * (k1 + 1) / (d.count(w) + norm) for w in words if w in idf)

    def score(query):
        words = _words(query)
        return np.array([score_of(words, d) for d in docs])

    return score
