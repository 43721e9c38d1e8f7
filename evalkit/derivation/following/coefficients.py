r"""`\frac{1}{x(x+1)} = \frac{A}{x} + \frac{B}{x+1}`: what its capitals are, so that it holds for every x.

One side has a variable alone, the other capitals besides, in which it is linear. Where one choice of these makes it true at every place, they
are known from there on, whatever values the reply gave them before.
Not covered: coefficients in small letters, of several variables, or in which it is not linear.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, walk
from evalkit.derivation.verdicts.solutions import FAULTS
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import BUILT_IN, Defined, Drawn, Entry, names_in
from evalkit.derivation.worlds.values import array, number
from evalkit.derivation.worlds.world import GENERIC

PLACES = (0.37, 0.83, 1.29, 1.71, 2.43, 3.19, 4.57, 5.31)
MAX_COEFFICIENTS = 5
SAME, RANK = 1e-8, 1e-7
WHOLE = 1e-7
"""How near a coefficient is to a fraction that it is."""
DENOMINATORS = range(1, 61)


def coefficients(reading: Reading, read: Read) -> Read | None:
    """Tells what the capitals in it are: it holds for every value of the variable."""
    if reading.in_special(*read.sides):
        return None  # the problem says what they are
    for one, other in (read.sides, read.sides[::-1]):
        names = {n for n in names_in(one) if n not in BUILT_IN}
        new = sorted({n for n in names_in(other) if n not in BUILT_IN} - names)
        if len(names) != 1 or not 1 <= len(new) <= MAX_COEFFICIENTS or not all(map(is_capital, new)):
            continue
        if not names <= set(names_in(other)) or any(
            isinstance(n, Call) for n in walk(Bin("=", one, other)) if is_unknown(reading, n)
        ):
            continue
        if len(new) == 1 and not any(isinstance(n, Bin) and n.op == "/" for n in walk(other)):
            continue
        variable = names.pop()
        if not is_variable(reading, variable):
            continue
        found = solved(reading, one, other, variable, new)
        if found is None:
            continue
        entries: dict[str, Entry] = {n: Defined(Num(v), (), None, "reply") for n, v in zip(new, found, strict=True)}
        if all(reading.judge.own.get(n) == e for n, e in entries.items()):
            return None  # they are known: it is judged by them
        with reading.judge.trying(entries):
            if reading.judge.equation(*read.sides).verdict not in TRUE:
                continue
        for name in new:
            reading.judge.withdraw(name)
            reading.unmodelled.discard(name)
        reading.judge.define(entries)
        return replace(read.decided(Verdict.DEFINITION, "what the capitals in it are"), introduces=frozenset(new))
    return None


def is_capital(name: str) -> bool:
    """`A`, `B_1`"""
    letter, _, below = name.partition("_")
    return len(letter) == 1 and letter.isupper() and (not below or below.isdecimal())


def is_unknown(reading: Reading, node: Node) -> bool:
    """Whether it calls a function that the reply or the problem defines, or that nothing explains."""
    return isinstance(node, Call) and (node.name[:1].isupper() or reading.judge.scope.find(node.name) is not None)


def is_variable(reading: Reading, name: str) -> bool:
    """A free number."""
    found = reading.judge.scope_of(GENERIC).find(name)
    return found is None or (isinstance(found[1], Drawn) and not found[1].shape and "data" not in found[1].kinds)


def solved(reading: Reading, one: Node, other: Node, variable: str, new: list[str]) -> list[float] | None:
    """The values of the coefficients with which both sides agree at every place; None where there are none, or several."""
    free: dict[str, Entry] = {n: Drawn((), frozenset(), None, "reply") for n in (*new, variable)}
    with reading.judge.trying(free):
        env = reading.judge.general
        env.begin()
        try:
            rows, right = [], []
            for place in PLACES:
                still = value(env, other, variable, place, dict.fromkeys(new, 0.0))
                units = [value(env, other, variable, place, {n: float(n == c) for n in new}) - still for c in new]
                rows.append(units)
                right.append(value(env, one, variable, place, {}) - still)
            matrix, wanted = np.asarray(rows), np.asarray(right)
            answer, _, rank, _ = np.linalg.lstsq(matrix, wanted, rcond=RANK)
            far = float(np.abs(matrix @ answer - wanted).max()) / (1.0 + float(np.abs(wanted).max()))
            again = value(env, other, variable, PLACES[0], dict(zip(new, 1.7 + answer, strict=True)))
            bent = abs(again - still_of(env, other, variable, new) - float(matrix[0] @ (1.7 + answer)))
        except FAULTS:
            return None
    if rank < len(new) or far > SAME or bent > SAME * (1.0 + abs(again)):
        return None
    return [as_fraction(float(a)) for a in answer]


def still_of(env: Env, node: Node, variable: str, new: list[str]) -> float:
    return value(env, node, variable, PLACES[0], dict.fromkeys(new, 0.0))


def value(env: Env, node: Node, variable: str, place: float, given: dict[str, float]) -> float:
    """The value of an expression where letters have these values. Raises ValueError where it is no number."""
    local = {variable: number(place), **{n: number(v) for n, v in given.items()}}
    found = array(env.value(node, local))
    if found.size != 1 or not np.isfinite(found).all() or np.iscomplexobj(found):
        raise ValueError
    return float(found.item())


def as_fraction(found: float) -> float:
    """The fraction with a small denominator that a value is near."""
    near = (round(found * d) / d for d in DENOMINATORS if abs(found * d - round(found * d)) < WHOLE)
    return next(near, found)
