"""Where the training stands, from its log. usage: show_log.py LOG_JSONL"""

import json
import sys


def main(path):
    try:
        with open(path) as f:
            rows = [json.loads(line) for line in f]
    except OSError:
        rows = []
    if not rows:
        print('no log yet')
        return
    last = rows[-1]
    rate = [r['tokens_per_hour'] for r in rows[-6:] if r['tokens_per_hour']]
    lately = '{:,}'.format(round(sum(rate) / len(rate))) if rate else '?'
    print(
        '%s: %.2fM tokens in %.2f h, step %d, %s tokens per hour lately'
        % (last['time'], last['tokens'] / 1e6, last['hours'], last['step'], lately)
    )
    for kind, v in next((r['held'] for r in reversed(rows) if 'held' in r), {}).items():
        exact = '  exact %.3f of %d answers' % (v['exact'], v['n']) if 'exact' in v else ''
        parts = ''.join('  %s %.3f' % (part, v[part]) for part in ('first', 'value', 'cited') if part in v)
        print('  held-out %-10s loss %.3f%s%s' % (kind, v['loss'], exact, parts))


if __name__ == '__main__':
    main(sys.argv[1])
