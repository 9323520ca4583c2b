"""More weight in the loss for the two tokens of an answer that say where it stands: its first and the number it cites."""

FIRST, CITED = 2.0, 4.0


class Emphasis:
    """opens: the tokens that end with the bracket before a cited number; digits: the numbers from 1 to 9."""

    def __init__(self, tok):
        self.digits = {tok.token_to_id(str(n)) for n in range(1, 10)}
        self.opens = {i for t, i in tok.get_vocab().items() if t.endswith('[')}

    def cites(self, before, token):
        """Is the token a cited number, given the token before it?"""
        return token in self.digits and before in self.opens

    def raise_weights(self, ids, w):
        """Changes the weights w of a packed document's tokens ids in place; an answer's weights are 1 before, others under 0.3."""
        for i in range(1, len(ids)):
            if w[i] == 1.0:
                if w[i - 1] < 0.3:
                    w[i] = FIRST
                elif self.cites(ids[i - 1], ids[i]):
                    w[i] = CITED
