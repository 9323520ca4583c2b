"""Reading of ordinary English, on questions by people that training never uses.

  evaluate_reading.py MODEL [--adapter DIR] [--data PREPARED_DIR] [--squad FILE] [--n 200] [--out FILE.json] [--threads 2]
     MODEL: a folder with onnx/model_q4.onnx and tokenizer.json, or with --checkpoint FILE.pt a folder with tokenizer.json
     --adapter  a folder in PEFT layout, added to the exported reader
     --data   QAMR test and COVID-QA from questions_test.jsonl
     --squad  any file in SQuAD format (1.1 or 2.0)
     --set    the folder of the reading set (its test split)

Three conditions: the passage alone; with three other passages (of the same article where there are any); the three others
alone, where "The passages do not say." is right. Exact match and F1 as in SQuAD: the best over the marked answers, after
lower case, without punctuation and articles. Citation: exactly the right passage number and no other.
"""

import argparse
import json
import os
import time
from pathlib import Path

from json_files import write_json
from measure.checkpoint import Checkpoint
from measure.exported import ExportedReader
from measure.people import run
from measure.reading_set import run_set
from measure.record import measured
from measure.squad import items_of, squad
from names import ADAPTERS_FOLDER, READER_FOLDER


def command(a):
    return ' '.join(
        [
            'evaluate_reading.py',
            'CHECKPOINT' if a.checkpoint else 'OUT/' + READER_FOLDER,
            *([f'--adapter OUT/{ADAPTERS_FOLDER}/{Path(a.adapter).name}'] if a.adapter else []),
            *(['--data STATE/data'] if a.data else []),
            *(['--squad %s' % os.path.basename(a.squad)] if a.squad else []),
            *(['--set models/reading-set'] if a.set else []),
            '--n %d --out RESULT' % a.n,
        ]
    )


def main():
    a = argparse.ArgumentParser()
    a.add_argument('model')
    a.add_argument('--checkpoint')
    a.add_argument('--adapter')
    a.add_argument('--data')
    a.add_argument('--squad')
    a.add_argument('--set')
    a.add_argument('--n', type=int, default=200)
    a.add_argument('--out')
    a.add_argument('--threads', type=int, default=2)
    a.add_argument('--show', action='store_true')
    a = a.parse_args()
    if a.checkpoint and a.adapter:
        raise SystemExit('an adapter is measured on the exported reader, not on a checkpoint')
    if a.checkpoint:
        model = Checkpoint(a.model, a.checkpoint, a.threads)
    else:
        model = ExportedReader(a.model, a.threads, a.adapter)
    sets = {}
    if a.data:
        with open(os.path.join(a.data, 'questions_test.jsonl'), encoding='utf8') as f:
            rows = [json.loads(line) for line in f]
        sets.update({k: v for k, v in items_of(rows).items() if k in ('qamr', 'covid')})
    if a.squad:
        sets[os.path.basename(a.squad)] = squad(a.squad)
    res = {}
    for name, items in sets.items():
        t = time.time()
        res[name], shown = run(model, name, items, a.n)
        for c, v in res[name].items():
            print(name, '|', c, '|', ' '.join('%s %s' % x for x in v.items()) if isinstance(v, dict) else v, flush=True)
        print('%s: %.0f s' % (name, time.time() - t))
        if a.show:
            print('\n'.join(shown))
    if a.set:
        res['reading set'] = run_set(model, a.set, a.n)
        for c, v in res['reading set'].items():
            print('reading set |', c, '|', ' '.join('%s %s' % x for x in v.items()), flush=True)
    if a.out:
        res['measured'] = measured(command(a))
        write_json(res, a.out)


if __name__ == '__main__':
    main()
