"""`r = b - P(b) = (1, 2)`: the head of a chain gets the value of a later side where the one between cannot be read.

A name that meant something else before means the value from here on: it was given anew by the side that is not understood.
Only names of the reply, and values in numbers. Not covered: a head that is no name, a value in letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.definitions import bind
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.grammar.nodes import Node, Sub, Unreadable
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined

NO_VALUE = frozenset({Verdict.UNBOUND, Verdict.UNPARSED})
BETWEEN = "a side between, which cannot be read, may give it another meaning"


def has_no_value(reading: Reading, sides: Sequence[Node | Unreadable], at: int, chain: int) -> bool:
    """Whether a side of a chain, just compared with the name at its head, has no value, and the next one is numbers."""
    head, middle, then = sides[0], sides[at], sides[at + 1]
    if isinstance(head, Unreadable) or isinstance(middle, Unreadable) or isinstance(then, Unreadable):
        return False
    last = last_of(reading, chain)
    if last is None or last.judgement.verdict not in NO_VALUE or is_anybodys(reading, head) is None:
        return False
    return scopes.is_constant(then) and not reading.evaluates(middle) and reading.evaluates(then)


def still_open(reading: Reading, number: int) -> bool:
    """Whether a relation still has no value, though what stands behind it has been read."""
    return reading.relations[number].judgement.verdict in NO_VALUE


def head_anew(reading: Reading, sides: Sequence[Node | Unreadable], at: int, chain: int, *, surely: bool) -> None:
    """Give the head of a chain the value of a side in numbers, where it cannot be what it was. surely: the sides between
    are not even read, so that what is not given anew keeps its verdict."""
    head, value, last = sides[0], sides[at], last_of(reading, chain)
    if isinstance(head, Unreadable) or isinstance(value, Unreadable) or last is None:
        return
    if last.judgement.verdict not in FALSE | {Verdict.DISPUTED} or not scopes.is_constant(value):
        return
    name = is_anybodys(reading, head)
    made = None
    if name and not is_concluded(last) and reading.judge.equation(head, value).verdict not in TRUE:
        made = bind(reading, replace(last, then=None), head, value, "a new meaning")
    if made is not None:
        made = replace(made, judgement=replace(made.judgement, rule="definition"))
    elif not surely and last.judgement.verdict in FALSE:
        made = last.decided(Verdict.DISPUTED, BETWEEN)
        if name:
            reading.doubt(name, BETWEEN)
    reading.relations[-1] = made or last


def last_of(reading: Reading, chain: int) -> Read | None:
    """The relation that was read last, of this chain."""
    return reading.relations[-1] if reading.relations and reading.relations[-1].chain == chain else None


def is_anybodys(reading: Reading, head: Node) -> str | None:
    """The name that a head is, where it means nothing yet or what the reply itself gave it outside of an example."""
    name, judge = shapes.plain_name(head), reading.judge
    if name is None or scopes.is_fixed(reading, name) or any(name in part.names for part in reading.inside):
        return None
    found = judge.scope.find(name)
    if found is None:
        known = isinstance(head, Sub) and shapes.family_of(head, judge.scope) is not None
        return None if known or name in judge.setting.scope.entries else name
    return name if name in judge.own and isinstance(found[1], Defined) and not found[1].params else None
