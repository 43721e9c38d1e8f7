"""Numbers, columns and matrices that obey equations: points near random starts at which all of them hold.

Not covered: whole numbers, more than MAX_UNKNOWN names or MAX_ENTRIES entries; a system of which no start leads to a
solution has none, as far as is known here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, walk
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Trouble, largest, matched

Pair = tuple[Node, Node]
MAX_UNKNOWN, MAX_ENTRIES = 4, 30
"""Names that may be unknown, and the entries of all of them."""
STARTS, ROUNDS, ENOUGH = 4, 10, 3
MAX_SIGNS, FAR = 3, 10
"""Numbers of which every choice of signs is tried, and how large they are then."""
ENTRIES_A_STEP = 200
"""How many computed entries cost as much as one step of evaluation."""
CLOSE, APART = 1e-10, 1e-7
"""Beside the size of the sides: what counts as solved, and what as fulfilled."""
FAULTS = (Trouble, ArithmeticError, ValueError, MemoryError, np.linalg.LinAlgError)


@dataclass
class Effort:
    """How many steps of evaluation may still be spent on it."""

    left: int


Point = dict[str, Array]
"""Values of names at which equations are looked at."""


@dataclass(frozen=True)
class Unknown:
    """What is to be found for one name."""

    shape: tuple[int, int]
    positive: bool = False
    symmetric: bool = False

    @property
    def entries(self) -> int:
        return self.shape[0] * self.shape[1]

    def value(self, entries: Array) -> Array:
        whole = np.asarray(entries.reshape(self.shape))
        return (whole + whole.T) / 2 if self.symmetric else whole


def solutions(
    env: Env, equations: Sequence[Pair], unknown: Mapping[str, Unknown], held: Point, effort: Effort
) -> Iterator[Point]:
    """Some points that obey all equations: values for what is unknown, beside those that are held. Where another sign of a
    number may be another solution, from starts of every sign."""
    free = {n: u for n, u in unknown.items() if n not in held}
    found = 0
    signs = sum(u.entries for u in free.values()) <= MAX_SIGNS and any(map(is_folded, equations))
    for start in starts(env, list(free.values()), every_sign=signs):
        point = descended(env, equations, free, start, held, effort)
        if point is not None and all((point[n] > 0).all() for n, u in free.items() if u.positive):
            found += 1
            yield point
        if (found == ENOUGH and not signs) or not free or effort.left <= 0:
            return


def is_folded(equation: Pair) -> bool:
    """Whether it has an absolute value, a norm, or an even power: then a number and its negative may both solve it."""
    return any(
        (isinstance(n, Call) and n.name.startswith(("abs", "norm")))
        or (isinstance(n, Bin) and n.op == "^" and isinstance(n.right, Num) and n.right.value % 2 == 0)
        for side in equation
        for n in walk(side)
    )


def starts(env: Env, unknown: Sequence[Unknown], *, every_sign: bool = False) -> Iterator[Array]:
    """Random starts near and far, of both signs; every_sign: and then one for each choice of the signs."""
    count = sum(u.entries for u in unknown)
    positive = [u.positive for u in unknown for _ in range(u.entries)]
    rng = generator(env.world.seed, env.world.label, "conditions", count)
    for size in np.geomspace(0.5, 30, STARTS):
        start = rng.normal(size=count) * size
        yield np.where(positive, np.abs(start), start) if count else start
    for signs in product((1.0, -1.0), repeat=count) if every_sign else ():
        yield np.abs(rng.normal(size=count)) * FAR * np.where(positive, 1.0, signs)


def descended(
    env: Env, equations: Sequence[Pair], unknown: Mapping[str, Unknown], start: Array, held: Point, effort: Effort
) -> Point | None:
    """Steps of Newton's method (the shortest where it is open) from one start; None where they lead to no solution."""

    def gaps(x: Array) -> tuple[Array, float]:
        try:
            return gap(env, equations, point(x))
        finally:
            effort.left -= 1 + env.steps + env.work // ENTRIES_A_STEP

    def point(x: Array) -> Point:
        at, here = 0, dict(held)
        for name, what in unknown.items():
            here[name] = what.value(x[at : at + what.entries])
            at += what.entries
        return here

    x = start
    try:
        now, size = gaps(x)
        for _ in range(ROUNDS):
            done = float(np.abs(now).max(initial=0.0)) <= CLOSE * size
            if not unknown or effort.left <= 0:
                return point(x) if done else None
            step = newton(gaps, x, now)
            if done:
                return point(x + step)
            x, now, size = damped(gaps, x, step, now)
    except FAULTS:
        return None
    return None


Gaps = Callable[[Array], tuple[Array, float]]
"""What the equations lack at a place, and how large their sides are."""


def newton(gaps: Gaps, x: Array, now: Array) -> Array:
    """The step to where the linear part of all gaps vanishes."""
    columns = []
    for i in range(len(x)):
        there = x.copy()
        there[i] += 1e-6 * (1 + abs(x[i]))
        columns.append((gaps(there)[0] - now) / (there[i] - x[i]))
    return np.asarray(np.linalg.lstsq(np.stack(columns, axis=1), -now, rcond=1e-9)[0])


def damped(gaps: Gaps, x: Array, step: Array, now: Array) -> tuple[Array, Array, float]:
    """The place after a step, or after a shorter one, where the gaps are smaller. Raises ValueError where there is none."""
    before = float(np.abs(now).sum())
    for share in (1.0, 0.3, 0.05):
        try:
            new, size = gaps(x + share * step)
        except FAULTS:
            continue
        if float(np.abs(new).sum()) < before:
            return x + share * step, new, size
    raise ValueError("no way on")


def gap(env: Env, equations: Sequence[Pair], here: Point) -> tuple[Array, float]:
    """What every equation lacks at a point, and how large its sides are."""
    gaps, size = [], 1.0
    env.begin()
    with np.errstate(all="ignore"):
        for left, right in equations:
            a, b = matched(env.value(left, here), env.value(right, here))
            sizes = largest(a), largest(b)
            if "c" in (a.dtype.kind, b.dtype.kind) or not all(map(math.isfinite, sizes)):
                raise ValueError("no number")
            gaps.append((a - b).reshape(-1))
            size = max(size, *sizes)
    return np.concatenate(gaps), size


def obeys(env: Env, equation: Pair, point: Point) -> bool:
    """Whether an equation holds at a point."""
    try:
        gaps, size = gap(env, [equation], point)
    except FAULTS:
        return False
    return float(np.abs(gaps).max(initial=0.0)) <= APART * size
