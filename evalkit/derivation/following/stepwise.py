r"""`e^{1.5} - 3(1.5) = 4.4817 - 4.5`: parts of one side are written as rounded numbers on the next, and nothing else changes.

True where every number with decimals of the later side stands before as well, is right to its last figure as a part of the
earlier side or of what the names in it mean (`\delta = -0.368 \cdot 0.273` for a `\delta = ab`), or is what the text came
to before (0.332 beside a 0.668), and the sides differ by no more than these figures may add. Names may have the rounded values that true chains of the text ended in. What differs otherwise is left to other rules.
Not covered: parts that no bracket and no order of signs sets apart (the 1.62 of `1 + a + 0.62` for `1 + 0.62`), letters
whose values are drawn, whole numbers that are rounded, decimals of one place, chains of values that begin with a wrong one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.claims import is_rounded
from evalkit.derivation.following.nearly import put
from evalkit.derivation.following.numbers import DECIMAL
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Block, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Entry
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import ASSUMED, GENERIC, Group

MAX_PARTS = 60
"""Parts of a side whose values are looked at."""
MAX_ROUNDED = 8
FIGURES = 2
"""Decimals from which on a number may be a rounded part."""
EQUAL = 1e-9
SAYS = 0.02
"""Where a number is no part, the figures may leave less than this share of the value open."""
NEAR_UNITS = 2
"""Last places by which a value may differ that was computed from rounded ones."""
FEW = 200
"""Relations back that may have computed the value of a name."""
MAX_ENTRIES = 16
"""Of a column or a matrix that is a part."""


def rounded_parts(reading: Reading, read: Read) -> Read | None:
    """Writes parts of the side before as numbers that are rounded, each right to its last figure."""
    return right_in_parts(reading, read) if read.op == "=" else None


def near_in_parts(reading: Reading, read: Read) -> Read | None:
    """Is nearly equal, in numbers for parts of the side before that are rounded, each right to its last figure."""
    return right_in_parts(reading, read) if read.op == "approx" else None


def right_in_parts(reading: Reading, read: Read) -> Read | None:
    """The relation, true where the later side is the earlier one in rounded parts, of exact values or of those that the text
    computed for its names."""
    left, right = read.sides
    rounded = written_anew(reading, read)
    if not scopes.is_constant(right) or not 0 < len(rounded) <= MAX_ROUNDED:
        return None
    known = {n for n in rounded if stands_before(reading, n.value)}
    for group, verdict in ((GENERIC, Verdict.IDENTITY), (ASSUMED, Verdict.HOLDS)):
        if group is ASSUMED and not reading.judge.rests_on_assumptions(left, right):
            continue
        if not is_known(env := first_of(reading, group), left):
            continue
        found = not is_written_out(right) and is_right(env, left, right, rounded, known)
        if not found and (given := computed_before(reading, env, left)):
            with reading.judge.trying(given):
                found = is_right(first_of(reading, group), left, right, rounded, known)
        if found:
            return replace(read, judgement=Judgement(verdict, reason="rounded step by step"))
    return None


def first_of(reading: Reading, group: Group) -> Env:
    """The environment of one world of a kind: the general one, or that in which the reply's letters have their values."""
    return reading.judge.general if group is GENERIC else next(iter(reading.judge.envs(group)))


def has_wrong_digit(reading: Reading, env: Env, read: Read) -> bool:
    """Whether one number of the later side has a digit for another, or two exchanged, and with the right ones it is true:
    0.364 written as 0.346. By more than what is rounded."""
    left, right = read.sides
    rounded = written_anew(reading, read)
    if not 0 < len(rounded) <= MAX_ROUNDED or not scopes.is_constant(right) or not is_known(env, left):
        return False
    values = {abs(v) for v in values_of_parts(env, left)}
    for number, unit in rounded.items():
        meant = {round(v / unit) for v in values if is_digit_off(round(number.value / unit), round(v / unit))}
        others = {n: one for n, one in rounded.items() if n != number}
        for shown in sorted(meant)[:MAX_ROUNDED]:
            new = Num(shown * unit)
            if is_right(env, left, put(right, number, new), {**others, new: unit}, ()):
                return True
    return False


def is_digit_off(one: int, other: int) -> bool:
    """Whether two numbers of as many figures differ in one, or in two beside each other that are exchanged."""
    a, b = str(one), str(other)
    if len(a) != len(b) or len(a) < FIGURES or abs(one - other) <= NEAR_UNITS:
        return False
    apart = [k for k in range(len(a)) if a[k] != b[k]]
    swapped = len(apart) == 2 and apart[1] == apart[0] + 1 and a[apart[0]] == b[apart[1]] and a[apart[1]] == b[apart[0]]
    return len(apart) == 1 or swapped


def is_written_out(node: Node) -> bool:
    """Whether it is a number, or a column or a matrix of numbers: how these are rounded, other rules know."""
    return all(isinstance(cell, Num) for cell in cells_of(node))


def cells_of(node: Node) -> list[Node]:
    """The entries of a column or a matrix that is written out, or the node itself; without their signs."""
    return [bare(c) for row in node.rows for c in row] if isinstance(node, Block) else [bare(node)]


def stands_before(reading: Reading, value: float) -> bool:
    """Whether the text computed a number before, and rightly, or what is left of one to 1."""
    before = (r.right for r in reading.relations[-FEW:] if r.right is not None and r.judgement.verdict in TRUE)
    known = (n.value for side in before if is_written_out(side) for n in cells_of(side) if isinstance(n, Num))
    return any(abs(n - value) < EQUAL or abs(1 - n - value) < EQUAL for n in known)


def is_right(env: Env, left: Node, right: Node, rounded: Mapping[Num, float], known: Collection[Num]) -> bool:
    """Whether these numbers of the later side, with one in the last place of each, are parts of the earlier one to their last
    figure, and the sides differ by no more than these figures leave open. known: numbers that need be no parts."""
    values = [abs(v) for v in values_of_parts(env, left)]
    rounded = {n: unit for n, unit in rounded.items() if not any(abs(v - n.value) < EQUAL for v in values)}
    a, b = value_of(env, left), value_of(env, right)
    if a is None or b is None or a.shape != b.shape:
        return False
    slack, says = EQUAL * np.maximum(np.abs(a), np.abs(b)), True
    for number, unit in rounded.items():
        near = min((abs(v - number.value) for v in values if is_rounded(v, number.value, unit)), default=None)
        if near is None and number not in known:
            return False
        says = says and near is not None
        moved = value_of(env, moved_by(right, number, unit if near is None else max(unit, 2 * near)))
        if moved is None or moved.shape != b.shape:
            return False
        slack = slack + np.abs(moved - b)
    return bool((np.abs(a - b) <= slack).all() and (says or slack.max() <= SAYS * np.abs(a).max()))


def computed_before(reading: Reading, env: Env, node: Node) -> dict[str, Entry]:
    """The names of a side with the rounded values that true chains of the text ended in, `h = \\tanh(0.381) = 0.364`: near to
    the exact ones, and not the name that the side is."""
    found: dict[str, Entry] = {}
    names = env.depends(node) - {node.name if isinstance(node, Sym | Sub) else ""}
    head, chain_of = "", -1
    for read in reading.relations[-FEW:]:
        good = read.judgement.verdict in TRUE | {Verdict.DEFINITION} and read.op in ("=", "approx")
        if read.chain != chain_of:
            head = read.left.name if isinstance(read.left, Sym | Sub) else ""
        chain_of, head = read.chain, head if good else ""
        number = read.right
        if head not in names or number is None or not isinstance(bare(number), Num):
            continue
        exact, unit = value_of(env, Sym(head)), last_place(reading, read)
        if unit is not None and exact is not None and exact.size == 1:
            off = abs(float(exact.item()) - signed(number))
            if 0 < off <= NEAR_UNITS * unit <= SAYS * abs(float(exact.item())):
                found[head] = Defined(number, (), None, "reply")
    return found


def last_place(reading: Reading, read: Read) -> float | None:
    """One in the last place of the number that a relation ends with; None of a whole one."""
    shown = DECIMAL.search(reading.document.text, read.right_start, read.end)
    return 10.0 ** -len(shown[1]) if shown is not None else None


def signed(number: Node) -> float:
    """The value of a number with or without a sign."""
    plain = bare(number)
    value = plain.value if isinstance(plain, Num) else float("nan")
    return -value if plain is not number else value


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
            for number in map(float, value.ravel()):
                yield number
                if 0 < number < 1:
                    yield 1 - number  # the other factor of the slope of a sigmoid


def moved_by(node: Node, number: Num, unit: float) -> Node:
    """The tree with half of one in the last place more for a number."""
    if node == number:
        return Num(number.value + 0.5 * unit)
    parts = children(node)
    return rebuilt(node, [moved_by(part, number, unit) for part in parts]) if parts else node
