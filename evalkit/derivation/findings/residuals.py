"""Residuals (left - right) of relations, world by world, and whether two of them agree up to one factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import overload

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Node
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import index_range, loose_indices
from evalkit.derivation.worlds.values import Local, Trouble, largest, matched, multiply, number

CLOSE = 1e-7
FAR = 1e-3
"""A share of the sum of squares that is no rounding error."""
POWERS = (-1, 1, -2, 2)


@dataclass(frozen=True)
class Residual:
    """left - right in one world, for one value of the free indices each; `size` is the scale of the sides."""

    parts: tuple[Array, ...]
    size: float

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        return tuple(p.shape for p in self.parts)

    @cached_property
    def count(self) -> tuple[int, int]:
        """How many values of the free indices, and entries in all: residuals that agree have as many."""
        return len(self.parts), sum(p.size for p in self.parts)

    @cached_property
    def flat(self) -> Array:
        return np.concatenate([p.reshape(-1) for p in self.parts])

    @cached_property
    def weight(self) -> float:
        """The sum of squares."""
        return float(self.flat @ self.flat)

    @cached_property
    def vanishes(self) -> bool:
        """Whether it is rounding alone."""
        return max(map(largest, self.parts)) <= 1e-8 * self.size

    @cached_property
    def turned(self) -> Residual:
        return Residual(tuple(p.T for p in self.parts), self.size)


def residual(env: Env, left: Node, right: Node, factor: tuple[Node, str] | None = None) -> Residual | None:
    """None where it has no value. factor: multiply from the `left` or the `right`."""
    both = Bin("=", left, right)
    try:
        names = loose_indices(env, both, {})
        if len(names) > 2:
            return None
        ends = [index_range(env, both, name, {}) for name in names]
        spans = [range(low, min(high, low + 2) + 1) for low, high in ends]
        locals_: list[Local] = [{n: number(float(i)) for n, i in zip(names, at, strict=True)} for at in product(*spans)]
        parts, size = [], 0.0
        for local in locals_:
            env.begin()
            a, b = matched(env.side(left, local), env.side(right, local))
            out = np.asarray(a.real - b.real)
            if factor is not None:
                f = env.value(factor[0], local)
                scaled = multiply(f, out) if factor[1] == "left" else multiply(out, f)
                if not isinstance(scaled, np.ndarray):
                    return None
                out = scaled.real
            most = largest(out)
            if out.ndim != 2 or not math.isfinite(most):
                return None
            parts.append(out)
            size = max(size, largest(a), largest(b), most)
        return Residual(tuple(parts), size)
    except (Trouble, ValueError, ArithmeticError, RecursionError, np.linalg.LinAlgError):
        return None


def ratio(a: Residual, b: Residual) -> tuple[float, ...] | None:
    """Factors c with a = c b (as it stands, transposed or vectorised); None where there is none or b vanishes."""
    if a.count != b.count:
        return None
    if a.shapes != b.shapes and all(p.shape == (q.size, 1) != q.shape for p, q in zip(a.parts, b.parts, strict=True)):
        b = Residual(tuple(q.T.reshape(-1, 1) for q in b.parts), b.size)
    out: list[float] = []
    for other in (b, b.turned):
        if a.shapes != other.shapes:
            continue
        x, y, weight = a.flat, other.flat, other.weight
        if weight <= (1e-9 * b.size) ** 2:
            return None
        c = float(x @ y) / weight
        if a.weight - c * c * weight > FAR * a.weight:  # what most pairs are: far from being multiples of each other
            continue
        if abs(c) > 1e-9 and largest(x - c * y) <= CLOSE * max(largest(x), 1e-300):
            out.append(c)
    return tuple(out) or None


class Residuals(Sequence[Residual | None]):
    """Residuals of one relation, world by world, each computed when it is first asked for: most relations differ from a
    milestone in the first world already."""

    def __init__(self, envs: Sequence[Env], left: Node, right: Node, factor: tuple[Node, str] | None = None) -> None:
        self.envs, self.left, self.right, self.factor = envs, left, right, factor
        self.known: dict[int, Residual | None] = {}

    def __len__(self) -> int:
        return len(self.envs)

    @overload
    def __getitem__(self, at: int) -> Residual | None: ...

    @overload
    def __getitem__(self, at: slice) -> list[Residual | None]: ...

    def __getitem__(self, at: int | slice) -> Residual | list[Residual | None] | None:
        if isinstance(at, slice):
            return [self[i] for i in range(len(self))[at]]
        if at in self.known:  # what nearly all ask for
            return self.known[at]
        if not 0 <= at < len(self.envs):
            raise IndexError(at)
        self.known[at] = self.made(at)
        return self.known[at]

    @cached_property
    def first(self) -> Residual | None:
        """That of the first world: nearly all comparisons end there."""
        return self[0]

    def made(self, at: int) -> Residual | None:
        return residual(self.envs[at], self.left, self.right, self.factor)


def unlike(a: Residual | None, b: Residual | None) -> bool:
    """Whether one alone has no value, or they differ in number or size: they are no multiples of each other."""
    return a is not b if a is None or b is None else a.count != b.count


def same(
    found: Sequence[Residual | None], wanted: Sequence[Residual | None], scales: Sequence[Sequence[float]] = ()
) -> bool:
    """One and the same factor in all worlds, at least two of them, up to one of the scales (`powers`).

    It ends with the first world that contradicts, before the others are computed."""
    ways: list[tuple[Sequence[float] | None, float]] | None = None  # a scale, and the factor up to it
    compared = 0
    for i in range(len(found)):
        a, b = found[i], wanted[i]
        if a is None or b is None:
            if (a is None) != (b is None):
                return False
            continue
        factors = ratio(a, b)
        if factors is None:
            return False
        if ways is None:
            ways = [(None, c) for c in factors] + [(scale, c / scale[i]) for scale in scales for c in factors]
        else:
            ways = [w for w in ways if fits(w, factors, i)]
        if not ways:
            return False
        compared += 1
    return compared > 1


def powers(scale: Sequence[float]) -> list[list[float]]:
    """The powers of a scale, world by world, that may be a factor."""
    return [[value**power for value in scale] for power in POWERS]


def fits(way: tuple[Sequence[float] | None, float], factors: Sequence[float], world: int) -> bool:
    """Whether one of the factors that were found in a world is the one of the worlds before, up to the scale."""
    scale, known = way
    by = scale[world] if scale is not None else 1.0
    for c in factors:  # noqa: SIM110 - the inner loop of most comparisons
        if abs(known - c / by) <= 1e-5 * abs(known):
            return True
    return False
