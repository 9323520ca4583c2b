"""Measure the exported models: the 4-bit ONNX reader through onnxruntime, adapters added to its graph.

usage: evaluate.py MODELS_DIR OUT_JSON NAME [N_SYNTHETIC]     NAME: base | an adapter | embedder
THREADS: threads of the runtime (1)
"""

import json
import os
import sys
import time

from invented.everyday import EVERYDAY
from json_files import write_json
from measure.answers import judge, rates
from measure.exported import ExportedReader
from measure.finder import run_embedder
from measure.record import measured
from measure.sample_handbook import run_handbook
from measure.synthetic import run_synthetic
from names import ADAPTERS_FOLDER, READER_FOLDER


def run_everyday(answer, name):
    """Everyday facts asked without passages: what an adapter has not made the reader forget."""
    return rates([judge(name, answer(c['questions'][0]), c['value']) for c in EVERYDAY])


def run_reader(root, name, n):
    adapter = None if name == 'base' else os.path.join(root, ADAPTERS_FOLDER, name)
    folder = os.path.join(root, READER_FOLDER)
    answer = ExportedReader(folder, int(os.environ.get('THREADS', '1')), adapter).answer
    res = dict(synthetic=run_synthetic(answer, name, n, True))
    if name in ('base', 'robust-reader'):
        res['synthetic, wordings seen in training'] = run_synthetic(answer, name, n, False)
    res['common'] = run_everyday(answer, name)
    res['handbook'] = run_handbook(answer, name)
    return res


def main(root, out, name, n=80):
    t = time.time()
    res = run_embedder(root) if name == 'embedder' else run_reader(root, name, n)
    res['measured'] = measured('evaluate.py OUT RESULT %s%s' % (name, '' if name == 'embedder' else ' %d' % n))
    write_json({name: res}, out)
    print(name, json.dumps(res, indent=1), 'seconds %d' % (time.time() - t))


if __name__ == '__main__':
    a = sys.argv
    main(a[1], a[2], a[3], int(a[4]) if len(a) > 4 else 80)
