"""Invented documents with their questions, drawn by share."""

import random

from invented.documents import ask, clean_doc, noisy_doc
from invented.everyday import EVERYDAY
from invented.facts import new_fact
from invented.names import org
from plan import ABSENT
from prompts import ABSTAIN, END, SYS, SYSTEMS, USER, chat_branches
from voices import say_everyday, say_fact


class Mixture:
    """Draws one packed document at a call.

    copy, common (everyday facts) and closed (questions without passages) are shares, noisy the share of documents with hard
    distractors among the rest. two is the chance of several passages, absent the share of questions without an answer.
    """

    def __init__(
        self,
        packer,
        seed=0,
        copy=0.03,
        common=0.06,
        closed=0.04,
        noisy=0.0,
        style='plain',
        two=0.5,
        absent=ABSENT,
        common_every=1,
    ):
        self.p, self.r = packer, random.Random(seed)
        self.copy, self.common, self.closed, self.noisy = copy, common, closed, noisy
        self.style, self.two, self.absent = style, two, absent
        self.everyday = EVERYDAY[::common_every]

    def system(self):
        return '%s%s%s' % (SYS, self.r.choice(SYSTEMS), END) if self.r.random() < 0.1 else ''

    def __call__(self):
        r, k = self.r, self.r.random()
        if k < self.copy:
            return self.p.copy_doc()
        k -= self.copy
        if k < self.common:
            qas = [(r.choice(c['questions']), say_everyday(self.style, c)) for c in r.sample(self.everyday, 8)]
            return self.p.pack_doc(self.system() + USER, chat_branches(qas, False), 0)
        k -= self.common
        if k < self.closed:  # no passages: a fluent guess, as a language model does
            qas = []
            for _ in range(6):
                f = new_fact(r, org(r))
                qas.append((f.question(r), say_fact(self.style, f, cite=False)))
            return self.p.pack_doc(self.system() + USER, chat_branches(qas, False), 0)
        k -= self.closed
        noisy = k < self.noisy
        d = noisy_doc(r) if noisy else clean_doc(r, self.two)
        qas, seen = [], set()
        for _ in range(r.randint(5, 9)):
            q, f, e = ask(r, d, self.absent, hard=0.3 if noisy else 0.1)
            if q in seen:
                continue
            seen.add(q)
            qas.append((q, say_fact(self.style, f, e)))
        if r.random() < 0.05 and self.style == 'plain':
            qas.append((r.choice(r.choice(EVERYDAY)['questions']), ABSTAIN))
        return self.p.pack_doc(self.system() + USER + d.prefix, chat_branches(qas, True), 0.0 if noisy else 0.12)
