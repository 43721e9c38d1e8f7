"""The value of `cases`: that of the first row whose condition holds; in a batch for every member by itself."""

from __future__ import annotations

import numpy as np

from evalkit.derivation.grammar.nodes import Call, Node, Sym
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.values import IllTyped, Local, Undefined, Unsupported, Value, array, is_scalar

EQUAL = 1e-9
ORDER = frozenset({"<", ">", "leq", "geq"})


def chosen(env: Env, args: tuple[Node, ...], local: Local) -> Value:
    """The value that applies; where a column is compared, that of each entry. Raises Undefined where no condition holds."""
    found = [(value, holds(env, condition, local)) for value, condition in zip(args[::2], args[1::2], strict=True)]
    if all(condition.size == 1 for _, condition in found):
        value = next((value for value, condition in found if condition.item()), None)
        if value is None:
            raise Undefined("none of the cases")
        return env.value(value, local)
    values = [array(env.value(value, local), "a case") for value, _ in found]
    conditions = [condition for _, condition in found]
    sizes = {c.shape[-2:] for c in conditions if not is_scalar(c)}
    if any(not is_scalar(v) for v in values) and not sizes:
        raise Unsupported("cases of matrices, many at once")
    if len(sizes | {v.shape[-2:] for v in values if not is_scalar(v)}) > 1:
        raise IllTyped("cases of different shapes")
    if not np.logical_or.reduce(np.broadcast_arrays(*conditions)).all():
        raise Undefined("none of the cases")
    return np.asarray(np.select(np.broadcast_arrays(*conditions), np.broadcast_arrays(*values)))


def holds(env: Env, condition: Node, local: Local) -> Array:
    """Whether a condition holds, for every member of a batch, and for every entry of a column or matrix that is larger or smaller."""
    parts = condition.args if isinstance(condition, Call) else ()
    out: Array = np.ones((1, 1), dtype=bool)
    for at in range(0, len(parts) - 2, 2):
        left, sign, right = parts[at : at + 3]
        a, b = (array(env.value(side, local), "a condition").real for side in (left, right))
        sizes = {v.shape[-2:] for v in (a, b, out) if not is_scalar(v)}
        if sizes and (not isinstance(sign, Sym) or sign.name not in ORDER or is_square(sizes)):
            raise Unsupported("a condition between matrices")
        if len(sizes) > 1 or not isinstance(sign, Sym):
            raise IllTyped("a condition between different shapes")
        out = out & compared(a - b, sign.name)
    return out


def is_square(sizes: set[tuple[int, ...]]) -> bool:
    """A > 0 of a square matrix says that it is positive definite."""
    return any(rows == columns for rows, columns in sizes)


def compared(gap: Array, sign: str) -> Array:
    same = np.abs(gap) <= EQUAL
    match sign:
        case "=":
            return np.asarray(same)
        case "neq":
            return np.asarray(~same)
        case "<":
            return np.asarray((gap < 0) & ~same)
        case ">":
            return np.asarray((gap > 0) & ~same)
        case "leq":
            return np.asarray((gap < 0) | same)
    return np.asarray((gap > 0) | same)
