"""Sums, products, quotients and powers of values."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Call, Dots, Node, Num, Sub, Sym, Un, walk
from evalkit.derivation.worlds import lists
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.functions import UNARY, factorial, matrix_power, pseudo_inverse, remainder, scalar_power
from evalkit.derivation.worlds.scope import names_in
from evalkit.derivation.worlds.values import (
    Eye,
    IllTyped,
    Local,
    OpenSize,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    Zero,
    add,
    array,
    bounded,
    is_scalar,
    largest,
    multiply,
    negate,
    transpose,
)

POWER_OF_COLUMN = "a power of a vector"
SMALL = 256
NEAR_ZERO = 1e-12
"""What a sum or a function may be that is 0."""
"""Arrays up to this size cost no more than their step."""
COARSE, TINY = 100.0, 1e-30
"""By how much what is inside a function must exceed what comes out of it before its rounding is looked at."""
NUDGE = 1e-8
"""The rounding of a sum, as a share of its largest term."""


def is_list(a: Array, b: Array) -> bool:
    """Whether one of two arrays is a row or a column, and the other a number."""
    rows, columns = (b if is_scalar(a) else a).shape[-2:]
    return bool(min(rows, columns) == 1)


def unary(op: str, x: Value) -> Value:
    match op:
        case "-":
            return negate(x)
        case "T":
            return transpose(x)
        case "pinv":
            return x if isinstance(x, Eye) else pseudo_inverse(array(x, "a pseudo-inverse"))
        case "°":
            return multiply(np.array([[np.pi / 180]]), x)
        case "%":
            return multiply(np.array([[0.01]]), x)
        case "!":
            return factorial(array(x, "a factorial"))
    raise Unsupported(op)


def binary(env: Env, op: str, left: Node, right: Node, local: Local) -> Value:
    if op == "+" and isinstance(left, Bin) and left.op == "+" and isinstance(left.right, Dots):
        return lists.dotted_sum(env, left.left, right, local)
    if op in lists.TIMES and isinstance(left, Bin) and left.op in lists.TIMES and isinstance(left.right, Dots):
        return lists.dotted_product(env, left.left, right, local)
    if op in ("/", "^"):
        return narrowing(env, op, left, right, local)
    if op == ".*":
        env.spread += 1
        env.powers += 1
    try:
        a = env.value(left, local)
        b = env.value(right, local)
    except OpenSize:
        if op not in ("+", "-") or not isinstance(left, Bin) or left.op not in ("+", "-"):
            raise
        return env.value(
            Bin(left.op, Bin(op, left.left, right), left.right), local
        )  # I - 11^T has the size of the next term
    finally:
        if op == ".*":
            env.spread -= 1
            env.powers -= 1
    match op:
        case "+" | "-":
            if isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and is_scalar(a) != is_scalar(b):
                listed = is_list(a, b) and not names_in(left) and not names_in(right)
                if env.spread or listed:  # 1 - h in an entrywise product, [3, 5] - 1: the number in every entry
                    return np.asarray(a - b if op == "-" else a + b)
            out = add(a, negate(b) if op == "-" else b)
            if isinstance(out, np.ndarray) and out.size > SMALL:
                env.spend(out.size)
            env.scale = max(env.scale, largest(a), largest(b))
            return out
        case "*":
            columns = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape
            if columns and isinstance(left, Call) and left.name == "tuple":
                a = transpose(a)  # (1, 2) before a column is a row
            return product(env, a, b)
        case "mod":
            return remainder(array(a, "a remainder"), array(b, "a remainder"))
        case "dot" | "cross":
            return between_columns(env, op, a, b)
        case ".*":
            x, y = array(a, "an entrywise product"), array(b, "an entrywise product")
            if x.shape[-2:] != y.shape[-2:] and not is_scalar(x) and not is_scalar(y):
                raise IllTyped("entrywise product of different shapes")
            bounded(x.shape, y.shape)
            env.spend(max(x.size, y.size))
            return np.asarray(x * y)
        case ".^":
            return scalar_power(array(a, "a power"), array(b, "a power"))
        case "kron":
            x, y = array(a, "a Kronecker product"), array(b, "a Kronecker product")
            if x.ndim + y.ndim > 4 or x.size * y.size > 20_000:
                raise Unsupported("a Kronecker product of this size")
            env.spend(x.size * y.size)
            return np.kron(x, y)
    raise Unsupported(op)


def narrowing(env: Env, op: str, left: Node, right: Node, local: Local) -> Value:
    """A quotient or a power: what was large in it may not be in what comes out."""
    before, env.scale = env.scale, 0.0
    a = env.value(left, local)
    if op == "^":
        out = power(env, left, a, right, local)
        narrow(env, before, out, lambda nudge: power(env, left, nudged(a, nudge), right, local))
        return out
    b = env.value(right, local)
    if env.spread and isinstance(b, np.ndarray) and not is_scalar(b):
        return entrywise_quotient(a, b)
    least = NEAR_ZERO if any(map(is_sum_or_function, walk(right))) else 0.0
    out = quotient(a, b, least)
    narrow(
        env,
        before,
        out,
        lambda nudge: quotient(nudged(a, nudge), b, least),
        lambda nudge: quotient(a, nudged(b, nudge), least),
    )
    return out


def narrow(env: Env, before: float, out: Value, *elsewhere: Callable[[float], Value]) -> None:
    """Set the scale, by which differences are called rounding, after a function of what was computed since `before`.

    (10^9 + 1) / 10^9 is right to its ninth figure, though its terms are right to a unit or two: where what is inside is much
    larger than what comes out, as much counts as that moves when a term inside moves by its rounding. elsewhere: the value then.
    """
    inside, env.scale = env.scale, max(before, env.scale)
    if env.loose or inside <= COARSE * max(before, largest(out), TINY) or not is_number(out):
        return
    values = [then(NUDGE * inside) for then in elsewhere]
    moves = [largest(add(v, negate(out))) for v in values]
    if all(map(math.isfinite, moves)):
        env.scale = max(before, min(inside, max(moves) / NUDGE))


def is_number(v: Value) -> bool:
    return isinstance(v, np.ndarray) and v.size == 1 and not np.iscomplexobj(v)


def nudged(v: Value, by: float) -> Value:
    """A number a little further from 0."""
    return v + math.copysign(by, v.item()) if isinstance(v, np.ndarray) and is_number(v) else v


def product(env: Env, a: Value, b: Value) -> Value:
    out = multiply(a, b)
    if isinstance(out, np.ndarray) and out.size > SMALL:
        inner = a.shape[-1] if isinstance(a, np.ndarray) else 1
        env.spend(out.size * (1 + inner // 8))
    return out


def between_columns(env: Env, op: str, a: Value, b: Value) -> Value:
    r"""`a \cdot b`: the inner product of two columns, or of two rows, and of all else the product."""
    rows = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape[-2] == 1 < a.shape[-1] == b.shape[-1]
    if op == "dot" and rows and array(b).shape[-2] == 1:
        return product(env, a, transpose(b))
    columns = isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape[-1] == b.shape[-1] == 1
    if not columns or is_scalar(array(a)) or is_scalar(array(b)):
        return product(env, a, b)
    if op == "cross":
        x, y = array(a), array(b)
        if x.shape[-2] != 3 or y.shape[-2] != 3:
            raise Unsupported("a cross product")
        return np.asarray(np.cross(x[..., 0], y[..., 0])[..., None])
    return product(env, transpose(a), b)


def is_sum_or_function(node: Node) -> bool:
    """What may be 0 but for rounding: `1.6 \\cdot 10^{-19}` is not."""
    return not (isinstance(node, Num) or (isinstance(node, Un) and node.op == "-")
                or (isinstance(node, Bin) and node.op in ("*", "/", "^")))  # fmt: skip


def quotient(a: Value, b: Value, least: float = 1e-12) -> Value:
    """least: what is smaller counts as 0."""
    if isinstance(b, Zero):
        raise Undefined("a division by zero")
    below = array(b, "a division by")
    if not is_scalar(below):
        raise IllTyped("a division by a matrix")
    if abs(below.item()) <= least if below.size == 1 else (np.abs(below) <= least).any():
        raise Undefined("a division by zero")
    return multiply(a, np.asarray(1.0 / below))


def entrywise_quotient(a: Value, b: Array) -> Value:
    r"""`\frac{1}{1 + e^{-z}}` of a column, where everything is meant entry by entry."""
    above = array(a, "a quotient")
    if not is_scalar(above) and above.shape[-2:] != b.shape[-2:]:
        raise IllTyped("a division by a matrix")
    if (np.abs(b) < NEAR_ZERO).any():
        raise Undefined("a division by zero")
    bounded(above.shape, b.shape)
    return np.asarray(above / b)


def power(env: Env, base: Node, a: Value, exponent: Node, local: Local) -> Value:
    b = array(env.value(exponent, local), "a power")
    if not is_scalar(b):
        if base == Sym("e") and env.scope.find("e") is None:
            return UNARY["exp"](b)
        if isinstance(base, Sym | Sub):
            raise Unbound(f"{base.name}^...")
        raise IllTyped("a power that is a matrix")
    if isinstance(a, Eye):
        return Eye(scalar_power(a.coefficient, b))
    x = array(a, "a power")
    env.spend(x.size * (1 if is_scalar(x) else x.shape[-1]))
    if is_scalar(x):
        if b.size > 1:
            bounded(x.shape, b.shape)
        out = scalar_power(x, b)
    elif env.spread and b.size == 1 and x.shape[-1] != x.shape[-2]:  # (1 - a^2) in an entrywise product
        out = scalar_power(x, b)
    elif np.iscomplexobj(b) or b.size != 1:
        raise Unsupported("a derivative by an exponent")
    elif env.powers and x.shape[-1] != x.shape[-2]:  # 1 - h^2 in an entrywise product
        out = scalar_power(x, b)
    elif 1 in x.shape[-2:] and isinstance(base, Sym | Sub):
        raise IllTyped(POWER_OF_COLUMN)
    else:
        out = matrix_power(x, float(b.item()))
    return out
