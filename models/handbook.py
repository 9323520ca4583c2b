"""The sample handbook as the page ships it (public/samples/handbook): its sections as passages, and its questions.

Only handbook-facts learns from it, that being its point; for everything else its questions are a test.
"""

import json
import re
from pathlib import Path

from json_files import read_json

FOLDER = Path(__file__).parent.parent / 'public' / 'samples' / 'handbook'


def sections():
    """[(document, passage title, text)]: the chunks that a retriever would index."""
    out = []
    for d in read_json(FOLDER / 'sample.json')['documents']:
        head, *parts = re.split(r'^## ', (FOLDER / d['file']).read_text(), flags=re.M)
        body, note = re.fullmatch(r'# ([^:]+): [^(]*?(?: \(([^,)]*).*\))?\s*', head).groups()
        for p in parts:
            heading, text = p.split('\n', 1)
            title = '%s: %s%s' % (body, heading, ' (%s)' % note if note else '')
            out.append((d['file'].removesuffix('.md'), title, text.strip()))
    return out


def questions():
    """Records of questions.jsonl; kind is plain, rephrased or unanswerable."""
    return [json.loads(line) for line in (FOLDER / 'questions.jsonl').read_text().splitlines()]
