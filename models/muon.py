"""Muon, the optimiser for matrices: momentum, made orthogonal by five Newton-Schulz steps (Jordan and others, 2024)."""

import torch

DECAY = 0.1  # of the weights, times the rate


def newton_schulz(G):
    X = G / (G.norm() + 1e-7)
    t = X.size(0) > X.size(1)
    X = (X.T if t else X).bfloat16()
    for _ in range(5):
        A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return (X.T if t else X).float()


class Muon:
    def __init__(self, params):
        self.p = params
        self.v = [torch.zeros_like(p) for p in params]

    @torch.no_grad()
    def step(self, lr):
        for p, v in zip(self.p, self.v):
            v.mul_(0.95).add_(p.grad)
            u = newton_schulz(p.grad + 0.95 * v)
            p.mul_(1 - lr * DECAY).add_(u, alpha=-lr * max(1, p.size(0) / p.size(1)) ** 0.5)
            p.grad = None
