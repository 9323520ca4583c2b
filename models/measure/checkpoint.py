"""A checkpoint of the training as a reader, without a cache (slower)."""

import os

import torch
from tokenizers import Tokenizer

from model import Reader


class Checkpoint:
    """path is ckpt.pt or final.pt; folder holds tokenizer.json."""

    def __init__(self, folder, path, threads):
        torch.set_num_threads(threads)
        ck = torch.load(path, weights_only=False)
        self.m = Reader(ck['c'])
        self.m.load_state_dict(ck['m'])
        self.m.eval()
        self.ctx = ck['c']['ctx']
        self.tok = Tokenizer.from_file(os.path.join(folder, 'tokenizer.json'))

    def __call__(self, ids, limit=40):
        ids, n = list(ids), len(ids)
        with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
            while len(ids) - n < limit and len(ids) < self.ctx - 1:
                h = self.m.hidden(torch.tensor([ids]))[:, -1]
                t = int((h @ self.m.model.embed_tokens.weight.T.to(h.dtype)).argmax())
                if t == 1:
                    break
                ids.append(t)
        return ids[n:]
