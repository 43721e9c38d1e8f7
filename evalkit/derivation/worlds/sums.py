"""Sums, products, extremes and integrals over an index."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from evalkit.derivation.grammar.nodes import Big, Num, Sub, is_spectrum, walk
from evalkit.derivation.worlds import indices
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.functions import extreme
from evalkit.derivation.worlds.scope import Dimension
from evalkit.derivation.worlds.values import (
    ZERO,
    Local,
    Undefined,
    Unsupported,
    Value,
    add,
    array,
    bounded,
    largest,
    multiply,
    negate,
    number,
)

MAX_TERMS = 2000
HALVINGS, AGREE, SMALL = 6, 1e-11, 1e-3
"""How often the terms of a slow series are halved; how near two guesses of its sum must be; how small its last term is."""
MOST_ONE_BY_ONE, IDLE = 120, 8
"""Terms of a series that are computed one after the other; how many that no longer count end it."""
MAX_INSIDE = 2
"""Integrals inside of one."""
FAR = 1e-30
"""Nearer to an infinite end than this no point is looked at: powers of it would overflow."""


def big(env: Env, node: Big, local: Local) -> Value:
    if node.kind == "int":
        if node.low is None or node.high is None:
            raise Unsupported("an indefinite integral")
        return integral(env, node, local)
    if len(node.index) > 1:
        inner = Big(node.kind, node.body, node.index[1:], None, node.high)
        return big(env, Big(node.kind, inner, node.index[:1], None, node.high), local)
    name = node.index[0]
    if name and env.scope.find(name) is not None and isinstance(env.scope.entries.get(name), Dimension):
        raise Unsupported(f"a sum over the size {name}")
    if node.high == Num(float("inf")):
        return infinite(env, node, local)
    first, last = 1, 0
    if node.low is None or node.high is None:
        first, last = indices.index_range(env, node.body, name, local)
    if node.low is not None:
        first = env.integer(node.low, local) + (1 if node.strict else 0)
    if node.high is not None:
        last = env.integer(node.high, local)
    if last - first >= MAX_TERMS:
        raise Unsupported("a sum of too many terms")
    if node.kind == "sum" and last - first > 12:
        together = at_once(env, node, first, last + 1, local)
        if together is not None:
            return number(together.sum().item())
    terms: list[Value] = []
    size = 1.0
    for i in range(first, last + 1):
        terms.append(env.value(node.body, {**local, name: number(float(i))}))
        if node.kind == "prod" and isinstance(terms[-1], np.ndarray):
            size *= largest(terms[-1])
            if not math.isfinite(size):  # there is nothing to be known from the rest
                raise Unsupported("a product that is too large")
    return combine(env, node.kind, terms)


def combine(env: Env, kind: str, terms: list[Value]) -> Value:
    if kind in ("max", "min"):
        if not terms:
            raise Undefined("an extreme of nothing")
        return extreme(np.concatenate(np.broadcast_arrays(*(array(t) for t in terms)), axis=-2), kind == "max")
    out: Value = ZERO if kind == "sum" else number(1.0)
    for term in terms:
        out = add(out, term) if kind == "sum" else multiply(out, term)
        if isinstance(term, np.ndarray):
            env.scale = max(env.scale, largest(term))
    return out


def infinite(env: Env, node: Big, local: Local) -> Value:
    """A series of scalars that converges fast enough to be summed."""
    if node.kind != "sum" or node.low is None:
        raise Unsupported("an infinite product")
    first = env.integer(node.low, local)
    terms = at_once(env, node, first, first + MAX_TERMS, local)
    if terms is None:
        terms = one_by_one(env, node, first, local)
    total: complex = terms.sum().item()
    if not np.isfinite(terms).all():
        raise Unsupported("a series that converges too slowly")
    if np.abs(terms[-3:]).max() > 1e-15 * (1e-300 + np.abs(terms).max()):
        total = extrapolated(terms)
    env.scale = max(env.scale, abs(total))
    return number(total)


def extrapolated(terms: Array) -> float:
    """The sum of a series whose partial sums approach it as a sum of powers of 1/N: those of N, N/2, N/4, ... tell the limit
    (Richardson). Unsupported where the last two steps do not agree."""
    flat = terms.reshape(-1)
    if np.iscomplexobj(flat):
        raise Unsupported("a series that converges too slowly")
    sums, first = np.cumsum(flat), len(flat) >> HALVINGS
    if first == 0 or abs(flat[-1]) > SMALL * np.abs(flat).max():
        raise Unsupported("a series that converges too slowly")
    row = [float(sums[(first << doubled) - 1]) for doubled in range(HALVINGS + 1)]
    for power in range(1, HALVINGS + 1):
        last, row = row[-1], [b + (b - a) / (2.0**power - 1) for a, b in itertools.pairwise(row)]
        if power > 1 and abs(row[-1] - last) <= AGREE * np.abs(sums).max():
            return row[-1]
    raise Unsupported("a series that converges too slowly")


def one_by_one(env: Env, node: Big, first: int, local: Local) -> Array:
    """The terms of a series until they no longer count."""
    values: list[Array] = []
    most, idle = 0.0, 0
    for i in range(first, first + MOST_ONE_BY_ONE):
        value = array(env.value(node.body, {**local, node.index[0]: number(float(i))}), "a series")
        if value.size != 1:
            raise Unsupported("a series of matrices")
        values.append(value)
        size = abs(complex(value.item()))
        most = max(most, size)
        idle = idle + 1 if size <= 1e-17 * most else 0
        if idle == IDLE:
            break
    return np.concatenate(values)


def at_once(env: Env, node: Big, first: int, stop: int, local: Local) -> Array | None:
    """All terms of a sum of scalars in one evaluation; None where the index is a subscript or another batch is under way."""
    name = node.index[0]
    if any(isinstance(n, Sub | Big) or is_spectrum(n) for n in walk(node.body)):
        return None
    if any(isinstance(v, np.ndarray) and v.size > 1 for v in local.values()):
        return None
    index = np.arange(first, stop, dtype=float)[:, None, None]
    before = env.scale
    try:
        value = array(env.value(node.body, {**local, name: index}), "a series")
    except (Unsupported, Undefined):
        return None
    env.scale = max(before, largest(value))  # the terms, not what they are made of: 1/k^2 is small where k^2 is large
    return value[:, 0] if value.shape == index.shape else None


def integral(env: Env, node: Big, local: Local) -> Value:
    """Gauss-Legendre quadrature of two orders, which must agree; near poles of the integrand at an end, by points that
    crowd there."""
    if sum(isinstance(n, Big) and n.kind == "int" for n in walk(node.body)) > MAX_INSIDE:
        raise Unsupported("integrals nested this deep")
    low, high = (array(env.value(n, local), "a limit of an integral") for n in (node.low, node.high) if n is not None)
    if any(end.shape[-2:] != (1, 1) or np.iscomplexobj(end) for end in (low, high)):
        raise Unsupported("a derivative by a limit of an integral")
    if low.size == high.size == 1 and low.item() > high.item():
        flipped = integral(env, replace(node, low=node.high, high=node.low), local)
        return negate(flipped)
    for rules in ((gauss(80), gauss(120)), (crowded(5, 5.5), crowded(6, 5.5)), (crowded(5, 3.4), crowded(6, 3.4))):
        rough, fine = (quadrature(env, node, local, (low, high), rule) for rule in rules)
        if rough is not None and fine is not None and np.allclose(rough, fine, rtol=1e-9, atol=1e-11):
            return fine
    raise Unsupported("an integral that is hard to compute")


class Points(NamedTuple):
    """Places in (0, 1) with their weights; `left` and `right`: the distances from the ends, exact however small."""

    left: Array
    right: Array
    weights: Array


@lru_cache(maxsize=4)
def gauss(order: int) -> Points:
    points, weights = np.polynomial.legendre.leggauss(order)
    return Points((1 + points) / 2, (1 - points) / 2, weights / 2)


@lru_cache(maxsize=4)
def crowded(level: int, reach: float) -> Points:
    """Double exponential (tanh-sinh) points: the farther they reach, the nearer to the ends."""
    t = np.arange(-reach * 2**level, reach * 2**level + 1) / 2**level
    with np.errstate(over="ignore", under="ignore"):
        grown = np.exp(np.pi * np.sinh(t))
        left, right = grown / (1 + grown), 1 / (1 + grown)
        weights = np.pi * np.cosh(t) * left * right / 2**level
    return Points(left, right, weights)


def quadrature(env: Env, node: Big, local: Local, ends: tuple[Array, Array], rule: Points) -> Array | None:
    """The sum over the points of a rule; None where the integrand has no value at one of them."""
    low, high = ends
    batch = max([low.ndim, high.ndim, *(v.ndim for v in local.values() if isinstance(v, np.ndarray))])
    left, right, weights = (a.reshape(-1, *(1,) * batch) for a in rule)
    if any(isinstance(v, np.ndarray) and np.iscomplexobj(v) and v.ndim > 2 for v in local.values()):
        raise Unsupported("a derivative through an integral")
    if np.isfinite(low).all() and np.isfinite(high).all():  # from the nearer end, where a pole may be
        x = np.where(left < 0.5, low + (high - low) * left, high - (high - low) * right)
        w = (high - low) * weights
    elif np.isfinite(low).all() and (high == np.inf).all():
        near = right > FAR
        x = low + np.where(near, left / np.where(near, right, 1.0), 0.0)
        w = np.where(near, weights / np.where(near, right, 1.0) ** 2, 0.0)
    elif np.isfinite(high).all() and (low == -np.inf).all():
        near = left > FAR
        x = high - np.where(near, right / np.where(near, left, 1.0), 0.0)
        w = np.where(near, weights / np.where(near, left, 1.0) ** 2, 0.0)
    elif (low == -np.inf).all() and (high == np.inf).all():  # x = s / (1 - s^2), s = left - right
        s, rest = left - right, 4 * left * right
        near = rest > FAR
        rest = np.where(near, rest, 1.0)
        x, w = np.where(near, s / rest, 0.0), np.where(near, 2 * weights * (1 + s**2) / rest**2, 0.0)
    else:
        raise Unsupported("the limits of an integral")
    bounded(x.shape)
    before = env.scale
    try:
        values = array(env.value(node.body, {**local, node.index[0]: x}), "an integral")
    except Undefined:
        env.scale = before  # what was met far out is no part of its value
        return None
    summands = values * w
    kept = np.where(np.isfinite(summands), summands, 0.0)  # what overflows at the far ends of the line
    env.scale = max(before, largest(kept))
    return np.asarray(kept.sum(axis=0))
