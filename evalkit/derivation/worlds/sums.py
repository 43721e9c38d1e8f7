"""Sums, products, extremes and integrals over an index."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evalkit.derivation.grammar.nodes import Big, Num, Sub, walk
from evalkit.derivation.worlds import indices
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.functions import extreme
from evalkit.derivation.worlds.scope import Dimension, is_spectrum
from evalkit.derivation.worlds.values import (
    ZERO,
    Local,
    Undefined,
    Unsupported,
    Value,
    add,
    array,
    largest,
    multiply,
    number,
)

MAX_TERMS = 2000


def big(env: Env, node: Big, local: Local) -> Value:
    if node.kind == "int":
        return integral(env, node, local)
    if len(node.index) == 2:
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
            return number(float(together.sum()))
    terms = [env.value(node.body, {**local, name: number(float(i))}) for i in range(first, last + 1)]
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
            env.scale = max(env.scale, float(np.abs(term).max()))
    return out


def infinite(env: Env, node: Big, local: Local) -> Value:
    """A series of scalars that converges fast enough to be summed."""
    if node.kind != "sum" or node.low is None:
        raise Unsupported("an infinite product")
    first = env.integer(node.low, local)
    terms = at_once(env, node, first, first + MAX_TERMS, local)
    if terms is None:
        values = [
            array(env.value(node.body, {**local, node.index[0]: number(float(i))}), "a series")
            for i in range(first, first + 120)
        ]
        if any(v.size != 1 or np.iscomplexobj(v) for v in values):
            raise Unsupported("a series of matrices")
        terms = np.concatenate(values)
    total = float(terms.sum())
    if not np.isfinite(terms).all() or np.abs(terms[-3:]).max() > 1e-15 * (1e-300 + np.abs(terms).max()):
        raise Unsupported("a series that converges too slowly")
    env.scale = max(env.scale, abs(total))
    return number(total)


def at_once(env: Env, node: Big, first: int, stop: int, local: Local) -> Array | None:
    """All terms of a sum of scalars in one evaluation; None where the index is a subscript or another batch is under way."""
    name = node.index[0]
    if any(isinstance(n, Sub | Big) or is_spectrum(n) for n in walk(node.body)):
        return None
    if any(isinstance(v, np.ndarray) and (v.ndim > 2 or np.iscomplexobj(v)) for v in local.values()):
        return None
    index = np.arange(first, stop, dtype=float)[:, None, None]
    before = env.scale
    try:
        value = array(env.value(node.body, {**local, name: index}), "a series")
    except (Unsupported, Undefined):
        return None
    env.scale = max(before, largest(value))  # the terms, not what they are made of: 1/k^2 is small where k^2 is large
    return value[:, 0] if value.shape == index.shape and not np.iscomplexobj(value) else None


def integral(env: Env, node: Big, local: Local) -> Value:
    """Gauss-Legendre quadrature of two orders; they must agree."""
    low, high = (array(env.value(n, local)) for n in (node.low, node.high) if n is not None)
    if low.size != 1 or high.size != 1 or np.iscomplexobj(low) or np.iscomplexobj(high):
        raise Unsupported("a derivative by a limit of an integral")
    for orders in ((80, 120), (240, 320)):
        rough, fine = (quadrature(env, node, local, low.item(), high.item(), order) for order in orders)
        if np.allclose(rough, fine, rtol=1e-9, atol=1e-11):
            return fine
    raise Unsupported("an integral that is hard to compute")


@lru_cache(maxsize=4)
def gauss(order: int) -> tuple[Array, Array]:
    points, weights = np.polynomial.legendre.leggauss(order)
    return points, weights


def quadrature(env: Env, node: Big, local: Local, low: float, high: float, order: int) -> Array:
    points, weights = gauss(order)
    if np.isfinite(low) and np.isfinite(high):
        x, w = (high + low) / 2 + (high - low) / 2 * points, (high - low) / 2 * weights
    elif np.isfinite(low):  # x = low + (1 + t) / (1 - t)
        x, w = low + (1 + points) / (1 - points), weights * 2 / (1 - points) ** 2
    elif np.isfinite(high):
        x, w = high - (1 + points) / (1 - points), weights * 2 / (1 - points) ** 2
    else:  # x = t / (1 - t^2)
        x, w = points / (1 - points**2), weights * (1 + points**2) / (1 - points**2) ** 2
    if any(isinstance(v, np.ndarray) and v.ndim > 2 for v in local.values()):
        raise Unsupported("a derivative through an integral")
    before = env.scale
    values = array(env.value(node.body, {**local, node.index[0]: x[:, None, None]}), "an integral")
    values = np.broadcast_to(values, (order, *values.shape[-2:])) * w[:, None, None]
    out = values.sum(axis=0)
    env.scale = max(before, largest(values))  # the summands, not the far ends of the line
    if not np.isfinite(out).all():
        raise Unsupported("an integral that is hard to compute")
    return np.asarray(out)
