"""4-bit weights, block 32, round to nearest, plus a short straight-through finish.
usage: quantize.py TOK_DIR DATA_DIR IN_PT OUT_PT MINUTES [THREADS]   (MINUTES 0 = rounding only; DATA_DIR from prepare.py)

q in [-8, 7], scale = -(entry of largest magnitude) / 8 per block of 32 inputs, zero point 8: what MatMulNBits expects.
"""

import sys

import numpy as np
import torch

from batches import tensors
from model import Reader
from muon import Muon
from passes import entropy
from plan import ABSENT_COOLING, LONG, plan
from progress import Progress
from tasks import Tasks

BLOCK = 32
# A fifth of what the training ended with before it cooled down: at 0.009 the answers' loss tripled within 80 steps.
RATE = 0.0015
RATIOS = (1, 0.95, 0.9, 0.85, 0.8, 0.75)


def clip_search(W, ratios=RATIOS):
    """numpy [N, K] -> packed uint8 [N, K/32, 16], scales [N, K/32], dequantised [N, K]."""
    N, K = W.shape
    b = W.reshape(N, K // BLOCK, BLOCK)
    am = np.take_along_axis(b, np.abs(b).argmax(-1)[..., None], -1)[..., 0]
    best = None
    for r in ratios:
        s = (-am * r / 8).astype(np.float32)
        s = np.where(s == 0, np.float32(1e-8), s)
        q = np.clip(np.round(b / s[..., None]), -8, 7)
        e = ((q * s[..., None] - b) ** 2).sum(-1)
        if best is None:
            best = [q, s, e]
        else:
            m = e < best[2]
            best = [np.where(m[..., None], q, best[0]), np.where(m, s, best[1]), np.where(m, e, best[2])]
    q, s, _ = best
    u = (q + 8).astype(np.uint8)
    return u[..., 0::2] | (u[..., 1::2] << 4), s.astype(np.float32), (q * s[..., None]).reshape(N, K).astype(np.float32)


def fake(W):
    """Straight-through version of the ratio-1 rule."""
    b = W.detach().view(W.size(0), -1, BLOCK)
    am = b.gather(-1, b.abs().argmax(-1, keepdim=True))
    s = -am / 8
    s = torch.where(s == 0, torch.full_like(s, 1e-8), s)
    return W + ((torch.clamp(torch.round(b / s), -8, 7) * s).view_as(W) - W).detach()


def quantised_state(sd, ratios):
    """State dict with every matrix replaced by its dequantised values; packed parts by name."""
    out, packed = dict(sd), {}
    for k, v in sd.items():
        if v.dim() == 2:
            p, s, d = clip_search(v.float().numpy(), ratios)
            packed[k] = (p, s)
            out[k] = torch.from_numpy(d)
    return out, packed


def agreement(m, sd_a, sd_b, rows):
    x, pos, see, pick, y, w, info = tensors(rows, 1e-6)
    res = []
    m.eval()
    with torch.no_grad():
        for sd in (sd_a, sd_b):
            m.load_state_dict(sd)
            res.append(m(x, pos, see, pick))
    m.train()
    a, b = (t.argmax(-1) for t in res)
    return (a == b).float().mean().item(), (a == y).float().mean().item(), (b == y).float().mean().item()


def main(tokdir, data, src, out, minutes, threads=1):
    torch.set_num_threads(threads)
    ck = torch.load(src)
    c = ck['c']
    m = Reader(c)
    m.load_state_dict(ck['m'])
    tasks = Tasks(tokdir, data, seed=11, absent=ABSENT_COOLING)
    mix = {**plan(99, LONG, cooling=True), 'T': 768, 'doc': 768}
    test = tasks.rows(10, mix)
    full = {k: v.clone() for k, v in ck['m'].items()}
    rtn, _ = quantised_state(full, RATIOS)
    print(
        'rounding only: argmax agreement %.4f, right full %.4f, right 4-bit %.4f' % agreement(m, full, rtn, test),
        flush=True,
    )
    ratios = RATIOS
    if minutes > 0:
        ratios = (1,)
        m.load_state_dict(full)
        names = [n for n, p in m.named_parameters() if p.dim() == 2]
        ps = dict(m.named_parameters())
        hid = [n for n in names if 'embed' not in n]
        opt = torch.optim.AdamW(
            [p for n, p in ps.items() if n not in hid], lr=1e-3, betas=(0.9, 0.95), weight_decay=0.0
        )
        muon = Muon([ps[n] for n in hid])
        at, la = Progress('finish', minutes), None
        while (fr := at.share) < 1:
            x, pos, see, pick, y, w, info = tensors(tasks.rows(5, mix))
            saved = {n: ps[n].data for n in names}
            for n in names:  # forward and backward run on the rounded weights, the step is made on the full ones
                ps[n].data = fake(saved[n])
            with torch.autocast('cpu', torch.bfloat16):
                lg = m(x, pos, see, pick)
            lo = entropy(lg, y)
            ((lo * w).sum() / w.sum()).backward()
            for n in names:
                ps[n].data = saved[n]
            k = max(0.02, 1 - fr) * min(1, (at.step + 1) / 20)
            for g in opt.param_groups:
                g['lr'] = 2e-4 * k
            opt.step()
            opt.zero_grad()
            muon.step(RATE * k)
            loss_now = lo[torch.from_numpy(info[2])].mean().item()
            la = loss_now if la is None else 0.95 * la + 0.05 * loss_now
            if at.stepped():
                at.tell('answer loss %.4f' % la)
        full = {k: v.detach().clone() for k, v in m.state_dict().items()}
    deq, packed = quantised_state(full, ratios)
    print('final: argmax agreement %.4f, right full %.4f, right 4-bit %.4f' % agreement(m, full, deq, test), flush=True)
    torch.save(dict(m=deq, packed=packed, c=c), out)


if __name__ == '__main__':
    main(*sys.argv[1:5], float(sys.argv[5]), int(sys.argv[6]) if len(sys.argv) > 6 else 1)
