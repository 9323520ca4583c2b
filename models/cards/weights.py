"""What the exported files and the logs of a generation say about themselves."""

import hashlib
import json
import re
from pathlib import Path

from cards.figures import table
from json_files import read_json
from names import ADAPTERS_FOLDER, READER_FOLDER

CARD = 'MODEL_CARD.md'
WEIGHTS = ('model_q4.onnx', 'model_quantized.onnx', 'adapter_model.safetensors', 'tokenizer.json')


def files(root, folder):
    """A table of all that lies in one model's folder but its card. test/unit/builtIn.cards.test.ts reads it."""
    found = sorted(p for p in (root / folder).rglob('*') if p.is_file() and p.name != CARD)
    return _table(root, found)


def largest(root):
    """A table of the weights and tokenizers of a whole generation."""
    return _table(root, sorted(p for p in root.rglob('*') if p.name in WEIGHTS))


def _table(root, paths):
    rows = [
        [p.relative_to(root), '{:,}'.format(p.stat().st_size), hashlib.sha256(p.read_bytes()).hexdigest()[:16]]
        for p in paths
    ]
    return table(['file', 'bytes', 'SHA-256 begins'], rows)


def reader(root):
    c = read_json(root / READER_FOLDER / 'config.json')
    width, vocab, layers = c['hidden_size'], c['vocab_size'], c['num_hidden_layers']
    heads, kv = c['num_attention_heads'], c['num_key_value_heads']
    attention = 2 * width * (heads + kv) * c['head_dim']
    parameters = vocab * width + layers * (attention + 3 * width * c['intermediate_size'] + 2 * width) + width
    return (
        'Llama decoder, %.2f million parameters: width %d, %d layers, %d heads with %d key/value heads, feed-forward %d, '
        'context %d, rotary base %d, tied embeddings. Every matrix in 4 bits (blocks of 32). Byte-level BPE with %d '
        'entries, digits one by one.'
    ) % (
        parameters / 1e6,
        width,
        layers,
        heads,
        kv,
        c['intermediate_size'],
        c['max_position_embeddings'],
        c['rope_theta'],
        vocab,
    )


def embedder(root):
    c = read_json(root / 'models' / 'embedder-tiny' / 'config.json')
    return 'BERT-style encoder, width %d, %d layers, context %d, %d entries in the tokenizer, int8.' % (
        c['hidden_size'],
        c['num_hidden_layers'],
        c['max_position_embeddings'],
        c['vocab_size'],
    )


def adapter(root, name):
    c = read_json(root / ADAPTERS_FOLDER / name / 'adapter_config.json')
    return 'LoRA in PEFT layout on %s, r %d, alpha %d, 16-bit floats.' % (
        ', '.join(sorted(c['target_modules'])),
        c['r'],
        c['lora_alpha'],
    )


def _found(pattern, path):
    """What the last line of a log that fits the pattern says; None without one."""
    lines = Path(path).read_text(encoding='utf8').splitlines() if Path(path).exists() else []
    return next((m for m in (re.search(pattern, line) for line in reversed(lines)) if m), None)


def reader_training(log, runs):
    rows = [json.loads(line) for line in Path(log).read_text().splitlines()]
    cooled = [row for row in rows if row['decay']]
    if not cooled:
        return 'Tokens and time: unknown.'
    last = cooled[-1]
    kept = _found(r'final: argmax agreement ([\d.]+)', runs / 'quant.log')
    return (
        '%.1f million tokens in %d minutes, with Muon and AdamW in bf16. The 4-bit model says the same next token as the full '
        'one in %s of the places.'
    ) % (
        last['tokens'] / 1e6,
        round(60 * last['hours']),
        '%.1f percent' % (100 * float(kept[1])) if kept else 'unknown',
    )


def adapter_training(name, runs):
    done = _found(r'done: (\d+) steps, (\d+) s, \d+ parameters(, from)?', runs / ('%s.log' % name))
    if not done:
        return 'Steps and time: unknown.'
    before = ', going on from one that was trained before' if done[3] else ''
    return '%s steps in %.1f minutes, on the dequantised 4-bit reader%s.' % (done[1], int(done[2]) / 60, before)


def embedder_training(runs):
    log = runs / 'embedder.log'
    done = _found(r'cosine ([\d.-]+), .* (\d+) steps', log)
    if not done:
        return 'Steps: unknown.'
    parts = [_found(r'^%s t (\d+)s' % part, log) for part in ('words', 'embedder')]
    words, whole = ('%d minutes' % round(int(part[1]) / 60) if part else 'less than a minute' for part in parts)
    return (
        'Its words alone for %s, then all of it for %s (%s steps); the int8 vectors have a cosine of %s with the full ones.'
    ) % (words, whole, done[2], done[1])
