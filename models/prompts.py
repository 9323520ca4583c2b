"""The exact text that the reader is sent (see the model card) and the special tokens in it."""

ABSTAIN = 'The passages do not say.'


USER, SYS, ASST, END = '<|user|>', '<|system|>', '<|assistant|>', '<|end|>'


SYSTEMS = [
    'Answer from the passages and cite them.',
    'You are a careful assistant for staff handbooks.',
    'Answer in one short sentence.',
    'Use only the passages. Cite the passage number.',
    'You help staff find rules and names.',
]


def render(passages):
    """[(title, text)] as the prompt has them, numbered from 1."""
    return 'Passages:\n' + ''.join(
        '[%d] %s%s\n' % (i + 1, '(%s) ' % t if t else '', x) for i, (t, x) in enumerate(passages)
    )


def prompt(question, passages=None, system=None):
    """The whole chat text for a question, with passages [(title, text)] or without."""
    s = '%s%s%s' % (SYS, system, END) if system else ''
    body = (render(passages) + '\n' if passages else '') + 'Question: ' + question
    return s + USER + body + END + ASST


def chat_branches(qas, with_passages):
    """[(question, answer)] as the branches of Packer.pack_doc.

    An answer begins with a space, as the words of a passage do: the tokenizer codes a word without one differently, so its first
    word would be no copy of a passage's tokens.
    """
    return [(('\n' if with_passages else '') + 'Question: ' + q + END + ASST, ' ' + a + END) for q, a in qas]
