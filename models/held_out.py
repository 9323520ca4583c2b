"""Fixed held-out rows and the score of a model on them."""

import collections

import torch
import torch.nn.functional as F

from batches import answers_right, by_answer, tensors
from emphasis import Emphasis
from plan import LONG, NAMES, plan
from tasks import Tasks


class Held:
    """Fixed held-out rows of every task: documents, questions and wordings that training does not use."""

    def __init__(self, tok, data, rows):
        t = Tasks(tok, data, seed=990, held=True)
        p = {**plan(99, LONG), 'ask': 8}
        self.cites = Emphasis(t.tok).cites
        state = torch.get_rng_state()
        torch.manual_seed(990)
        self.batches = {}
        for n in NAMES:
            for _ in range(0, rows, 2):
                self.batches.setdefault(n, []).append(tensors(t.rows(2, p, only=n), keep=1e-6))
        torch.set_rng_state(state)

    def parts(self, logits, y, pick, info):
        """Counts of answers right in parts, teacher forced: first (token), value (all before the citation) and cited (the number).

        n counts the answers that cite; where none does (copy, facts) first is counted over all answers, as whole.
        """
        out, said = collections.Counter(), logits.argmax(-1).tolist()
        y = y.tolist()
        for at in by_answer(pick, info).values():
            good = [said[i] == y[i] for i in at]
            numbers = [j for j in range(1, len(at)) if self.cites(y[at[j - 1]], y[at[j]])]
            out['whole'] += 1
            out['whole first'] += good[0]
            if numbers:
                c = numbers[-1]
                out['n'] += 1
                out['first'] += good[0]
                out['value'] += all(good[:c])
                out['cited'] += good[c]
        return out

    @torch.no_grad()
    def score(self, m):
        """{kind: rates}, all teacher forced: loss per answer token; exact, the share of its n answers that are right as a whole;
        first, value and cited, the shares of its `citing` answers that are right in these parts (see parts)."""
        out = {}
        for n, bs in self.batches.items():
            loss, k, right, total, parts = 0.0, 0, 0, 0, collections.Counter()
            for x, pos, see, pick, y, w, info in bs:
                with torch.autocast('cpu', torch.bfloat16):
                    lg = m(x, pos, see, pick).float()
                lo = F.cross_entropy(lg, y, reduction='none')
                main = torch.from_numpy(info[2]) if n != 'text' else (w - 0.5).abs() < 1e-3
                loss += lo[main].sum().item()
                k += int(main.sum())
                for a, b in answers_right(lg, y, w, pick, info, True).values():
                    right, total = right + a, total + b
                parts += self.parts(lg, y, pick, info)
            out[n] = dict(loss=round(loss / max(1, k), 4))
            if n != 'text':
                out[n].update(exact=round(right / max(1, total), 3), n=total, **shares(parts))
        return out


def shares(parts):
    if parts['n']:
        return {x: round(parts[x] / parts['n'], 3) for x in ('first', 'value', 'cited')} | dict(citing=parts['n'])
    return dict(first=round(parts['whole first'] / max(1, parts['whole']), 3))
