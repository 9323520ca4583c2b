"""What shares words with held-out tests is left out."""

import json
from pathlib import Path

from cleaning import words


class Overlap:
    """Eight-word sequences and questions of held-out files (JSON or JSON lines, any nesting)."""

    def __init__(self, paths, n=8):
        self.n, self.grams, self.questions = n, set(), set()
        for p in paths:
            raw = Path(p).read_text(encoding='utf8')
            try:
                docs = [json.loads(raw)]
            except ValueError:
                docs = [json.loads(line) for line in raw.splitlines() if line.strip()]
            for d in docs:
                self._walk(d, '')

    def _walk(self, x, k):
        if isinstance(x, dict):
            for a, b in x.items():
                self._walk(b, a)
        elif isinstance(x, list):
            for b in x:
                self._walk(b, k)
        elif isinstance(x, str) and k in ('context', 'text', 'contexts', 'passage'):
            self.add(x)
        elif isinstance(x, str) and k in ('question', 'input', 'query'):
            self.questions.add(' '.join(words(x)))

    def add(self, text):
        w = words(text)
        self.grams.update(hash(tuple(w[i : i + self.n])) for i in range(len(w) - self.n + 1))

    def hits(self, text):
        w = words(text)
        return any(hash(tuple(w[i : i + self.n])) in self.grams for i in range(len(w) - self.n + 1))

    def asked(self, q):
        return ' '.join(words(q)) in self.questions
