r"""`e^{1.5} - 3(1.5) = 4.4817 - 4.5`: parts of one side are written as rounded numbers on the next, and nothing else changes.

True where every number with decimals of the later side stands before as well, or is a part of the earlier side right to
its last figure, and the sides differ by no more than these figures may add. What differs otherwise is left to other rules.
Not covered: parts that no bracket and no order of signs sets apart (the 1.62 of `1 + a + 0.62` for `1 + 0.62`), letters
whose values are drawn, whole numbers that are rounded, decimals of one place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.claims import is_rounded, numbers_of
from evalkit.derivation.following.numbers import DECIMAL
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Node, Num, Un, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined

MAX_PARTS = 60
"""Parts of a side whose values are looked at."""
MAX_ROUNDED = 8
FIGURES = 2
"""Decimals from which on a number may be a rounded part."""
EQUAL = 1e-9


def rounded_parts(reading: Reading, read: Read) -> Read | None:
    """Writes parts of the side before as numbers that are rounded, each right to its last figure."""
    return right_in_parts(reading, read) if read.op == "=" else None


def near_in_parts(reading: Reading, read: Read) -> Read | None:
    """Is nearly equal, in numbers for parts of the side before that are rounded, each right to its last figure."""
    return right_in_parts(reading, read) if read.op == "approx" else None


def right_in_parts(reading: Reading, read: Read) -> Read | None:
    """The relation, true where the later side is the earlier one in rounded parts."""
    left, right = read.sides
    env = reading.judge.general
    if isinstance(bare(right), Num) or not scopes.is_constant(right):
        return None
    rounded = written_anew(reading, read)
    if not 0 < len(rounded) <= MAX_ROUNDED or not is_known(env, left):
        return None
    values = list(values_of_parts(env, left))
    for number, unit in rounded.items():
        if not any(is_rounded(abs(v), number.value, unit) for v in values):
            return None
    a, b = numbers_of(env, left), numbers_of(env, right)
    if a is None or b is None or a.size != 1 or b.size != 1:
        return None
    slack = EQUAL * max(abs(a.item()), abs(b.item()))
    for number, unit in rounded.items():
        moved = numbers_of(env, moved_by(right, number, unit))
        if moved is None:
            return None
        slack += abs(float(moved.item() - b.item()))
    if abs(a.item() - b.item()) > slack:
        return None
    return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="rounded step by step"))


def bare(node: Node) -> Node:
    """A number without its sign."""
    return node.x if isinstance(node, Un) and node.op == "-" else node


def written_anew(reading: Reading, read: Read) -> dict[Num, float]:
    """The numbers with decimals of the later side that do not stand in the earlier one, with one in their last place."""
    text = reading.document.text[read.right_start : read.end]
    units: dict[float, float] = {}
    for found in DECIMAL.finditer(text):
        value = float(found[0])
        units[value] = max(units.get(value, 0.0), 10.0 ** -len(found[1]))
    before = {n.value for n in walk(read.sides[0]) if isinstance(n, Num)}
    return {
        n: units[n.value]
        for n in walk(read.sides[1])
        if isinstance(n, Num) and n.value not in before and units.get(n.value, 1.0) <= 10.0**-FIGURES
    }


def is_known(env: Env, node: Node) -> bool:
    """Whether all names in it have values in numbers."""
    if scopes.is_constant(node):
        return True
    entries = [env.scope.entries.get(n) for n in env.depends(node)]
    return all(isinstance(e, Defined) and not e.params for e in entries)


def values_of_parts(env: Env, node: Node) -> Iterator[float]:
    """The values of all parts that are numbers."""
    for count, part in enumerate(walk(node)):
        if count == MAX_PARTS:
            return
        if isinstance(part, Num):
            continue
        value = numbers_of(env, part)
        if value is not None and value.size == 1:
            yield float(value.item())


def moved_by(node: Node, number: Num, unit: float) -> Node:
    """The tree with half of one in the last place more for a number."""
    if node == number:
        return Num(number.value + 0.5 * unit)
    parts = children(node)
    return rebuilt(node, [moved_by(part, number, unit) for part in parts]) if parts else node
