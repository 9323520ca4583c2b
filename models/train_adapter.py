"""Train one LoRA adapter on the frozen, dequantised 4-bit reader and save it in PEFT layout.
usage: train_adapter.py NAME TOK_DIR DATA_DIR QUANT_PT OUT_DIR MINUTES [THREADS] [RANK]
NAME: robust-reader | json-answer | memo-voice | handbook-facts
"""

import os
import random
import sys
import time

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import handbook
from batches import answers_right, tensors
from lora import add_lora, save
from mixture import Mixture
from model import Reader
from muon import Muon
from packer import Packer
from prompts import USER, chat_branches
from tasks import Tasks


class Handbook:
    """The facts of the sample handbook, one question wording each, no passages."""

    def __init__(self, pk):
        self.p, self.r = pk, random.Random(4)
        self.qas = [(q['question'], q['evidence']) for q in handbook.questions() if q['kind'] == 'plain']

    def __call__(self):
        return self.p.pack_doc(USER, chat_branches(self.r.sample(self.qas, 6), False), 0)


class Half:
    """Every other batch holds invented handbooks, the rest prose and human questions in the same voice."""

    def __init__(self, pk, mix, tasks, p):
        self.pk, self.mix, self.tasks, self.p, self.n = pk, mix, tasks, p, 0

    def batch(self, B, _):
        self.n += 1
        return self.tasks.rows(B, self.p) if self.n % 2 else self.pk.batch(B, self.mix)


def main(name, tokdir, data, src, out, minutes, threads=1, r=8):
    torch.set_num_threads(threads)
    torch.manual_seed(3)
    ck = torch.load(src, weights_only=False)
    m = Reader(ck['c'])
    m.load_state_dict(ck['m'])
    alpha = 2 * r
    ps = add_lora(m, r, alpha)
    tok = Tokenizer.from_file(os.path.join(tokdir, 'tokenizer.json'))
    T, B, lr = 512, 3, 3e-3
    if name == 'robust-reader':
        T, B, lr = 832, 3, 2e-3
    pk = Packer(tok, T, lm=0.0, seed=21)
    if name == 'robust-reader':
        mix = Mixture(pk, seed=22, copy=0, common=0.03, closed=0.01, noisy=0.75, nq=(5, 8), two=0.65)
    elif name == 'json-answer':
        mix = Mixture(
            pk, seed=23, copy=0, common=0.07, closed=0.05, style='json', absent=0.32, two=0.65, common_every=2
        )
    elif name == 'memo-voice':
        mix = Mixture(
            pk, seed=24, copy=0, common=0.07, closed=0.05, style='memo', absent=0.24, two=0.65, common_every=2
        )
    else:
        mix = Handbook(pk)
    if name != 'handbook-facts':
        style = {'json-answer': 'json', 'memo-voice': 'memo'}.get(name, 'plain')
        real = Tasks(
            tokdir,
            data,
            seed=31,
            style=style,
            absent=0.25 if name == 'robust-reader' else 0.2,
            noisy=0.8 if name == 'robust-reader' else 0.0,
            emphasis=False,
        )
        real.lm = 0.0
        pk = Half(
            pk,
            mix,
            real,
            dict(
                T=T,
                doc=T,
                ask=8,
                passages=5 if name == 'robust-reader' else 3,
                two=0.6,
                facts=0.04,
                cloze=0.2,
                fields=0.06,
                human=0.3,
                reading=0.4,
            ),
        )
    if minutes > 20:
        m.compile_blocks()
    init = os.environ.get('INIT')  # folder of an adapter to go on from; then Muon is used instead of AdamW
    if init:
        from safetensors.torch import load_file

        w = load_file(os.path.join(init, 'adapter_model.safetensors'))
        for n, p in m.named_parameters():
            if p.requires_grad:
                p.data.copy_(w['base_model.model.%s.lora_%s.weight' % (n[:-2], n[-1])].float())
        muon = Muon(ps)
    opt = torch.optim.AdamW(ps, lr=lr, betas=(0.9, 0.95), weight_decay=0.0)
    t0 = last = time.time()
    step, la, hist = 0, None, []
    while (fr := (time.time() - t0) / (minutes * 60)) < 1:
        x, pos, see, pick, y, w, info = tensors(pk.batch(B, mix))
        with torch.autocast('cpu', torch.bfloat16):
            h = m.hidden(x, pos, see)
            lg = F.linear(h.reshape(-1, h.size(-1))[pick], m.model.embed_tokens.weight)
        lo = F.cross_entropy(lg.float(), y, reduction='none')
        (lo * w).sum().div(w.sum()).backward()
        for g in opt.param_groups:
            g['lr'] = lr * min(1, (step + 1) / 20) * min(1, (1 - fr) / (0.9 if name == 'robust-reader' else 0.5) + 0.01)
        torch.nn.utils.clip_grad_norm_(ps, 1.0)
        if init:
            muon.step(0.002 * min(1, (step + 1) / 20) * (1.01 - fr), 0.0)
        else:
            opt.step()
        opt.zero_grad()
        step += 1
        loss_now = lo.mean().item()
        la = loss_now if la is None else 0.95 * la + 0.05 * loss_now
        hist.append(answers_right(lg.detach(), y, w, pick, info))
        if time.time() - last > 30:
            last = time.time()
            print(
                '%s t %ds step %d loss %.4f exact %.3f'
                % (name, last - t0, step, la, sum(a * n for a, n in hist) / max(1, sum(n for _, n in hist))),
                flush=True,
            )
            hist = []
    n = save(m, os.path.join(out, name), r, alpha)
    print('%s done: %d steps, %d s, %d parameters' % (name, step, time.time() - t0, n), flush=True)


if __name__ == '__main__':
    a = sys.argv
    main(*a[1:6], float(a[6]), int(a[7]) if len(a) > 7 else 1, int(a[8]) if len(a) > 8 else 8)
