"""Tables of what evaluate.py and evaluate_reading.py measured."""

from pathlib import Path

from json_files import read_json

ADAPTERS = ['robust-reader', 'json-answer', 'memo-voice', 'handbook-facts']
READERS = ['base', *ADAPTERS]
WITH_GOLD = ['gold only', 'gold + 1', 'gold + 3', 'gold + 5']
NOTHING = 'not measured'


def percent(share):
    return '-' if share is None else '%d' % round(100 * share)


def table(head, rows):
    lines = [head, ['---'] * len(head), *rows]
    return '\n'.join('| ' + ' | '.join(str(x) for x in row) + ' |' for row in lines)


class Figures:
    """folder holds res_NAME.json of evaluate.py and reading.json, reading_ADAPTER.json of evaluate_reading.py, as far as they
    were measured. The tables have a column or rows for each of the readers that they are asked for; "-" where one was not."""

    def __init__(self, folder):
        folder, self.results, self.read = Path(folder), {}, {}
        for name in [*READERS, 'embedder']:
            path = folder / ('res_%s.json' % name)
            if path.exists():
                self.results.update(read_json(path))
            path = folder / ('reading.json' if name == 'base' else 'reading_%s.json' % name)
            if path.exists():
                self.read[name] = read_json(path)

    def rates(self, reader, part, condition):
        return self.results.get(reader, {}).get(part, {}).get(condition, {})

    def grid(self, readers, part, conditions, flag):
        """A row for each condition [(label, name)], a column for each reader, and the number of questions."""
        rows = []
        for label, c in conditions:
            found = [self.rates(x, part, c) for x in readers]
            if any(flag in v for v in found):
                rows.append([label, *(percent(v.get(flag)) for v in found), next(v['n'] for v in found if v)])
        return table(['condition', *readers, 'n'], rows) if rows else NOTHING

    def synthetic(self, readers):
        def same(names):
            return [(c, c) for c in names]

        yield 'value', self.grid(readers, 'synthetic', same(['no passages', *WITH_GOLD]), 'value')
        yield 'cite', self.grid(readers, 'synthetic', same(WITH_GOLD), 'cite')
        yield 'abstain', self.grid(readers, 'synthetic', same(WITH_GOLD), 'abstain')
        yield 'without', self.grid(readers, 'synthetic', same(['no gold (one passage)', 'no gold (hard)']), 'abstain')
        yield 'seen', self.grid(readers, 'synthetic, wordings seen in training', same(WITH_GOLD), 'value')

    def handbook(self, readers):
        def both(names):
            return [('%s, %s' % (c, k), '%s / %s' % (c, k)) for k in ('plain', 'rephrased') for c in names]

        yield 'value', self.grid(readers, 'handbook', both(['no passages', *WITH_GOLD]), 'value')
        yield 'cite', self.grid(readers, 'handbook', both(WITH_GOLD), 'cite')
        yield 'abstain', self.grid(readers, 'handbook', both(WITH_GOLD), 'abstain')
        without = ['no gold, 1 passage', 'no gold, 4 passages']
        yield 'without', self.grid(readers, 'handbook', [(c, c) for c in without], 'abstain')

    def reading(self, readers):
        flags = ('exact', 'f1', 'cite', 'abstain')
        rows = [
            [x, name, c, v['n'], *(v.get(flag, '-') for flag in flags)]
            for x in readers
            for name, conditions in self.read.get(x, {}).items()
            for c, v in conditions.items()
            if isinstance(v, dict)
        ]
        head = ['model', 'set', 'passages', 'n', 'exact match', 'F1', 'right citation', 'says that they do not say']
        return table(head, rows) if rows else NOTHING

    def everyday(self, readers):
        found = [(x, self.results[x]['common']) for x in readers if x in self.results]
        rows = [[x, percent(v.get('value')), v['n']] for x, v in found]
        return table(['model', 'right', 'n'], rows) if rows else NOTHING

    def form(self, reader, flag):
        """The share of all answers that keep the adapter's form ('json' or 'memo'), those that find nothing among them."""
        kept = [
            (v[flag] * v['n'], v['n'])
            for part in ('synthetic', 'handbook')
            for v in self.results.get(reader, {}).get(part, {}).values()
            if flag in v
        ]
        n = sum(n for _, n in kept)
        return '%.1f percent of %d answers' % (100 * sum(k for k, _ in kept) / n, n) if n else NOTHING

    def embedder(self):
        ways = {'embedder': 'embedder', 'bm25': 'BM25', 'fused': 'both'}
        rows = [
            [name, v['n'], v['passages']] + [percent(v[how]['recall@%d' % k]) for how in ways for k in (1, 5)]
            for name, v in self.results.get('embedder', {}).items()
            if name != 'measured'
        ]
        head = ['set', 'questions', 'passages'] + [x for title in ways.values() for x in (title + ' @1', '@5')]
        return table(head, rows) if rows else NOTHING

    def commands(self, names, reading=False):
        """The commands that made the figures of these readers (or of the embedder), perhaps of ordinary English too, with what ran
        the models."""
        results = (self.results, self.read) if reading else (self.results,)
        found = [x[name]['measured'] for name in names for x in results if 'measured' in x.get(name, {})]
        if not found:
            return 'unknown'
        versions = ', '.join(sorted({x['onnxruntime'] for x in found}))
        return '```sh\n%s\n```\n\nonnxruntime %s.' % ('\n'.join(x['command'] for x in found), versions)
