"""What is shown when: the kinds of documents, their shares, and how long rows and documents are."""

import os

NAMES = [
    'copy',
    'synthetic',
    'facts',
    'text',
    'cloze',
    'fields',
    'human',
    'reading',
    'rephrased',
    'locate',
    'structured',
]

# millions of tokens after which structured documents are shown: a training begun without them chooses its moment
STRUCTURED_FROM = float(os.environ.get('READING_STRUCTURED_FROM') or 'inf')

SHORT, SHORT_COOLING = 0.6, 0.45  # share of the passes that hold short documents
LONG = 0.99  # a draw that gives long ones

UNDER_3M = dict(
    copy=0.2, locate=0.08, synthetic=0.32, facts=0.02, text=0.1, cloze=0.1, fields=0.04, human=0.06, reading=0.08
)
UNDER_8M = dict(
    copy=0.06, locate=0.08, synthetic=0.22, facts=0.04, text=0.14, cloze=0.16, fields=0.05, human=0.12, reading=0.13
)
LATER = dict(
    copy=0.02, locate=0.06, synthetic=0.13, facts=0.03, text=0.12, cloze=0.22, fields=0.05, human=0.16, reading=0.21
)
# while it cools down: less to be read on, more of the questions that visitors ask
COOLING = dict(
    copy=0.01, locate=0.05, synthetic=0.18, facts=0.03, text=0.05, cloze=0.21, fields=0.05, human=0.19, reading=0.23
)
# Share of questions without an answer. To decline is one wording, an answer one of many: at a share of 0.18 the first generation,
# which says what is likeliest, declined 13 to 26 of 100 questions that its one passage answered, and 98 that it did not.
ABSENT, ABSENT_COOLING = 0.18, 0.09


def rate(millions):
    """The learning rate after so many million tokens, as a share of the highest."""
    return 1.0 if millions < 48 else 0.5


def plan(millions, draw=0.0, cooling=False):
    """What to show after so many million tokens: T, the row's length; doc, the longest document; passages, the most of them; ask,
    the most questions of a document; two, the chance of several passages in an invented handbook; and the kinds' token shares.

    From 8M tokens on, short documents (few passages, many questions each) and long ones take turns; draw in [0, 1) chooses. Long
    ones alone taught neither to find a paraphrased answer nor which passage was read (README, "What was mended"). While the
    training cools down, long ones come more often.
    """
    if millions < 3:
        return dict(T=512, doc=512, passages=1, ask=10, two=0.0, **UNDER_3M)
    if millions < 8:
        return dict(T=512, doc=512, passages=2, ask=12, two=0.35, **UNDER_8M)
    shares = dict(COOLING if cooling else LATER)
    if millions >= STRUCTURED_FROM:
        shares.update(structured=0.06, synthetic=shares['synthetic'] - 0.06)
    if draw < (SHORT_COOLING if cooling else SHORT):
        return dict(T=1024, doc=512, passages=2, ask=16, two=0.55, **shares)
    return dict(T=1024, doc=1024, passages=4, ask=12, two=0.55, **shares)
