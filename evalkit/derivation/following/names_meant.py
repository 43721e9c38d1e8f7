"""Doubts by what a name means: given in another part, in numbers or terms, by what could not be read, or confirmed by nothing.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: meanings that stand under a
heading or behind a rule (elsewhere.py), and in another exercise (exercises.py).
"""

from __future__ import annotations

import re

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.part import EXAMPLE
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.same_index import fails_either_way
from evalkit.derivation.grammar.nodes import Call, Sub, Sym, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Defined, Drawn, Factor, Family, names_in

TERMS = 2
"""Names by which two values of one side must differ to be two variants."""
MUCH = 6
"""True relations of a reply, from which on a name that none of them speaks of is a stranger."""
NEW_ITEM = re.compile(r"^ {0,3}(?:\d{1,2}\\?[.)] |\([a-z0-9]\) |[-*+]\s+\*\*)", re.MULTILINE)
"""`2.`, `2\\.`, `(b)`, `- **Case**`: the next item with a number or a name begins."""


def said_equal(grounds: Grounds, read: Read) -> str:
    """Has an index that was said to be equal to another one: `if i = k`."""
    judge = grounds.judge(read)
    equal: dict[str, frozenset[str]] = {}
    for other in grounds.readable:
        pair = frozenset(n.name for n in other.sides if isinstance(n, Sym) and is_index_letter(n.name))
        if other.end <= read.start and other.section == read.section and len(pair) == 2:
            said = other.op in EQUAL and other.judgement.verdict not in TRUE and pair not in judge.limits.equal
            equal.update(dict.fromkeys(pair, pair if said else frozenset()))
    indices = (i for side in read.sides for n in walk(side) if isinstance(n, Sub) for i in n.index or ())
    name = min({m.name for i in indices for m in walk(i) if isinstance(m, Sym) and equal.get(m.name)}, default="")
    if not name or fails_either_way(judge, read, equal[name]):
        return ""
    return f"{name}: equal to another index here"


def is_index_letter(name: str) -> bool:
    return len(name) == 1 and "i" <= name <= "q"


def unconfirmed(grounds: Grounds, read: Read) -> str:
    """Has a name of which nothing else is true as it was read, and something speaks against that."""
    judge = grounds.judge(read)
    for name in sorted(grounds.names(read)):
        entry = judge.scope.entries.get(name)
        if not isinstance(entry, Defined | Factor | Family) or name in judge.assumed or grounds.is_asked(name):
            continue
        if isinstance(entry, Defined) and entry.source == "reply" and scopes.is_constant(entry.body):
            continue  # given in numbers
        if not grounds.confirmed(read, name) and grounds.is_contradicted(read, name, entry):
            return f"{name}: nothing else is true of it as it was read"
    return ""


def unspoken(grounds: Grounds, read: Read) -> str:
    """Is not claimed in words, and one of its names stands in nothing of all else that is true."""
    if grounds.is_claimed(read) or len(grounds.true) < MUCH:
        return ""
    entries = grounds.judge(read).scope.entries
    for name in sorted(grounds.names(read)):
        entry = entries.get(name)
        if not isinstance(entry, Defined | Factor | Family | Drawn) or grounds.is_asked(name):
            continue
        if isinstance(entry, Defined) and scopes.is_constant(entry.body):
            continue  # given in numbers
        if not (grounds.confirmed(read, name) or (isinstance(entry, Drawn) and grounds.is_used(read, name))):
            return f"{name}: nothing else that is true speaks of it"
    return ""


def given_otherwise(grounds: Grounds, read: Read) -> str:
    """Gives a side a value that differs in whole terms from its true one: one of the two is a variant."""
    left, right = read.sides
    if not isinstance(left, Sym | Sub | Call) or scopes.is_constant(right):
        return ""
    name = shapes.plain_name(left)
    entry = grounds.judge(read).scope.entries.get(name or "")
    values = [r.sides[1] for r, _ in grounds.true if r.chain != read.chain and r.left == left]
    if name and isinstance(entry, Defined) and entry.source == "problem" and grounds.may_be_anew(read, name):
        values.append(entry.body)
    mine = set(names_in(right))
    for theirs in (set(names_in(value)) for value in values):
        if (mine < theirs or theirs < mine) and len(mine ^ theirs) >= TERMS:
            return "the same is given another value, with other terms"
    return ""


def example_follows(grounds: Grounds, read: Read) -> str:
    """Gives a letter a value, as an example in the same part of the reply does."""
    name, end = headed(read), grounds.reading.outline.part_end(read.start)
    parts = (p for p in grounds.reading.parts if p.kind == EXAMPLE and read.start < p.start < end)
    return f"{name}: an example gives it a value" if name and any(name in p.names for p in parts) else ""


def defined_elsewhere(grounds: Grounds, read: Read) -> str:
    """Gives a letter of the reply's own a meaning again, in another part of the reply or another of its numbered items."""
    name = headed(read)
    given = [r for r in grounds.readable if name in r.introduces and r.start < read.start]
    if not given:
        return ""
    place = given[-1].end
    if grounds.reading.outline.part_end(place) <= read.start:
        return f"{name}: its meaning stands in another part"
    numbers = all(scopes.is_constant(r.sides[1]) for r in (given[-1], read))
    if numbers and NEW_ITEM.search(grounds.reading.document.text, place, read.start):
        return f"{name}: its value stands in another item"
    return ""
