"""Training documents of all kinds, packed into rows.

  copy       lists to repeat            synthetic  invented handbooks (invented/)     facts   everyday facts
  text       running prose              cloze      questions made from prose          fields  key-value pages and tables
  human      questions by people        reading    the reading set (readings.py)   locate  what stands where (kinds/locate.py)
  structured invented handbooks with lists, tables and questions in two steps (off unless READING_STRUCTURED_FROM is set)

No task states the same rule twice with different validity (old versions, drafts): that is left to the robust adapter.
"""

import os
import re

from tokenizers import Tokenizer

import readings
from emphasis import Emphasis
from invented.documents import ask, clean_doc
from invented.structured import structured_doc
from kinds.fields import fields
from kinds.human import human
from kinds.locate import locate
from kinds.prose import cloze_doc, text_doc
from mixture import Mixture
from packer import Packer, fill_rows
from plan import ABSENT, LONG, NAMES, plan
from prompts import USER, chat_branches, render
from store import Store
from voices import say_fact, say_span


class Tasks(Packer):
    """Draws documents of all kinds by the shares of a plan (plan.py), from the training split or (`held`) from the other one.

    emphasis: whether an answer's first token and its citation weigh more in the loss, and documents say where heads should look.
    """

    def __init__(self, tokdir, folder, seed=0, held=False, style='plain', noisy=0.0, absent=ABSENT, emphasis=True):
        tok = Tokenizer.from_file(os.path.join(tokdir, 'tokenizer.json'))
        super().__init__(tok, 512, seed=seed)
        self.d, self.style, self.is_held, self.absent, self.noisy = Store(folder, held), style, held, absent, noisy
        self.files = readings.load(held)
        self.mix = Mixture(self, seed=seed + 1, copy=0, common=0, closed=0.03, style=style, absent=absent, noisy=noisy)
        self.common = Mixture(self, seed=seed + 2, copy=0, common=1, style=style)
        self.made = dict.fromkeys(NAMES, 0)
        self.p = plan(99, LONG)
        self.waiting = {}  # documents made and not yet placed, by their greatest length and their kind
        self.emphasis = Emphasis(tok) if emphasis else None
        self.pointing = emphasis

    def copy(self):
        return self.copy_doc()

    def synthetic(self):
        self.mix.two = self.p['two']
        return self.mix()

    def facts(self):
        return self.common()

    def rephrased(self):
        """Synthetic documents with question wordings that training never uses (measurement only)."""
        r = self.r
        d = clean_doc(r, self.p['two'])
        qas = {}
        for _ in range(7):
            q, f, e = ask(r, d, self.absent, held=True)
            qas[q] = say_fact(self.style, f, e)
        return self.pack_doc(USER + d.prefix, chat_branches(qas.items(), True), 0)

    def structured(self):
        r = self.r
        d, hops, missing = structured_doc(r, 6 if self.T >= 1024 else self.p['passages'])
        qas = {}
        for hop in r.sample(hops, min(len(hops), 3)):
            qas[hop.question(r)] = say_fact(self.style, hop)
        if missing and r.random() < 2 * self.absent:
            qas[r.choice(missing).question(r)] = say_fact(self.style, None)
        for _ in range(r.randint(3, 6)):
            q, f, e = ask(r, d, self.absent)
            qas[q] = say_fact(self.style, f, e)
        items = list(qas.items())
        r.shuffle(items)
        pre = self.mix.system() + USER + d.prefix
        return self.pack_doc(pre, chat_branches(items, True), 0.12)

    def budget(self, k):
        """Characters for each of k passages."""
        return int(min(1100, (self.T - (200 if self.T < 900 else 330)) / k * 3.3))

    def reading(self):
        while True:
            ps, qas = readings.document(
                self.r,
                self.files,
                self.p['passages'],
                self.absent,
                self.noisy,
                (self.T - 200) * 3.3,
                self.p['ask'],
            )
            if qas:
                return self.doc(ps, qas)

    def pack_doc(self, prefix, branches, gap_p=0.3):
        doc = super().pack_doc(prefix, branches, gap_p)
        if self.emphasis:
            self.emphasis.raise_weights(doc.ids, doc.weights)
        return doc

    def doc(self, passages, qas):
        """passages [(title, text)], qas {question: (answer, passage) or None}."""
        pre = self.mix.system() + USER + render([(t, re.sub(r'\s+', ' ', x)) for t, x in passages])
        said = [(q, say_span(self.style, *(a or (None,)))) for q, a in qas.items()]
        return self.pack_doc(pre, chat_branches(said, True), 0.1)

    MAKE = dict(
        copy=copy,
        synthetic=synthetic,
        facts=facts,
        text=text_doc,
        cloze=cloze_doc,
        fields=fields,
        human=human,
        reading=reading,
        rephrased=rephrased,
        locate=locate,
        structured=structured,
    )

    def draw(self, only=None):
        """(packed document, its kind as an index of NAMES): the kind that lags most behind its share, or only one."""
        if only:
            t = only
        else:
            total = sum(self.made.values()) + 3000 * self.r.random()
            wanted = [n for n in NAMES if self.p.get(n)]
            t = max(wanted, key=lambda n: self.p[n] * total - self.made[n] + self.r.random())
        doc = self.MAKE[t](self)
        self.made[t] += len(doc[0])
        return doc, NAMES.index(t)

    def rows(self, B, p=None, only=None):
        """Arrays [B, p['T']] of tokens, weights, branches, positions, documents and kinds, and the Looks (fill_rows)."""
        self.p = p or self.p
        T, self.T = self.p['T'], self.p['doc']
        left = self.waiting.setdefault((self.T, only), [])
        return fill_rows(B, T, left, 24, lambda: self.draw(only))
