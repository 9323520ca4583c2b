"""Fill card.md with what evaluate.py and evaluate_reading.py measured.

usage: make_card.py RESULTS_DIR MODELS_DIR LOG_JSONL OUT_MD
"""

import json
import re
import sys
from pathlib import Path

from json_files import read_json

READERS = ['base', 'robust-reader', 'json-answer', 'memo-voice', 'handbook-facts']
WITH_GOLD = ['gold only', 'gold + 1', 'gold + 3', 'gold + 5']
WEIGHTS = ('model_q4.onnx', 'model_quantized.onnx', 'adapter_model.safetensors', 'tokenizer.json')


def percent(share):
    return '-' if share is None else '%d' % round(100 * share)


def table(head, rows):
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(str(x) for x in row) + ' |' for row in lines)


class Card:
    """results: {model: what evaluate.py wrote}; a table without results says "not measured"."""

    def __init__(self, folder):
        self.folder, self.results = Path(folder), {}
        for name in [*READERS, 'embedder']:
            path = self.folder / ('res_%s.json' % name)
            if path.exists():
                self.results.update(read_json(path))
        self.readers = [name for name in READERS if name in self.results]

    def rates(self, reader, part, condition):
        return self.results[reader].get(part, {}).get(condition, {})

    def grid(self, part, conditions, flag):
        """A row for each condition [(label, name)], a column for each reader, and the number of questions."""
        rows = []
        for label, c in conditions:
            found = [self.rates(x, part, c) for x in self.readers]
            rows.append([label, *(percent(v.get(flag)) for v in found), next((v['n'] for v in found if v), '')])
        return table(['condition', *self.readers, 'n'], rows)

    def synthetic(self):
        def same(names):
            return [(c, c) for c in names]

        yield 'value', self.grid('synthetic', same(['no passages', *WITH_GOLD]), 'value')
        yield 'cite', self.grid('synthetic', same(WITH_GOLD), 'cite')
        yield 'abstain', self.grid('synthetic', same(WITH_GOLD), 'abstain')
        yield 'without', self.grid('synthetic', same(['no gold (one passage)', 'no gold (hard)']), 'abstain')
        part = 'synthetic, wordings seen in training'
        rows = [
            [x, *(percent(self.rates(x, part, c).get('value')) for c in WITH_GOLD)]
            for x in self.readers
            if part in self.results[x]
        ]
        yield 'seen', table(['model', *WITH_GOLD], rows)

    def handbook(self):
        def both(names):
            return [('%s, %s' % (c, k), '%s / %s' % (c, k)) for k in ('plain', 'rephrased') for c in names]

        yield 'value', self.grid('handbook', both(['no passages', *WITH_GOLD]), 'value')
        yield 'cite', self.grid('handbook', both(WITH_GOLD), 'cite')
        yield 'abstain', self.grid('handbook', both(WITH_GOLD), 'abstain')
        without = ['no gold, 1 passage', 'no gold, 4 passages']
        yield 'without', self.grid('handbook', [(c, c) for c in without], 'abstain')

    def reading(self):
        path = self.folder / 'reading.json'
        if not path.exists():
            return 'not measured'
        flags = ('exact', 'f1', 'cite', 'abstain')
        rows = [
            [name, c, v['n'], *(v.get(flag, '-') for flag in flags)]
            for name, conditions in read_json(path).items()
            for c, v in conditions.items()
            if isinstance(v, dict)
        ]
        return table(['set', 'passages', 'n', 'exact match', 'F1', 'right citation', 'says that they do not say'], rows)

    def form(self, reader, flag):
        """The share of all answers that keep the adapter's form; None where it has none."""
        kept = [
            (v[flag] * v['n'], v['n'])
            for part in ('synthetic', 'handbook')
            for v in self.results[reader].get(part, {}).values()
            if flag in v
        ]
        return sum(k for k, _ in kept) / sum(n for _, n in kept) if kept else None

    def format(self):
        rows = []
        for x in self.readers:
            alone = [self.rates(x, 'handbook', 'no passages / ' + k).get('value') for k in ('plain', 'rephrased')]
            shares = [self.results[x]['common'].get('value'), *alone, self.form(x, 'json'), self.form(x, 'memo')]
            rows.append([x, *map(percent, shares)])
        head = [
            'model',
            'common knowledge kept (189)',
            'handbook without passages, trained wording (76)',
            'handbook without passages, rephrased (76)',
            'valid JSON',
            'memo format',
        ]
        return table(head, rows)

    def embedder(self):
        if 'embedder' not in self.results:
            return 'not measured'
        rows = [
            [name, v['n'], v['passages']]
            + [percent(v[how]['recall@%d' % k]) for how in ('embedder', 'bm25', 'both') for k in (1, 5)]
            for name, v in self.results['embedder'].items()
        ]
        head = ['set', 'questions', 'passages', 'embedder @1', '@5', 'BM25 @1', '@5', 'both (rank fusion) @1', '@5']
        return table(head, rows)


def architecture(models):
    """The reader's shape and number of parameters, from its config.json; the adapters' ranks from theirs."""
    c = read_json(models / 'models' / 'reader-tiny' / 'config.json')
    width, vocab, layers = c['hidden_size'], c['vocab_size'], c['num_hidden_layers']
    heads, kv = c['num_attention_heads'], c['num_key_value_heads']
    attention = 2 * width * (heads + kv) * c['head_dim']
    parameters = vocab * width + layers * (attention + 3 * width * c['intermediate_size'] + 2 * width) + width
    ranks = {f.parent.name: read_json(f)['r'] for f in sorted((models / 'adapters').glob('*/adapter_config.json'))}
    e = read_json(models / 'models' / 'embedder-tiny' / 'config.json')
    return '\n'.join(
        [
            '- reader-tiny: Llama decoder, %.2f million parameters: width %d, %d layers, %d heads with %d key/value heads, feed-forward %d, context %d, rotary base %d, tied embeddings. Every matrix in 4 bits (blocks of 32).'
            % (
                parameters / 1e6,
                width,
                layers,
                heads,
                kv,
                c['intermediate_size'],
                c['max_position_embeddings'],
                c['rope_theta'],
            ),
            '- tokenizer: byte-level BPE with %d entries, digits one by one.' % vocab,
            '- adapters: LoRA in PEFT layout on all linear layers; %s.'
            % ', '.join('%s r %d' % rank for rank in ranks.items()),
            '- embedder-tiny: BERT-style encoder, width %d, %d layers, context %d, int8.'
            % (e['hidden_size'], e['num_hidden_layers'], e['max_position_embeddings']),
        ]
    )


def sizes(models):
    found = sorted(p for p in models.rglob('*') if p.name in WEIGHTS)
    return table(['file', 'MB'], [[p.relative_to(models), '%.2f' % (p.stat().st_size / 1e6)] for p in found])


def training(log):
    last = json.loads(Path(log).read_text().splitlines()[-1])
    note = '%.1f million tokens; Muon and AdamW, bf16' % (last['tokens'] / 1e6)
    return table(['part', 'minutes', 'notes'], [['reader', round(60 * last['hours']), note]])


def main(results, models, log, out):
    card, models = Card(results), Path(models)
    parts = dict(architecture=architecture(models), sizes=sizes(models), training=training(log))
    parts.update(reading=card.reading(), format=card.format(), embedder=card.embedder())
    parts.update({'synthetic ' + k: v for k, v in card.synthetic()})
    parts.update({'handbook ' + k: v for k, v in card.handbook()})
    text = (Path(__file__).parent / 'card.md').read_text()
    Path(out).write_text(re.sub(r'\{\{(.+?)\}\}', lambda m: parts[m[1]], text))


if __name__ == '__main__':
    main(*sys.argv[1:5])
