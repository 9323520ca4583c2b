"""A model's folder in the layout of a hub's repository, but for its graph."""

import shutil
from pathlib import Path

from json_files import write_json

TOKENIZER = ('tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json')


def write_layout(out, tokdir, config):
    """Copies the tokenizer's files and writes config.json."""
    for f in TOKENIZER:
        shutil.copy(Path(tokdir) / f, out)
    write_json(config, Path(out) / 'config.json')
