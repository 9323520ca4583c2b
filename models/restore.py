"""Goes on from an exported reader where the training's own state is lost.
usage: restore.py READER_DIR MILLIONS MINUTES STATE_DIR   (READER_DIR holds config.json and onnx/model_q4.onnx; the millions of
tokens that it saw and the minutes that it was trained are in its card)

Writes STATE_DIR/train/ckpt.pt, from which background.sh goes on (the optimisers begin anew, with a warm-up), and
STATE_DIR/finish/quant.pt, the 4-bit weights that adapters are trained against. Neither replaces a file that is there.
"""

import os
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from export_onnx import HUB_NAMES, check
from json_files import read_json
from train import write


def config(folder):
    """The reader's configuration in the words of model.py."""
    c = read_json(os.path.join(folder, 'config.json'))
    return {own: c[hub] for own, hub in HUB_NAMES.items()}


def unpacked(weight, scales):
    """The values [N, K] of 4-bit weights [N, K / 32, 16] with their scales, as quantize.py packs them."""
    q = np.stack((weight & 15, weight >> 4), -1).reshape(*weight.shape[:2], -1).astype(np.float32) - 8
    return (q * scales.reshape(weight.shape[0], -1, 1)).reshape(weight.shape[0], -1)


def read(path):
    """(state dict of model.py's Reader, {name: (packed weights, scales)}) of an exported graph."""
    stored = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    state, packed = {}, {}
    for name, array in stored.items():
        if name.endswith('.weight_Q4'):
            key = name.removesuffix('_Q4')
            scales = stored[key + '_scales'].reshape(array.shape[0], -1)
            key = key.replace('.MatMul', '').replace('.attn.', '.self_attn.')
            packed[key] = (array, scales)
            state[key] = torch.from_numpy(unpacked(array, scales))
        elif name.endswith('norm.weight'):
            state[name] = torch.from_numpy(array.copy())
    return state, packed


def keep(obj, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.exists(path):
        print('left as it is: %s' % path)
    else:
        write(obj, path)


def main(folder, millions, minutes, state):
    path, c = os.path.join(folder, 'onnx', 'model_q4.onnx'), config(folder)
    weights, packed = read(path)
    found = dict(m=weights, packed=packed, c=c)
    if not check(found, path):
        sys.exit('The weights as read do not say what the graph says: %s' % path)
    keep(found, os.path.join(state, 'finish', 'quant.pt'))
    keep(
        dict(m=weights, c=c, step=0, tokens=round(millions * 1e6), busy=minutes * 60),
        os.path.join(state, 'train', 'ckpt.pt'),
    )


if __name__ == '__main__':
    main(sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4])
