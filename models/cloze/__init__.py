"""Questions made from plain sentences by rule: a part of the sentence is taken out and asked for."""
