"""Invented documents of one to six passages with lists, tables and questions in two steps."""

from invented.documents import Document, shuffle_passages
from invented.facts import new_facts
from invented.hops import first_step, people_passage
from invented.layouts import list_passage, table_facts, table_passage
from invented.names import org
from invented.passages import passage


def structured_doc(r, most=6):
    """(document, hops that its passages answer, hops that they do not); at most `most` passages."""
    e = org(r)
    keys, entities, written = set(), [e], []
    firsts = [f for f in (first_step(r, e, keys) for _ in range(r.choice((0, 1, 1, 2)))) if f]
    firsts = list({f.key: f for f in firsts}.values()) if most > 1 else []
    keys.update(f.key for f in firsts)
    hops = missing = ()
    if firsts:
        facts = firsts + new_facts(r, e, keys, r.randint(0, 2))
        written.append((passage(r, e, facts, fillers=r.choice((0, 0, 1))), facts))
        about, hops, missing = people_passage(r, e, firsts)
        written.append((about, list(hops)))
    more = r.randint(0 if written else 1, most - len(written)) if most > len(written) else 0
    for _ in range(more):
        e2 = e if r.random() < 0.75 else org(r)
        if e2 != e:
            entities.append(e2)
        k = r.random()
        if k < 0.4:
            rows, head, labels = table_facts(r, e2, keys)
            facts = [f for row in rows for f in row]
            text = table_passage(r, e2, rows, head, labels) if facts else None
        elif k < 0.75:
            facts = new_facts(r, e2, keys, r.randint(2, 5))
            text = list_passage(r, e2, facts)
        else:
            facts = new_facts(r, e2, keys, r.randint(1, 3))
            text = passage(r, e2, facts, fillers=r.choice((0, 0, 1)))
        if text:
            written.append((text, facts))
    if not written:
        facts = new_facts(r, e, keys, 3)
        written.append((list_passage(r, e, facts), facts))
    passages = shuffle_passages(r, written)
    told = [f for _, x in written for f in x if f not in hops]
    return Document(passages, told, entities), list(hops), list(missing)
