"""JSON files, read and written whole."""

import json
from pathlib import Path


def read_json(path):
    return json.loads(Path(path).read_text(encoding='utf8'))


def write_json(value, path, indent=1):
    Path(path).write_text(json.dumps(value, indent=indent), encoding='utf8')
