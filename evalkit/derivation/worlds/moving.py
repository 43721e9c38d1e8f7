"""How values change when a symbol moves: complex steps, exact to rounding; central differences where one is taken already."""

from __future__ import annotations

import numpy as np

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Local, Unsupported, Zero, array

STEP = 1e-30
WIDE_STEP = 1e-5
MAX_BATCH = 400
MAX_ENTRIES = 200_000


def units(base: Array) -> Array:
    """One direction for each entry, row by row: (entries, rows, columns)."""
    count = base.shape[-2] * base.shape[-1]
    if count > MAX_BATCH:
        raise Unsupported("a gradient of this size")
    return np.eye(count).reshape(count, base.shape[-2], base.shape[-1])


def slope(env: Env, f: Node, name: str, base: Array, directions: Array, local: Local) -> Array:
    """Derivatives of f along each direction: (directions, ..., rows, columns)."""
    nested = any(np.iscomplexobj(v) for v in local.values() if isinstance(v, np.ndarray)) or np.iscomplexobj(base)
    depth = max((v.ndim - 2 for v in [base, *local.values()] if isinstance(v, np.ndarray)), default=0)
    if depth > 1 or base.size * directions.shape[0] > MAX_ENTRIES:
        raise Unsupported("a derivative nested this deep")
    middle = (1,) * (base.ndim - 2)
    moves = directions.reshape(directions.shape[0], *middle, *directions.shape[1:])
    if nested:
        env.loose = True
        above = array(env.value(f, {**local, name: base + WIDE_STEP * moves}), "a derivative")
        below = array(env.value(f, {**local, name: base - WIDE_STEP * moves}), "a derivative")
        out = (above - below) / (2 * WIDE_STEP)
    else:
        value = env.value(f, {**local, name: base + 1j * STEP * moves})
        if isinstance(value, Zero):
            raise Unsupported("the derivative of zero")
        value = array(value, "a derivative")
        if not np.iscomplexobj(value):
            raise Unsupported("a derivative that is lost on the way")
        out = value.imag / STEP
    return np.broadcast_to(out, np.broadcast_shapes(out.shape, moves.shape[:-2] + out.shape[-2:]))
