"""Heads that are taught where to look: attention supervision, as in Mi, Wang and Ittycheriah, "Supervised Attentions for Neural
Machine Translation" (2016).

  NUMBER    a passage's tokens look at the number of their passage
  OPENING   and at the first token of their sentence
  WORD      a question's word at the same word in the sentence that answers it
  SENTENCE  what is about to answer at that sentence
  START     what is about to say the first copied token at its place
  SOURCE    so for the tokens after it, and before a citation at all that was copied

The earlier of these are steps of the later: a sentence can be found by the words it shares with the question once its words know
which sentence they are in. Next-token loss alone taught none of it in 40 million tokens (README, "What was mended"). Only training
knows of it: the network and what is exported are as before.
"""

import re
from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

from attention import taken

NUMBER, OPENING, WORD, SENTENCE, START, SOURCE = range(6)
NAMES = ['number', 'opening', 'word', 'sentence', 'start', 'source']
# beside the loss of the next token; what has to be found is hard, the rest soon learnt
WEIGHTS = [0.3, 0.3, 0.3, 1.0, 1.0, 0.3]
HEADER = re.compile(r'^\[(\d)\] ', re.M)
ENDS = re.compile(r'[.!?;:] ')
SHARED = 3  # a word that stands more often in the passages tells too little of where
CITED = re.compile(r' (.*) \[(\d)\]\.', re.S)


class Look(NamedTuple):
    """The token at `query` should see the tokens [first, last); kind is one of NAMES."""

    kind: int
    query: int
    first: int
    last: int


def places(config):
    """{kind: (layer, head) that learns it}."""
    early, late, other = config['layers'] // 4, config['layers'] * 5 // 8, config['heads'] // 2
    return {
        NUMBER: (early, 0),
        OPENING: (early, other),
        WORD: (max(early, late - 2), 0 if late - 2 > early else other),
        SENTENCE: (late - 1, 0),
        START: (late, 0),
        SOURCE: (late, 0),
    }


def bare(token):
    return token.lstrip('Ġ').lower()


class Passages:
    """The passages of a prompt's text with the places of their tokens; shown: tokens of it that are in the document."""

    def __init__(self, text, coded, shown):
        self.text, self.starts, self.shown = text, [s for s, _ in coded.offsets], shown
        self.words = [bare(t) for t in coded.tokens]
        self.often = Counter(self.words)
        found = list(HEADER.finditer(text))
        ends = [m.start() for m in found[1:]] + [len(text)]
        self.at = {int(m[1]): (m.start(1), m.end(), end) for m, end in zip(found, ends)}

    def token(self, char):
        return bisect_right(self.starts, char) - 1

    def known(self):
        """Looks of the passages' own tokens: which passage, which sentence they are in."""
        for digit, begin, end in self.at.values():
            n = self.token(digit)
            openings = {self.token(c) for c in (begin, *(m.end() for m in ENDS.finditer(self.text, begin, end)))}
            opening = None
            for i in range(n + 1, min(self.token(end - 1) + 1, self.shown)):
                yield Look(NUMBER, i, n, n + 1)
                if i in openings:
                    opening = i
                elif opening is not None:
                    yield Look(OPENING, i, opening, opening + 1)

    def find(self, said, n):
        """(characters of `said` left out at its start, place in the text) of the longest end of it that passage n has once."""
        _, a, b = self.at.get(n, (0, 0, 0))
        passage = self.text[a:b]
        for word in re.finditer(r'\S+', said):
            for rest in dict.fromkeys((said[word.start() :], said[word.start()].lower() + said[word.start() + 1 :])):
                if passage.count(rest) == 1:
                    return word.start(), a + passage.index(rest)
        return None

    def sentence(self, n, place, last):
        """First token of the sentence around a place in passage n, and the one after its last, at least `last`."""
        _, a, b = self.at[n]
        begins = [m.end() for m in ENDS.finditer(self.text, a, place)]
        end = ENDS.search(self.text, place, b)
        until = self.token((end.start() if end else b - 1)) + 1
        return self.token(begins[-1] if begins else a), max(last, min(until, self.shown))

    def found(self, question, answer, coded, start):
        """Looks of a question, coded, and its answer, a text and coded; its first token stands at `start` in the document."""
        cited = CITED.match(answer)
        found = cited and self.find(cited[1], int(cited[2]))
        if not found:
            return
        begin, place = cited.start(1) + found[0], found[1]
        last = self.token(place + cited.end(1) - begin - 1) + 1
        if last > self.shown:
            return
        sentence = self.sentence(int(cited[2]), place, last)
        there = self.words[slice(*sentence)]
        for i, word in enumerate(map(bare, question.tokens), start - len(question.tokens)):
            if len(word) > 2 and there.count(word) == 1 and self.often[word] <= SHARED:
                t = sentence[0] + there.index(word)
                yield Look(WORD, i, t, t + 1)
        yield Look(SENTENCE, start - 1, *sentence)
        kind = START
        for j, (s, _) in enumerate(coded.offsets):
            if begin - 1 <= s < cited.end(1):  # a word's token begins with the space before it
                char = place + s - begin
                t = self.token(char if s >= begin or self.text[char] == ' ' else place)
                yield Look(kind, start + j - 1, t, t + 1)
                kind = SOURCE
            elif s == cited.start(2):
                yield Look(SOURCE, start + j - 1, self.token(place), last)


def loss(q, k, head, pieces, looks):
    """Mean of -log(the attention of a head on what it should see) in nats; q [1, heads, N, size], k [1, key heads, N, size].
    looks: integers [n, 3] of query, first and last, ordered by query; pieces as in attention.py."""
    group = head // (q.size(1) // k.size(1))
    asked = q[0, head].index_select(0, torch.from_numpy(looks[:, 0])) * q.size(-1) ** -0.5
    cuts = np.searchsorted(looks[:, 0], [p.end for p in pieces])
    counts = np.diff(np.r_[0, cuts])
    total = []
    for piece, mine, n, (a, b) in zip(pieces, asked.split(counts.tolist()), counts, pairwise(np.r_[0, cuts])):
        if not n:
            continue
        some = torch.from_numpy(looks[a:b])
        scores = mine @ taken(k[0, group : group + 1], piece)[0].T
        own = piece.end - piece.start
        hidden = torch.zeros(scores.shape, dtype=scores.dtype)
        hidden[:, -own:] = piece.mask[some[:, 0] - piece.start].to(scores.dtype)
        scores = (scores + hidden).float()
        at = torch.arange(scores.size(1))[None]
        wanted = (at >= some[:, 1:2] - piece.first) & (at < some[:, 2:] - piece.first)
        total.append(scores.logsumexp(1) - scores.masked_fill(~wanted, -1e9).logsumexp(1))
    return torch.cat(total).mean()
