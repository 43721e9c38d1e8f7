"""A number that a condition fixes: the root of `left - right` near a random start.

Not covered: conditions on matrices, derivatives through a solution, roots that no start leads to, a condition that asks
for its own root on the way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evalkit.derivation.worlds.draw import generator
from evalkit.derivation.worlds.entries import Solved
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Local, Undefined, Unsupported, Value, matched, number

STARTS, ROUNDS = 6, 40
CLOSE = 1e-11


def solution(env: Env, name: str, entry: Solved, local: Local) -> Value:
    """The root. Raises Undefined where none is found, Unsupported where looking for it would ask for it again."""
    if name in env.sought:
        raise Unsupported("a condition on itself")
    if any(isinstance(v, np.ndarray) and (np.iscomplexobj(v) or v.size != 1) for v in local.values()):
        raise Unsupported("a derivative through a condition")
    starts = generator(env.world.seed, env.world.label, "root", name).normal(size=STARTS) * np.geomspace(1, 30, STARTS)

    def gap(x: float) -> float:
        here = {**local, name: number(x)}
        a, b = matched(env.guarded(entry.left, here), env.guarded(entry.right, here))
        if a.size != 1 or np.iscomplexobj(a) or np.iscomplexobj(b):
            raise Unsupported("a condition that is no number")
        return float((a - b).item())

    before = env.scale
    env.sought.add(name)
    try:
        for start in starts:
            try:
                found = secant(gap, float(start))
            except Undefined:
                continue
            finally:
                env.scale = before  # the places that the search passed are no terms of what is computed
            if found is not None:
                env.scale = max(before, abs(found))
                return number(found)
    finally:
        env.sought.discard(name)
    raise Undefined("a condition that nothing obeys")


def secant(gap: Callable[[float], float], start: float) -> float | None:
    """Steps of the secant method from one start; None where they do not settle."""
    x, y = start, start + 1e-3 * (1 + abs(start))
    fx, fy = gap(x), gap(y)
    size = max(abs(fx), abs(fy), 1.0)
    for _ in range(ROUNDS):
        if abs(fy) <= CLOSE * size and abs(y - x) <= CLOSE * (1 + abs(y)):
            return float(y)
        if fx == fy:
            return float(y) if abs(fy) <= CLOSE * size else None
        step = fy * (y - x) / (fy - fx)
        x, fx, y = y, fy, y - step
        if not np.isfinite(y) or abs(y) > 1e9:
            return None
        fy = gap(y)
    return None
