r"""`\lim_{x \to a} f(x)`: from values at places that come nearer and nearer, extrapolated to the place itself (Neville).

A value is given only where two extrapolations agree, and those from both sides where none is named; so nothing is said of
limits that are approached like a root or a logarithm. Not covered: limits of columns and matrices, limits inside derivatives.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import Local, Undefined, Unsupported, array, number

STEPS, FIRST = 9, 0.16
"""How many places are looked at on one side; how far the first is from the end, the others half as far each."""
AGREE = 1e-8
UNSETTLED = "a limit that does not settle"


def limit(env: Env, body: Node, name: str, place: Array, side: float, local: Local) -> Array:
    """The limit of a number. Raises Unsupported where it is not clear."""
    if place.size != 1 or any(isinstance(v, np.ndarray) and np.iscomplexobj(v) for v in local.values()):
        raise Unsupported("a limit of this")
    end = float(place.real.item())
    ways = (1.0,) if not np.isfinite(end) else (1.0, -1.0) if side == 0 else (side,)
    found = [approached(env, body, name, end, way, local) for way in ways]
    if len(found) > 1 and abs(found[0] - found[1]) > 10 * AGREE * max(1.0, abs(found[0])):
        raise Unsupported(UNSETTLED)
    env.loose = True
    return number(found[0])


def approached(env: Env, body: Node, name: str, end: float, way: float, local: Local) -> float:
    """What the values on one side tend to."""
    steps = [FIRST / 2**k for k in range(STEPS)]
    before = env.scale
    values = []
    for step in steps:
        at = end + way * step * max(1.0, abs(end)) if np.isfinite(end) else float(np.sign(end)) / step
        value = array(env.value(body, {**local, name: number(at)}), "a limit")
        if value.size != 1 or np.iscomplexobj(value):
            raise Unsupported("a limit of this")
        values.append(float(value.item()))
    guesses = extrapolated(steps, values)
    if not np.isfinite(values).all() or abs(guesses[-1] - guesses[-2]) > AGREE * max(1.0, abs(guesses[-1])):
        raise Undefined(UNSETTLED)
    env.scale = max(before, *map(abs, values))
    return guesses[-1]


def extrapolated(steps: Sequence[float], values: Sequence[float]) -> list[float]:
    """The values at 0 of the polynomials through the first two, three, ... of these places."""
    row: list[float] = []
    out: list[float] = []
    for k, value in enumerate(values):
        new = [value]
        for j in range(1, k + 1):
            far, near = steps[k - j], steps[k]
            new.append((far * new[j - 1] - near * row[j - 1]) / (far - near))
        row = new
        out.append(row[-1])
    return out
