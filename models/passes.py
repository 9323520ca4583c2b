"""Forward and backward passes of the training, in one process or several.

Several processes of one thread each, since most of a pass are thousands of small operations, of which each would wait for all
threads of one process.
"""

import os

import numpy as np
import torch
import torch.multiprocessing as mp
import torch.nn.functional as F

import pointing
from batches import answers_right, tensors
from model import Reader
from plan import ABSENT, ABSENT_COOLING, NAMES, plan
from tasks import Tasks


def entropy(logits, y):
    return F.cross_entropy(logits.float(), y, reduction='none')


def add(sums, more):
    """Adds {kind: [loss, losses, right answers, answers]} to sums."""
    for kind, values in more.items():
        sums[kind] = [a + b for a, b in zip(sums.get(kind, [0.0, 0, 0, 0]), values)]


def looked(looks, see, heads, config, sums):
    """The loss of the heads that are taught where to look (pointing.py)."""
    total = torch.zeros(())
    for kind, (layer, head) in pointing.places(config).items():
        some = looks[looks[:, 0] == kind, 1:]
        if len(some):
            lo = pointing.loss(*heads[layer], head, see, some)
            total = total + pointing.WEIGHTS[kind] * lo
            add(sums, {'looks at the ' + pointing.NAMES[kind]: [lo.item() * len(some), len(some), 0, 0]})
    return total


class Passes:
    """Draws documents and adds the gradients of their losses to the model's.

    tok and data: folders of the tokenizer and of the prepared data. micro: tokens of a pass. Documents and the positions that carry
    loss follow seed, the number of tokens seen at the start, and nth, the number of the process.
    """

    def __init__(self, m, tok, data, micro, seed, nth=0, cooling=False, compiled=True):
        self.m, self.micro, self.cooling = m, micro, cooling
        self.tasks = Tasks(tok, data, absent=ABSENT_COOLING if cooling else ABSENT)
        seed = seed * 7 + nth * 10**12
        self.tasks.r.seed(seed + 1)
        self.tasks.mix.r.seed(seed + 2)
        self.tasks.common.r.seed(seed + 3)
        torch.manual_seed(seed // 7 + 5)
        self.entropy = entropy
        if compiled:
            m.compile_blocks()
            self.entropy = torch.compile(entropy, dynamic=True)  # as many targets as there are

    def run(self, n, of, tokens, count):
        """n of a step's `of` passes after so many tokens: (tokens read, {kind: [loss, losses, right answers, answers]}).
        count: whether to look which answers are right."""
        read, sums = 0, {}
        for _ in range(n):
            p = plan(tokens / 1e6, self.tasks.r.random(), self.cooling)
            rows = self.tasks.rows(max(1, self.micro // p['T']), p)
            x, pos, see, pick, y, w, info = tensors(rows)
            heads = {}
            with torch.autocast('cpu', torch.bfloat16):
                lg = self.m(x, pos, see, pick, heads)
            lo = self.entropy(lg, y)
            (((lo * w).sum() / w.sum() + looked(rows[6], see, heads, self.m.c, sums)) / of).backward()
            read += int(info[1].size - (info[1] < 0).sum())
            kind = info[3].reshape(-1)[pick.numpy()]
            main = info[2] | (kind == NAMES.index('text'))
            ln = lo.detach().numpy()
            for k in np.unique(kind):
                sel = main & (kind == k)
                add(sums, {NAMES[k]: [float(ln[sel].sum()), int(sel.sum()), 0, 0]})
            if count:
                for k, right in answers_right(lg.detach(), y, w, pick, info, True).items():
                    add(sums, {NAMES[k]: [0.0, 0, *right]})
        return read, sums


def _serve(pipe, config, weights, gradients, options):
    """A process beside the training's own; ends with it."""
    os.setpgrp()  # a signal to the group stops the training's own process, which saves once this one has answered
    torch.set_num_threads(1)
    m = Reader(config)
    for p, weight, gradient in zip(m.parameters(), weights, gradients):
        p.data, p.grad = weight, gradient
    passes = Passes(m, **options)
    try:
        while True:
            pipe.send(passes.run(*pipe.recv()))
    except (EOFError, ConnectionError):
        pass


class Together:
    """Passes of this process and of `others` more, each of one thread; all read the weights of m, which move to shared memory."""

    def __init__(self, m, others, **options):
        self.m, self.pipes, self.gradients = m, [], []
        context = mp.get_context('spawn')
        weights = [p.data.share_memory_() for p in m.parameters()]
        for nth in range(1, others + 1):
            gradients = [torch.zeros_like(w).share_memory_() for w in weights]
            here, there = context.Pipe()
            process = context.Process(
                target=_serve, args=(there, m.c, weights, gradients, dict(options, nth=nth)), daemon=True
            )
            process.start()
            there.close()
            self.pipes.append(here)
            self.gradients.append(gradients)
        torch.set_num_threads(1)
        self.own = Passes(m, **options)

    def step(self, passes, tokens, count):
        """Gradients of a step, in m; as Passes.run. With fewer passes than processes some are idle."""
        share = [passes // (len(self.pipes) + 1)] * (len(self.pipes) + 1)
        for i in range(passes - sum(share)):
            share[i] += 1
        asked = [(p, g, n) for p, g, n in zip(self.pipes, self.gradients, share[1:]) if n]
        for pipe, _, n in asked:
            pipe.send((n, passes, tokens, count))
        read, sums = self.own.run(share[0], passes, tokens, count)
        for pipe, gradients, _ in asked:
            more, seen = pipe.recv()
            read += more
            add(sums, seen)
            with torch.no_grad():
                for p, g in zip(self.m.parameters(), gradients):
                    p.grad.add_(g)
                    g.zero_()
        return read, sums
