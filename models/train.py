"""Train the reader for hours, in pieces.

  train.py --tok DIR --data DIR --state DIR                 goes on from the last checkpoint until stopped (SIGTERM saves and exits)
  train.py --tok DIR --data DIR --state DIR --decay 60      copies the last checkpoint, cools it down to zero in 60 minutes, writes final.pt

The learning rate warms up and then stays, from some time on at half of it (plan.py); only --decay lowers it to zero, so a decayed
model can be made at any time and training can go on afterwards. State: ckpt.pt (weights, optimisers, counters), log.jsonl (one
line every few minutes).
"""

import argparse
import json
import os
import signal
import time

import torch
from tokenizers import Tokenizer

from held_out import Held
from model import Reader
from muon import Muon
from passes import Together, add
from plan import rate

CONFIG = dict(d=384, layers=8, heads=6, kv=2, ff=1024, ctx=1024, theta=10000.0)
WARM_UP = 100  # steps
TINY = dict(d=128, layers=2, heads=2, kv=1, ff=256, ctx=1024, theta=10000.0)


def args():
    a = argparse.ArgumentParser()
    a.add_argument('--tok', required=True)
    a.add_argument('--data', required=True)
    a.add_argument('--state', required=True)
    a.add_argument('--threads', type=int, default=2, help='processes, of one thread each')
    a.add_argument('--minutes', type=float, default=0, help='stop after so many minutes (0: run until stopped)')
    a.add_argument('--decay', type=float, default=0, help='cool down over so many minutes, then write final.pt')
    a.add_argument('--peak', type=float, default=0, help='rate that the cooling begins with, as a share of the highest')
    a.add_argument('--tiny', action='store_true', help='a toy model for the smoke test')
    a.add_argument('--no-compile', action='store_true')
    a.add_argument('--matrix-lr', type=float, default=0.015)
    a.add_argument('--embed-lr', type=float, default=2.5e-3)
    a.add_argument('--log-minutes', type=float, default=5)
    a.add_argument('--save-minutes', type=float, default=4)
    a.add_argument('--tokens-per-step', type=int, default=12288)
    a.add_argument('--micro', type=int, default=3072, help='tokens in one forward pass')
    a.add_argument('--eval-rows', type=int, default=6)
    return a.parse_args()


def write(obj, path):
    torch.save(obj, path + '.tmp')
    with open(path + '.tmp', 'rb') as f:
        os.fsync(f.fileno())
    os.replace(path + '.tmp', path)


class Run:
    def __init__(self, a):
        self.a = a
        os.makedirs(a.state, exist_ok=True)
        self.path = os.path.join(a.state, 'decay.pt' if a.decay else 'ckpt.pt')
        start = self.path if os.path.exists(self.path) else os.path.join(a.state, 'ckpt.pt')
        ck = torch.load(start, weights_only=False) if os.path.exists(start) else None
        torch.manual_seed(0)
        self.c = (
            ck['c']
            if ck
            else {
                **(TINY if a.tiny else CONFIG),
                'vocab': Tokenizer.from_file(os.path.join(a.tok, 'tokenizer.json')).get_vocab_size(),
            }
        )
        self.m = Reader(self.c)
        named = dict(self.m.named_parameters())
        hid = [n for n, p in named.items() if p.dim() == 2 and 'embed' not in n]
        emb = [n for n in named if 'embed' in n]
        oth = [n for n in named if n not in hid and n not in emb]
        self.muon = Muon([named[n] for n in hid])
        self.adam = torch.optim.AdamW(
            [dict(params=[named[n] for n in emb], base=1.0), dict(params=[named[n] for n in oth], base=0.4)],
            lr=1e-3,
            betas=(0.9, 0.95),
            weight_decay=0.0,
        )
        self.small = [named[n] for n in emb + oth]
        self.step = self.tokens = 0
        self.busy = 0.0
        self.cool = 0.0  # seconds of cooling down done
        if ck:
            self.m.load_state_dict(ck['m'])
            if 'adam' in ck:  # a restored reader has weights alone (restore.py)
                self.adam.load_state_dict(ck['adam'])
                for v, w in zip(self.muon.v, ck['muon']):
                    v.copy_(w)
            self.step, self.tokens, self.busy = ck['step'], ck['tokens'], ck['busy']
            self.cool = ck.get('cool', 0.0) if start == self.path else 0.0
        # new data after every start: the seed follows the tokens seen
        self.passes = Together(
            self.m,
            a.threads - 1,
            tok=a.tok,
            data=a.data,
            micro=a.micro,
            seed=self.tokens,
            cooling=bool(a.decay),
            compiled=not a.no_compile,
        )
        self.resumed = bool(ck)
        self.peak = a.peak or (ck or {}).get('peak', 0.0)
        self.stop = False
        for sig in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sig, lambda *_: setattr(self, 'stop', True))

    def save(self):
        write(
            dict(
                m=self.m.state_dict(),
                c=self.c,
                adam=self.adam.state_dict(),
                muon=self.muon.v,
                step=self.step,
                tokens=self.tokens,
                busy=self.busy,
                cool=self.cool,
                peak=self.peak,
            ),
            self.path,
        )

    def one(self, lr, sums):
        """One step of about tokens_per_step tokens, in forward passes of `micro` tokens."""
        size = self.a.tokens_per_step // (
            4 if self.tokens < 1.5e6 else 2 if self.tokens < 4e6 else 1
        )  # shorter steps at the start
        read, seen = self.passes.step(max(1, size // self.a.micro), self.tokens, self.step % 4 == 0)
        self.tokens += read
        add(sums, seen)
        torch.set_num_threads(self.a.threads)  # the others wait
        for g in self.adam.param_groups:
            g['lr'] = self.a.embed_lr * g['base'] * lr
        torch.nn.utils.clip_grad_norm_(self.small, 1.0)
        self.adam.step()
        self.adam.zero_grad()
        self.muon.step(self.a.matrix_lr * lr)
        torch.set_num_threads(1)
        self.step += 1

    def log(self, held, sums, rate, lr):
        tr = {
            k: dict(loss=round(v[0] / max(1, v[1]), 4), **(dict(exact=round(v[2] / v[3], 3), n=v[3]) if v[3] else {}))
            for k, v in sums.items()
        }
        row = dict(
            time=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()),
            step=self.step,
            tokens=self.tokens,
            tokens_per_hour=round(rate * 3600),
            hours=round(self.busy / 3600, 3),
            lr=round(lr, 4),
            decay=bool(self.a.decay),
            train=tr,
        )
        if held:
            torch.set_num_threads(self.a.threads)  # the other processes wait
            row['held'] = held.score(self.m)
            torch.set_num_threads(1)
        with open(os.path.join(self.a.state, 'log.jsonl'), 'a') as f:
            f.write(json.dumps(row) + '\n')
        h = row.get('held', {})
        print(
            row['time'],
            'step %d tokens %.2fM %d tokens/h' % (self.step, self.tokens / 1e6, row['tokens_per_hour']),
            ' '.join('%s %.3f%s' % (k, v['loss'], '/%.2f' % v['exact'] if 'exact' in v else '') for k, v in h.items()),
            flush=True,
        )

    def main(self):
        a = self.a
        held = Held(a.tok, a.data, a.eval_rows)
        print(
            '%.2fM parameters, %s at %.2fM tokens'
            % (
                sum(p.numel() for p in self.m.parameters()) / 1e6,
                'going on' if self.resumed else 'starting',
                self.tokens / 1e6,
            ),
            flush=True,
        )
        last_log = last_save = begin = time.monotonic()
        t_log, b_log = self.tokens, self.busy
        sums, usual = {}, 0.0
        if self.step == 0:
            self.log(held, {}, 0.0, 0.0)
        steps = 0
        while not self.stop:
            t0 = time.monotonic()
            if a.decay and self.cool >= a.decay * 60 or a.minutes and t0 - begin > a.minutes * 60:
                break
            lr = min(1.0, (self.step + 1) / WARM_UP) * (a.decay and self.peak or rate(self.tokens / 1e6))
            if a.decay:
                lr *= max(0.0, 1 - self.cool / (a.decay * 60))
            self.one(lr, sums)
            steps += 1
            dt = time.monotonic() - t0
            if steps > 3:
                dt = min(dt, 5 * usual + 5)  # a pause is no work
            usual = dt if steps <= 3 else 0.9 * usual + 0.1 * dt
            self.busy += dt
            self.cool += dt if a.decay else 0.0
            now = time.monotonic()
            if now - last_log > a.log_minutes * 60:
                self.log(held, sums, (self.tokens - t_log) / max(1e-9, self.busy - b_log), lr)
                last_log, t_log, b_log, sums = time.monotonic(), self.tokens, self.busy, {}
            if now - last_save > a.save_minutes * 60:
                self.save()
                last_save = now
        if steps:
            if not self.stop:
                self.log(held, sums, (self.tokens - t_log) / max(1e-9, self.busy - b_log), lr)
            self.save()
        if a.decay and self.cool >= a.decay * 60:
            write(dict(m=self.m.state_dict(), c=self.c, tokens=self.tokens), os.path.join(a.state, 'final.pt'))
            print('final.pt written', flush=True)
        print('stopped at %.2fM tokens' % (self.tokens / 1e6), flush=True)


if __name__ == '__main__':
    Run(args()).main()
