"""Byte-level BPE, digits one by one, trained on prose, human questions, the reading set and synthetic text. usage: tokenizer.py DATA_DIR OUT_DIR [VOCAB] [MB]

Special tokens and their ids are those of the earlier readers.
"""

import glob
import json
import lzma
import os
import random
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

import readings
from invented.documents import ask, clean_doc, noisy_doc
from invented.everyday import EVERYDAY
from json_files import write_json
from prompts import SYSTEMS
from voices import say_fact

SPECIAL = ['<|pad|>', '<|end|>', '<|system|>', '<|user|>', '<|assistant|>', '<|unk|>']


TEMPLATE = "{% for m in messages %}{{ '<|' + m['role'] + '|>' + m['content'] + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"


SHARE = dict(
    openstax=0.3,
    handbooks=0.12,
    wiki=0.2,
    law=0.12,
    software=0.08,
    tables=0.03,
    wordnet=0.07,
    factbook=0.04,
    dialogues=0.04,
)


def synthetic(n, seed=5):
    r = random.Random(seed)
    yield from SYSTEMS
    for i in range(n):
        d = noisy_doc(r) if i % 3 == 0 else clean_doc(r)
        out = [d.prefix]
        for _ in range(5):
            q, f, e = ask(r, d)
            out += ['Question: ' + q, say_fact('plain', f, e), say_fact('memo', f, e), say_fact('json', f, e)]
        yield '\n'.join(out)
        c = r.choice(EVERYDAY)
        yield r.choice(c['questions']) + ' ' + c['answer']


def texts(data, mb):
    for p in sorted(glob.glob(os.path.join(data, 'prose-*.jsonl.xz'))):
        name = os.path.basename(p)[6:-9]
        with lzma.open(p, 'rt', encoding='utf8') as f:
            L = f.read().splitlines()
        random.Random(name).shuffle(L)
        left = mb * 1e6 * SHARE.get(name, 0.05)
        for line in L:
            d = json.loads(line)
            yield '%s: %s\n%s' % (d['title'], d['heading'], d['text'])
            left -= len(d['text'])
            if left < 0:
                break
    p = os.path.join(data, 'questions.jsonl.xz')
    if os.path.exists(p):
        with lzma.open(p, 'rt', encoding='utf8') as f:
            for line in f:
                d = json.loads(line)
                if d['split'] != 'test':
                    yield 'Question: ' + d['question']
    for f in readings.load(False):
        for i in f:
            yield '%s: %s\n%s' % (i['org'], i['title'], i['text'])
            yield from ('Question: ' + q for q, _, _ in i['questions'])
    yield from synthetic(int(150 * mb))


def main(data, out, vocab=8192, mb=20):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(
        texts(data, mb),
        trainers.BpeTrainer(
            vocab_size=vocab,
            special_tokens=SPECIAL,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    os.makedirs(out, exist_ok=True)
    t.save(os.path.join(out, 'tokenizer.json'))
    cfg = dict(
        tokenizer_class='PreTrainedTokenizerFast',
        model_max_length=1024,
        pad_token='<|pad|>',
        eos_token='<|end|>',
        unk_token='<|unk|>',
        clean_up_tokenization_spaces=False,
        add_bos_token=False,
        add_eos_token=False,
        chat_template=TEMPLATE,
        added_tokens_decoder={
            str(i): dict(content=s, lstrip=False, normalized=False, rstrip=False, single_word=False, special=True)
            for i, s in enumerate(SPECIAL)
        },
    )
    write_json(cfg, os.path.join(out, 'tokenizer_config.json'))
    marks = dict(pad_token='<|pad|>', eos_token='<|end|>', unk_token='<|unk|>')
    write_json(marks, os.path.join(out, 'special_tokens_map.json'))
    assert [t.token_to_id(s) for s in SPECIAL] == list(range(6))
    for s in ('Harrowgate & Lune gives 27 days. [2] é', 'The Mayor shall transmit the report within 30 days.'):
        e = t.encode(s)
        print(len(e.ids), 'tokens', e.tokens)
        assert t.decode(e.ids, skip_special_tokens=False) == s
    print('vocabulary', t.get_vocab_size())


if __name__ == '__main__':
    a = sys.argv
    main(a[1], a[2], int(a[3]) if len(a) > 3 else 8192, float(a[4]) if len(a) > 4 else 20)
