"""Llama-style decoder with Hugging Face parameter names (RMSNorm, RoPE, grouped-query attention, SwiGLU, tied embeddings).

The forward pass takes explicit position ids and what each token may see (attention.py), so several short documents (and
several questions branching from the same passages) can be packed into one training row.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from attention import attend


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        hd = c['d'] // c['heads']
        self.h, self.kv, self.hd = c['heads'], c['kv'], hd
        self.q_proj = nn.Linear(c['d'], self.h * hd, bias=False)
        self.k_proj = nn.Linear(c['d'], self.kv * hd, bias=False)
        self.v_proj = nn.Linear(c['d'], self.kv * hd, bias=False)
        self.o_proj = nn.Linear(self.h * hd, c['d'], bias=False)

    def heads_of(self, x, cos, sin):
        """Queries, keys and values, each [B, heads, T, size]."""
        B, T, _ = x.shape
        q = rope(self.q_proj(x).view(B, T, self.h, self.hd).transpose(1, 2), cos, sin)
        k = rope(self.k_proj(x).view(B, T, self.kv, self.hd).transpose(1, 2), cos, sin)
        return q, k, self.v_proj(x).view(B, T, self.kv, self.hd).transpose(1, 2)

    def out_of(self, y):
        B, _, T, _ = y.shape
        return self.o_proj(y.transpose(1, 2).reshape(B, T, self.h * self.hd))


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c['d'], c['ff'], bias=False)
        self.up_proj = nn.Linear(c['d'], c['ff'], bias=False)
        self.down_proj = nn.Linear(c['ff'], c['d'], bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class RMSNorm(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d))

    def forward(self, x):
        y = x.float()
        y = y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5)
        return (y * self.weight).to(x.dtype)


def rope(x, cos, sin):
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.input_layernorm = RMSNorm(c['d'])
        self.self_attn = Attention(c)
        self.post_attention_layernorm = RMSNorm(c['d'])
        self.mlp = MLP(c)

    def before(self, x, cos, sin):
        return self.self_attn.heads_of(self.input_layernorm(x), cos, sin)

    def after(self, x, y):
        x = x + self.self_attn.out_of(y)
        return x + self.mlp(self.post_attention_layernorm(x))

    def forward(self, x, cos, sin, pieces):
        """The block's output, and the queries and keys of its heads."""
        q, k, v = self.before(x, cos, sin)
        return self.after(x, attend(q, k, v, pieces)), (q, k)


class Trunk(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c['vocab'], c['d'])
        self.layers = nn.ModuleList([Block(c) for _ in range(c['layers'])])
        self.norm = RMSNorm(c['d'])


class Reader(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.model = Trunk(c)
        for n, p in self.named_parameters():
            if p.dim() == 2:
                std = 0.02 if 'embed' in n else 1 / math.sqrt(p.size(1))
                if n.endswith(('o_proj.weight', 'down_proj.weight')):
                    std /= math.sqrt(2 * c['layers'])
                nn.init.normal_(p, 0, std)
        hd = c['d'] // c['heads']
        f = 1 / (c['theta'] ** (torch.arange(0, hd, 2) / hd))
        t = torch.outer(torch.arange(c['ctx']), f)
        self.register_buffer('cos', t.cos(), persistent=False)
        self.register_buffer('sin', t.sin(), persistent=False)

    def compile_blocks(self):
        """Compiles what stands between the attentions, for inputs of one size."""
        for b in self.model.layers:
            b.before, b.after = (torch.compile(f, dynamic=False) for f in (b.before, b.after))

    def hidden(self, ids, pos=None, pieces=None, heads=None):
        """[B, T, d] for ids [B, T], each row seen by itself from its start on; or [1, B * T, d] for packed rows, of which pos
        gives the position ids and pieces what their tokens may see. heads: a dict, to which queries and keys by layer are added."""
        if pieces is None:
            cos, sin = self.cos[: ids.size(1)][None, None], self.sin[: ids.size(1)][None, None]
        else:
            ids, pos = ids.reshape(1, -1), pos.reshape(1, -1)
            cos, sin = self.cos[pos][:, None], self.sin[pos][:, None]
        x = self.model.embed_tokens(ids)
        if torch.is_autocast_enabled('cpu'):
            x = x.to(torch.bfloat16)
        cos, sin = cos.to(x.dtype), sin.to(x.dtype)
        for i, b in enumerate(self.model.layers):
            x, seen = b(x, cos, sin, pieces)
            if heads is not None:
                heads[i] = seen
        return self.model.norm(x)

    def forward(self, ids, pos=None, pieces=None, pick=None, heads=None):
        """pick: flat positions whose logits are needed (None = all); the rest as in hidden."""
        x = self.hidden(ids, pos, pieces, heads)
        if pick is not None:
            x = x.reshape(-1, x.size(-1))[pick]
        return F.linear(x, self.model.embed_tokens.weight)
