r"""Terms in numbers whose places go on side by side: `1^2 \cdot \frac{11}{36} + 2^2 \cdot \frac{9}{36} + \dots + 6^2 \cdot \frac{1}{36}`.

Each place of two terms or more before the dots is an arithmetic or a geometric progression that ends at the last term. They are
filled in where one number of terms alone fits at least two places, and all that differ, one of them by a step that is added.
Not covered: letters that differ, signs in turn, a single place (lists.py), members that are missing before the last.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Un, children, rebuilt

LEAST, NEAR = 2, 1e-9
"""Places that differ, and terms before the dots; how near to a whole number a count must be."""
Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Progression:
    """The numbers of one place: `first + step i`, or `first step^i`."""

    first: float
    step: float
    geometric: bool

    def at(self, i: int) -> float:
        return self.first * self.step**i if self.geometric else self.first + self.step * i


def filled(shown: Sequence[Node], last: Node, most: int) -> list[Node] | None:
    """All terms, from the first to the last; None where they are not told. most: how many there may be."""
    places: list[Numbers] = []
    if len(shown) < LEAST or not aligned((*shown, last), places) or len(places) < LEAST:
        return None
    found = [progressions(place, most) for place in places]
    common = set.intersection(*(set(one) for one in found))
    if len(common) != 1:
        return None
    count = common.pop()
    kept = [one[count] for one in found]
    if all(p.geometric for p in kept) or count < len(shown) + LEAST:
        return None  # `1 * 1 + 4 * 2 + ... + 64 * 8` are squares
    return [put(shown[0], last, shown[1:], [p.at(i) for p in kept]) for i in range(count)]


def aligned(nodes: Sequence[Node], places: list[Numbers]) -> bool:
    """Whether all trees are alike but for numbers; these are added place by place, where they differ."""
    first = nodes[0]
    if all(n == first for n in nodes):
        return True
    numbers = [n.value for n in nodes if isinstance(n, Num)]
    if len(numbers) == len(nodes):
        places.append(tuple(numbers))
        return True
    if not isinstance(first, Bin | Un | Call) or any(type(n) is not type(first) for n in nodes):
        return False
    if len({getattr(n, "op", "") or getattr(n, "name", "") for n in nodes}) != 1:
        return False
    parts = [children(n) for n in nodes]
    return len({len(p) for p in parts}) == 1 and all(aligned(row, places) for row in zip(*parts, strict=True))


def progressions(place: Numbers, most: int) -> dict[int, Progression]:
    """How many members there may be, and how these go on."""
    *shown, last = place
    found: dict[int, Progression] = {}
    step = shown[1] - shown[0]
    ways = [Progression(shown[0], step, geometric=False)] if step else []
    if shown[0] and shown[1] / shown[0] > 0 and step:
        ways.append(Progression(shown[0], shown[1] / shown[0], geometric=True))
    for way in ways:
        if way.geometric:
            ratio = last / shown[0]
            steps = math.log(ratio) / math.log(way.step) if ratio > 0 else math.nan
        else:
            steps = (last - shown[0]) / step
        if not math.isfinite(steps) or not len(shown) <= round(steps) < most:
            continue
        if all(
            math.isclose(way.at(i), v, rel_tol=NEAR, abs_tol=NEAR) for i, v in [*enumerate(shown), (round(steps), last)]
        ):
            found.setdefault(round(steps) + 1, way)
    return found


def put(first: Node, last: Node, others: Sequence[Node], values: list[float]) -> Node:
    """The first tree with these numbers, in their order, where the trees differ; `values` is used up."""
    nodes = (first, *others, last)
    if all(n == first for n in nodes):
        return first
    if isinstance(first, Num):
        return Num(values.pop(0))
    rows = zip(*(children(n) for n in nodes), strict=True)
    return rebuilt(first, [put(row[0], row[-1], row[1:-1], values) for row in rows])
