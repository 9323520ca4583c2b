"""Train one LoRA adapter on the frozen, dequantised 4-bit reader and save it in PEFT layout.
usage: train_adapter.py NAME TOK_DIR DATA_DIR QUANT_PT OUT_DIR MINUTES [THREADS] [RANK] [START]
NAME: robust-reader | json-answer | memo-voice | handbook-facts
MINUTES: of the processor's time for one thread, so that a pause costs nothing. START: the folder of an adapter of the same base and
rank to go on from, at 0.6 of the rate.
"""

import os
import random
import sys

import torch
from tokenizers import Tokenizer

import handbook
from batches import answers_right, tensors
from lora import add_lora, load, save
from mixture import Mixture
from model import Reader
from packer import Packer
from passes import entropy, looked
from progress import Progress
from prompts import USER, chat_branches
from tasks import Tasks

# Of adapters that change how the reader speaks: the voice, the seed, the share of questions without an answer.
VOICES = {'json-answer': ('json', 23, 0.32), 'memo-voice': ('memo', 24, 0.24)}


class Handbook:
    """The facts of the sample handbook, one question wording each, no passages."""

    def __init__(self, pk):
        self.pk, self.r = pk, random.Random(4)
        self.qas = [(q['question'], q['evidence']) for q in handbook.questions() if q['kind'] == 'plain']

    def document(self):
        return self.pk.pack_doc(USER, chat_branches(self.r.sample(self.qas, 6), False), 0)

    def rows(self, B):
        return self.pk.batch(B, self.document)


class Half:
    """Every other batch holds invented handbooks, the rest prose and human questions in the same voice."""

    def __init__(self, pk, mix, tasks, shares):
        self.pk, self.mix, self.tasks, self.n = pk, mix, tasks, 0
        self.p = dict(T=pk.T, doc=pk.T, ask=8, passages=3, two=0.6, **shares)

    def rows(self, B):
        self.n += 1
        return self.tasks.rows(B, self.p) if self.n % 2 else self.pk.batch(B, self.mix)


class Noisy:
    """Documents with hard distractors, in which an answer's first token and its citation weigh more and heads are taught where to
    look, as in the training of the reader: what the noise costs is the choice of the passage, and these tell of nothing else."""

    def __init__(self, tokdir, data, T, seed):
        self.tasks = Tasks(tokdir, data, seed=seed, absent=0.12, noisy=0.8)
        self.tasks.lm = 0.0
        shares = dict(synthetic=0.36, facts=0.03, cloze=0.12, fields=0.03, human=0.2, reading=0.26)
        self.p = dict(T=T, doc=T, ask=8, passages=5, two=0.65, **shares)

    def rows(self, B):
        return self.tasks.rows(B, self.p)


def documents(name, tokdir, data, again):
    """What the adapter is trained on; rows(B) draws B rows. again: it goes on from one that was trained before."""
    if name == 'robust-reader':
        return Noisy(tokdir, data, 832, 37 if again else 31)
    pk = Packer(Tokenizer.from_file(os.path.join(tokdir, 'tokenizer.json')), 512, lm=0.0, seed=21)
    if name == 'handbook-facts':
        return Handbook(pk)
    style, seed, absent = VOICES[name]
    mix = Mixture(pk, seed=seed, copy=0, common=0.07, closed=0.05, style=style, absent=absent, two=0.65, common_every=2)
    tasks = Tasks(tokdir, data, seed=31, style=style, absent=0.2, emphasis=False)
    tasks.lm = 0.0
    return Half(pk, mix, tasks, dict(facts=0.04, cloze=0.2, fields=0.06, human=0.3, reading=0.4))


def main(name, tokdir, data, src, out, minutes, threads=1, r=8, start=None):
    torch.set_num_threads(threads)
    torch.manual_seed(3)
    ck = torch.load(src, weights_only=False)
    m = Reader(ck['c'])
    m.load_state_dict(ck['m'])
    alpha = 2 * r
    ps = add_lora(m, r, alpha)
    if start:
        load(m, start, r, alpha)
    robust = name == 'robust-reader'
    B, lr = 3, (2e-3 if robust else 3e-3) * (0.6 if start else 1)
    source = documents(name, tokdir, data, start is not None)
    if minutes > 20:
        m.compile_blocks()
    opt = torch.optim.AdamW(ps, lr=lr, betas=(0.9, 0.95), weight_decay=0.0)
    at, la, hist = Progress(name, minutes), None, []
    while (fr := at.share) < 1:
        x, pos, see, pick, y, w, info = tensors(rows := source.rows(B))
        heads = {}
        with torch.autocast('cpu', torch.bfloat16):
            lg = m(x, pos, see, pick, heads)
        lo = entropy(lg, y)
        taught = looked(rows[6], see, heads, ck['c'], {}) if robust else 0.0
        ((lo * w).sum().div(w.sum()) + taught).backward()
        for g in opt.param_groups:
            g['lr'] = lr * min(1, (at.step + 1) / 20) * min(1, (1 - fr) / (0.9 if robust else 0.5) + 0.01)
        torch.nn.utils.clip_grad_norm_(ps, 1.0)
        opt.step()
        opt.zero_grad()
        loss_now = lo.mean().item()
        la = loss_now if la is None else 0.95 * la + 0.05 * loss_now
        hist.append(answers_right(lg.detach(), y, w, pick, info))
        if at.stepped():
            at.tell('loss %.4f exact %.3f' % (la, sum(a * n for a, n in hist) / max(1, sum(n for _, n in hist))))
            hist = []
    n = save(m, os.path.join(out, name), r, alpha)
    more = ', from one trained before' if start else ''
    print('%s done: %d steps, %d s, %d parameters%s' % (name, at.step, at.seconds, n, more), flush=True)


if __name__ == '__main__':
    a = sys.argv
    main(*a[1:6], float(a[6]), int(a[7]) if len(a) > 7 else 1, int(a[8]) if len(a) > 8 else 8, *a[9:10])
