"""LoRA on every linear layer of the reader, saved in PEFT layout."""

import math
import os

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from json_files import read_json, write_json
from names import BASE_NAME

TARGETS = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj']


class LoRA(nn.Module):
    def __init__(self, lin, r, alpha):
        super().__init__()
        self.lin, self.scale = lin, alpha / r
        self.A = nn.Parameter(torch.randn(r, lin.in_features) / math.sqrt(lin.in_features))
        self.B = nn.Parameter(torch.zeros(lin.out_features, r))

    def forward(self, x):
        return self.lin(x) + F.linear(F.linear(x, self.A), self.B) * self.scale


def add_lora(m, r, alpha):
    for p in m.parameters():
        p.requires_grad_(False)
    for b in m.model.layers:
        for part in (b.self_attn, b.mlp):
            for t in TARGETS:
                if hasattr(part, t):
                    setattr(part, t, LoRA(getattr(part, t), r, alpha))
    return [p for p in m.parameters() if p.requires_grad]


def _name(parameter):
    return 'base_model.model.%s.lora_%s.weight' % (parameter[:-2], parameter[-1])


def load(m, folder, r, alpha):
    """Sets what add_lora added with r and alpha to the weights that save wrote to folder with the same two."""
    kept = read_json(os.path.join(folder, 'adapter_config.json'))
    if (kept['r'], kept['lora_alpha']) != (r, alpha):
        raise ValueError('Not of r %d, alpha %d: %s' % (r, alpha, folder))
    weights = load_file(os.path.join(folder, 'adapter_model.safetensors'))
    for n, p in m.named_parameters():
        if n.endswith(('.A', '.B')):
            p.data.copy_(weights[_name(n)])


def save(m, out, r, alpha):
    os.makedirs(out, exist_ok=True)
    d = {}
    for n, p in m.named_parameters():
        if n.endswith(('.A', '.B')):
            d[_name(n)] = p.detach().half().contiguous()
    save_file(d, os.path.join(out, 'adapter_model.safetensors'), metadata={'format': 'pt'})
    cfg = dict(
        peft_type='LORA',
        task_type='CAUSAL_LM',
        base_model_name_or_path=BASE_NAME,
        r=r,
        lora_alpha=alpha,
        lora_dropout=0.0,
        target_modules=TARGETS,
        bias='none',
        fan_in_fan_out=False,
        inference_mode=True,
        init_lora_weights=True,
        use_rslora=False,
        use_dora=False,
        modules_to_save=None,
        layers_to_transform=None,
        layers_pattern=None,
        rank_pattern={},
        alpha_pattern={},
        revision=None,
        auto_mapping=None,
    )
    write_json(cfg, os.path.join(out, 'adapter_config.json'))
    return sum(v.numel() for v in d.values())
