"""A card for each model, filled with what was measured, and an overview.

usage: make_card.py RESULTS_DIR MODELS_DIR LOG_JSONL     MODELS_DIR is laid out as public/ is; the cards lie beside the models
"""

import re
import sys
from pathlib import Path

from cards import weights
from cards.figures import ADAPTERS, READERS, Figures
from names import ADAPTERS_FOLDER, READER, READER_FOLDER

TEMPLATES = Path(__file__).parent / 'cards'


def template(name):
    return (TEMPLATES / (name + '.md')).read_text(encoding='utf8').strip()


def fill(text, parts):
    """The text with every {{name}} replaced; a name without a part is an error."""
    return re.sub(r'\{\{(.+?)\}\}', lambda m: parts[m[1]], text) + '\n'


def common():
    return {name: template(name) for name in ('licence', 'misuse', 'how-measured')}


def tables(figures, readers, card):
    """The tables that a card may show; its commands are those of the figures that it does show."""
    parts = dict(
        reading=figures.reading(readers),
        everyday=figures.everyday(readers),
        commands=figures.commands(readers, '{{reading}}' in template(card)),
    )
    parts.update({'synthetic ' + k: v for k, v in figures.synthetic(readers)})
    parts.update({'handbook ' + k: v for k, v in figures.handbook(readers)})
    return parts


def cards(figures, root, runs, log):
    """(path under the root, text) of each card."""
    yield (
        READER_FOLDER,
        fill(
            template(READER),
            dict(
                common(),
                **tables(figures, ['base'], READER),
                architecture=weights.reader(root),
                training=weights.reader_training(log, runs),
                files=weights.files(root, READER_FOLDER),
            ),
        ),
    )
    if (root / 'models/embedder-tiny').exists():
        yield (
            'models/embedder-tiny',
            fill(
                template('embedder-tiny'),
                dict(
                    common(),
                    recall=figures.embedder(),
                    commands=figures.commands(['embedder']),
                    architecture=weights.embedder(root),
                    training=weights.embedder_training(runs),
                    files=weights.files(root, 'models/embedder-tiny'),
                ),
            ),
        )
    for name in ADAPTERS:
        parts = dict(
            common(),
            **tables(figures, ['base', name], name),
            architecture=weights.adapter(root, name),
            training=weights.adapter_training(name, runs),
            files=weights.files(root, f'{ADAPTERS_FOLDER}/{name}'),
            json=figures.form(name, 'json'),
            memo=figures.form(name, 'memo'),
        )
        yield f'{ADAPTERS_FOLDER}/{name}', fill(template(name), parts)
    overview = dict(common(), **tables(figures, READERS, 'overview'), files=weights.largest(root))
    yield 'models', fill(template('overview'), overview)


def main(results, models, log):
    root = Path(models)
    for folder, text in cards(Figures(results), root, Path(results), log):
        (root / folder / weights.CARD).write_text(text, encoding='utf8')


if __name__ == '__main__':
    main(*sys.argv[1:4])
