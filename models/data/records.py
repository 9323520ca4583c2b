"""The file that a set of prose is written to."""

import json
import lzma
import os

from cleaning import good, key, split_long, tidy


class Out:
    """Writes records to NAME.jsonl.xz: paragraphs checked, exact repeats dropped, long ones cut."""

    def __init__(self, path, seen, overlap=None):
        self.f = lzma.open(path, 'wt', preset=6, encoding='utf8')
        self.path, self.seen, self.overlap = path, seen, overlap
        self.n = self.chars = self.dropped = self.twice = self.held = 0

    def section(self, source, doc, title, heading, paras, lo=40, check=True, cap=None):
        keep = []
        for p in paras:
            p = tidy(p)
            if check and not good(p, lo, 12000):
                self.dropped += 1
                continue
            for q in split_long(p):
                if check and not good(q, lo):
                    self.dropped += 1
                    continue
                k = key(q)
                if k in self.seen:
                    self.twice += 1
                    continue
                if self.overlap and self.overlap.hits(q):
                    self.held += 1
                    continue
                self.seen.add(k)
                keep.append(q)
        text = '\n'.join(keep)
        if len(text) < lo:
            return 0
        self.raw(dict(source=source, doc=doc, title=tidy(title)[:100], heading=tidy(heading or '')[:120], text=text))
        return len(text)

    def raw(self, d):
        self.f.write(json.dumps(d, ensure_ascii=False) + '\n')
        self.n += 1
        self.chars += len(d.get('text', ''))

    def close(self):
        self.f.close()
        return dict(
            records=self.n,
            mb=round(self.chars / 1e6, 2),
            dropped=self.dropped,
            repeated=self.twice,
            held_out=self.held,
            file_mb=round(os.path.getsize(self.path) / 1e6, 2),
        )
