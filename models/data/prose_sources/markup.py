"""XML elements without their namespace."""


def tag(e):
    return e.tag.rsplit('}', 1)[-1] if isinstance(e.tag, str) else ''
