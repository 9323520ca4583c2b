"""Fixed held-out rows and the score of a model on them."""

import torch
import torch.nn.functional as F

from batches import answers_right, tensors
from tasks import NAMES, Tasks, plan


class Held:
    """Fixed held-out rows of every task: documents, questions and wordings that training does not use."""

    def __init__(self, tok, data, rows):
        t = Tasks(tok, data, seed=990, held=True)
        p = {**plan(99), 'T': 1024}
        state = torch.get_rng_state()
        torch.manual_seed(990)
        self.batches = {}
        for n in NAMES:
            t.left = []
            for _ in range(0, rows, 2):
                self.batches.setdefault(n, []).append(tensors(t.rows(2, p, only=n), keep=1e-6))
        torch.set_rng_state(state)

    @torch.no_grad()
    def score(self, m):
        """{kind: loss per answer token, share of whole answers right (teacher forced), number of answers}."""
        out = {}
        for n, bs in self.batches.items():
            loss, k, right, total = 0.0, 0, 0, 0
            for x, pos, mask, pick, y, w, info in bs:
                with torch.autocast('cpu', torch.bfloat16):
                    lg = m(x, pos, mask, pick).float()
                lo = F.cross_entropy(lg, y, reduction='none')
                main = torch.from_numpy(info[2]) if n != 'text' else (w - 0.5).abs() < 1e-3
                loss += lo[main].sum().item()
                k += int(main.sum())
                for a, b in answers_right(lg, y, w, pick, info, True).values():
                    right, total = right + a, total + b
            out[n] = dict(
                loss=round(loss / max(1, k), 4), **(dict(exact=round(right / total, 3), n=total) if n != 'text' else {})
            )
        return out
