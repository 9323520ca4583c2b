"""Bare git repositories, read at one commit."""

import os
import re
import subprocess


class Git:
    """Reads one bare repository at one commit. Files whose blob is absent are skipped."""

    def __init__(self, mirrors, name, commit='HEAD'):
        self.dir = os.path.join(mirrors, name.replace('/', '+'), 'repo')
        self.name = name
        self.commit = self._git('rev-parse', commit).decode().strip()

    def _git(self, *a):
        return subprocess.run(['git', '-C', self.dir] + list(a), check=True, stdout=subprocess.PIPE).stdout

    def files(self, pattern, under='.'):
        out = []
        for line in (
            self._git('ls-tree', '-r', '--full-tree', self.commit, *([under] if under != '.' else []))
            .decode('utf8', 'replace')
            .splitlines()
        ):
            meta, path = line.split('\t', 1)
            mode, kind, sha = meta.split()
            if kind == 'blob' and re.search(pattern, path):
                out.append((path, sha))
        return sorted(out)

    def read(self, files):
        """Yields (path, text) for (path, sha) pairs."""
        p = subprocess.Popen(
            ['git', '-C', self.dir, 'cat-file', '--batch'], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            for path, sha in files:
                p.stdin.write((sha + '\n').encode())
                p.stdin.flush()
                head = p.stdout.readline().decode().split()
                if len(head) < 3:
                    continue
                n = int(head[2])
                raw = p.stdout.read(n)
                p.stdout.read(1)
                yield path, raw.decode('utf8', 'replace')
        finally:
            p.stdin.close()
            p.stdout.close()
            p.wait()
