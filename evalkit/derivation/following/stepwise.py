r"""`e^{1.5} - 3(1.5) = 4.4817 - 4.5`: parts of one side are written as rounded numbers on the next, and nothing else changes.

True where every number with decimals of the later side stands before as well, or is a part of the earlier side right to
its last figure, and the sides differ by no more than these figures may add. What differs otherwise is left to other rules.
Not covered: parts that no bracket and no order of signs sets apart (the 1.62 of `1 + a + 0.62` for `1 + 0.62`), letters
whose values are drawn, whole numbers that are rounded, decimals of one place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.claims import is_rounded
from evalkit.derivation.following.numbers import DECIMAL
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Block, Node, Num, Un, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined
from evalkit.derivation.worlds.values import Trouble, array

MAX_PARTS = 60
"""Parts of a side whose values are looked at."""
MAX_ROUNDED = 8
FIGURES = 2
"""Decimals from which on a number may be a rounded part."""
EQUAL = 1e-9
SAYS = 0.05
"""What says something leaves less than this share of the value open."""
MAX_ENTRIES = 16
"""Of a column or a matrix that is a part."""


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
    if isinstance(bare(right), Num | Block) or not scopes.is_constant(right):
        return None
    rounded = written_anew(reading, read)
    if not 0 < len(rounded) <= MAX_ROUNDED or not is_known(env, left):
        return None
    values = list(values_of_parts(env, left))
    for number, unit in rounded.items():
        if not any(is_rounded(abs(v), number.value, unit) for v in values):
            return None
    a, b = value_of(env, left), value_of(env, right)
    if a is None or b is None or a.shape != b.shape:
        return None
    slack = EQUAL * np.maximum(np.abs(a), np.abs(b))
    for number, unit in rounded.items():
        moved = value_of(env, moved_by(right, number, unit))
        if moved is None or moved.shape != b.shape:
            return None
        slack = slack + np.abs(moved - b)
    if (np.abs(a - b) > slack).any() or slack.max() > SAYS * np.abs(a).max():
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
    entries = [env.scope.entries.get(n) for n in env.depends(node)]  # none of `tanh`, and of the letters of functions
    return all(e is None or isinstance(e, Defined) for e in entries) and value_of(env, node) is not None


def value_of(env: Env, node: Node) -> Array | None:
    """The value of a side, without imaginary parts."""
    try:
        env.begin()
        value = array(env.value(node, {}))
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None
    return None if np.iscomplexobj(value) else value


def values_of_parts(env: Env, node: Node) -> Iterator[float]:
    """The numbers that all parts of it are, and those of what its names mean, entry by entry."""
    meant = (env.scope.entries.get(n) for n in sorted(env.depends(node)))
    bodies = [e.body for e in meant if isinstance(e, Defined) and not e.params and not e.index]
    for part in islice(chain.from_iterable(map(walk, (node, *bodies))), MAX_PARTS):
        value = None if isinstance(part, Num) else value_of(env, part)
        if value is not None and value.size <= MAX_ENTRIES:
            yield from map(float, value.ravel())


def moved_by(node: Node, number: Num, unit: float) -> Node:
    """The tree with half of one in the last place more for a number."""
    if node == number:
        return Num(number.value + 0.5 * unit)
    parts = children(node)
    return rebuilt(node, [moved_by(part, number, unit) for part in parts]) if parts else node
