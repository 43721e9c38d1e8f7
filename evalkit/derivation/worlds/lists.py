"""Lists `a_1, ..., a_k` with dots or a running index: sums, diagonals, and vectors and matrices made of them."""

from __future__ import annotations

import itertools
import math

import numpy as np

from evalkit.derivation.grammar.nodes import Big, Bin, Call, Dots, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.worlds import in_step, indices, subscripts, sums
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined
from evalkit.derivation.worlds.sums import MAX_TERMS
from evalkit.derivation.worlds.values import (
    IllTyped,
    Local,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    array,
    is_scalar,
    number,
)

TIMES = ("*", "dot", "cross")
SHOWN, NEAR = 3, 1e-9
"""Members that show a progression; how near to a whole number the count of all must be."""
RUNNING = "\\index"
"""The index of a list with dots, which has no name in the text."""


def generalise(first: Node, last: Node) -> tuple[Node, str, Node, Node] | None:
    """Two members of a list -> (term, index, first value, last value): the places where they differ become the index."""
    pairs: set[tuple[Node, Node]] = set()

    def same(a: Node, b: Node) -> bool:
        if a == b:
            return True
        if isinstance(a, Sub) and isinstance(b, Sub) and a.index and b.index and len(a.index) == len(b.index):
            if not same(a.base, b.base):
                return False
            for x, y in zip(a.index, b.index, strict=True):
                if x != y:
                    pairs.add((x, y))
            return True
        if type(a) is not type(b):
            return False
        if isinstance(a, Bin | Un) and isinstance(b, Bin | Un) and a.op != b.op:
            return False
        if isinstance(a, Sym | Num | Big):
            return False
        if hasattr(a, "name") and getattr(a, "name", "") != getattr(b, "name", "") and not isinstance(a, Sub):
            return False
        parts, others = children(a), children(b)
        return len(parts) == len(others) and all(same(p, q) for p, q in zip(parts, others, strict=True))

    if not same(first, last) or len(pairs) != 1:
        return None
    start, stop = next(iter(pairs))
    if not isinstance(start, Num):  # noqa: SIM102
        if not (isinstance(start, Bin) and start.op == "+"):
            return None
    return abstract(first, last), RUNNING, start, stop


def abstract(first: Node, last: Node) -> Node:
    """The first member with the running index in the subscripts where it differs from the last, and there alone:
    `a_1 b_1 + ... + a_n b_1` has b_1 in every term."""
    if first == last:
        return first
    if isinstance(first, Sub) and isinstance(last, Sub) and first.index != last.index:
        pairs = zip(first.index or (), last.index or (), strict=True)
        index = tuple(i if i == other else Sym(RUNNING) for i, other in pairs)
        if isinstance(first.base, Sym):
            return Sub(first.base, f"{first.base.name}_{RUNNING}", index)
        return Sub(abstract(first.base, last.base), "", index)
    parts = zip(children(first), children(last), strict=True)
    return rebuilt(first, [abstract(a, b) for a, b in parts])


def members(env: Env, first: Node, last: Node, local: Local) -> list[Value]:
    found = generalise(first, last)
    if found is None:
        raise Unsupported("a list with dots")
    term, name, start, stop = found
    low, high = env.integer(start, local), env.integer(stop, local)
    if high - low >= MAX_TERMS or high < low:
        raise Undefined("a list with dots of this length")
    return [env.value(term, {**local, name: number(float(i))}) for i in range(low, high + 1)]


def dotted_sum(env: Env, left: Node, last: Node, local: Local) -> Value:
    """`a_1 + a_2 + ... + a_k`, `1^2 + 2^2 + ... + n^2`."""
    shown: list[Node] = []
    while isinstance(left, Bin) and left.op == "+":
        shown.insert(0, left.right)
        left = left.left
    shown.insert(0, left)
    if (terms := in_step.filled(shown, last, MAX_TERMS)) is not None:
        return sums.combine(env, "sum", [env.value(term, local) for term in terms])
    if generalise(shown[0], last) is not None:
        return sums.combine(env, "sum", members(env, shown[0], last, local))
    try:
        return sums.combine(env, "sum", counted(env, shown, last, local))
    except Unsupported:
        return sums.combine(env, "sum", progression(env, shown, last, local))


def dotted_product(env: Env, left: Node, last: Node, local: Local) -> Value:
    r"""`n(n - 1)(n - 2) \cdots 1`, `2 \cdot 4 \cdot 6 \cdots 2n`."""
    shown: list[Node] = []
    while isinstance(left, Bin) and left.op in TIMES:
        shown.insert(0, left.right)
        left = left.left
    shown.insert(0, left)
    return sums.combine(env, "prod", progression(env, shown, last, local, steady=True))


def progression(env: Env, shown: list[Node], last: Node, local: Local, *, steady: bool = False) -> list[Value]:
    """The members of an arithmetic or a geometric progression of which three or more are written out before the dots; of an
    arithmetic one alone, and two of these if the last has no letter, if `steady`."""
    values = [array(env.value(node, local)) for node in (*shown, last)]
    if any(v.size != 1 or np.iscomplexobj(v) for v in values):
        raise Unsupported("a list with dots")
    *first, end = (float(v.item()) for v in values)
    lettered = any(isinstance(n, Sym | Sub) for n in walk(last))
    if len(first) < (SHOWN - 1 if steady and not lettered else SHOWN):
        raise Unsupported("a list with dots")
    step, factor = first[1] - first[0], first[1] / first[0] if first[0] else 0.0
    if steady and not lettered and not all(v.is_integer() for v in first):
        raise Unsupported("a list with dots")
    if np.allclose(np.diff(first), step) and step:
        count = (end - first[0]) / step
        found = [first[0] + step * i for i in range(whole_count(count, len(first)))]
    elif not steady and 0 < factor != 1 and end / first[0] > 0 and is_geometric(first, factor):
        count = float(np.log(end / first[0]) / np.log(factor))
        found = [first[0] * factor**i for i in range(whole_count(count, len(first)))]
    else:
        raise Unsupported("a list with dots")
    return [number(v) for v in found]


def is_geometric(members: list[float], factor: float) -> bool:
    return bool(np.allclose(members, [members[0] * factor**i for i in range(len(members))]))


def whole_count(last: float, shown: int) -> int:
    """How many members there are, if the last one is the so-and-so-many-th, counted from 0, and none of those shown comes behind it."""
    near = round(last)
    if abs(last - near) > NEAR * (1 + abs(last)):
        raise Unsupported("a list with dots")
    if not shown - 1 <= near < MAX_TERMS:
        raise Undefined("a list with dots of this length")
    return near + 1


def counted(env: Env, shown: list[Node], last: Node, local: Local) -> list[Value]:
    """The terms of a sum whose general term shows where the one before the dots and the last differ, in one place; every
    term that is written out must agree with it."""
    places = differences(shown[-1], last)
    if len(shown) < 2 or places is None or len(places) != 1:
        raise Unsupported("a list with dots")
    start, stop = next(iter(places))
    at, high = env.integer(start, local), env.integer(stop, local)
    low = at - len(shown) + 1
    if not low <= at < high + 2 or high - low >= MAX_TERMS:
        raise Undefined("a list with dots of this length")
    term = put_index(shown[-1], last)
    values = [env.value(term, {**local, RUNNING: number(float(i))}) for i in range(low, high + 1)]
    for node, value in zip(shown, values, strict=False):
        if not np.allclose(array(env.value(node, local)), array(value), rtol=1e-9):
            raise Unsupported("a list with dots")
    return values


def differences(a: Node, b: Node) -> set[tuple[Node, Node]] | None:
    """The places where two trees differ; a number against anything is one place. None: they have nothing in common."""
    if a == b:
        return set()
    if isinstance(a, Num):
        return {(a, b)}
    if (
        type(a) is not type(b)
        or isinstance(a, Sym | Sub)
        or (isinstance(a, Bin) and isinstance(b, Bin) and a.op != b.op)
    ):
        return None
    x, y = children(a), children(b)
    if not x or len(x) != len(y) or getattr(a, "name", "") != getattr(b, "name", ""):
        return None
    found = [differences(p, q) for p, q in zip(x, y, strict=True)]
    return None if None in found else set().union(*(f for f in found if f is not None))


def put_index(a: Node, b: Node) -> Node:
    """The first tree with the running index at the place where it differs from the second."""
    if a == b:
        return a
    if isinstance(a, Num):
        return Sym(RUNNING)
    if not isinstance(a, Bin | Un | Call):
        raise Unsupported("a list with dots")
    return rebuilt(a, [put_index(p, q) for p, q in zip(children(a), children(b), strict=True)])


def listed(env: Env, args: tuple[Node, ...], local: Local) -> Array:
    """The arguments of diag as a column: scalars, with dots, or one scalar with a free index."""
    if len(args) == 1:
        name = indices.loose_indices(env, args[0], local)[0]
        first, last = indices.index_range(env, args[0], name, local)
        values = [env.value(args[0], {**local, name: number(float(i))}) for i in range(first, last + 1)]
    else:
        values = spelled_out(env, args, local)
    columns = [array(v, "diag") for v in values]
    if any(not is_scalar(c) for c in columns):
        raise IllTyped("diag of matrices")
    return np.concatenate(np.broadcast_arrays(*columns), axis=-2)


def spelled_out(env: Env, args: tuple[Node, ...], local: Local) -> list[Value]:
    """The members of `a_1, ..., a_k`, one by one."""
    values: list[Value] = []
    at = 0
    while at < len(args):
        if isinstance(args[at], Dots):
            if at + 1 >= len(args) or at == 0:
                raise Unsupported("a list with dots")
            values = members(env, args[0], args[at + 1], local)
            at += 2
        else:
            values.append(env.value(args[at], local))
            at += 1
    return values


def joined(env: Env, name: str, args: tuple[Node, ...], local: Local) -> Array:
    """`[v_1, ..., v_k]` side by side (`hcat`), or rows one below another (`vcat`)."""
    axis = -1 if name == "hcat" else -2
    parts = [array(v, "a matrix with dots") for v in spelled_out(env, args, local)]
    other = {p.shape[-2 if axis == -1 else -1] for p in parts}
    if len(other) > 1:
        raise IllTyped("parts of a matrix do not fit")
    if sum(p.shape[axis] for p in parts) > MAX_TERMS:
        raise Unsupported("a matrix of this size")
    batch = np.broadcast_shapes(*(p.shape[:-2] for p in parts))
    return np.concatenate([np.broadcast_to(p, batch + p.shape[-2:]) for p in parts], axis=axis)


def whole(env: Env, key: str, local: Local) -> Value:
    """The column, or the matrix, whose entries a family gives. Raises Unbound where there is no such family."""
    entry = env.scope.entries.get(key)
    if not isinstance(entry, Defined) or not entry.index:
        raise Unbound(key)
    bound = {n: v for n, v in local.items() if n in env.closure(key) and n not in (entry.index, entry.second)}
    return env.with_bound(key, bound, lambda: stacked(env, key, entry, bound))


def stacked(env: Env, key: str, entry: Defined, local: Local) -> Value:
    """The same: `a` after `a_i = ...`, `A` after `A_{ij} = ...`."""
    ranges = [range(1, length(env, entry.body, name, local) + 1) for name in (entry.index, entry.second) if name]
    if math.prod(map(len, ranges)) > MAX_TERMS:
        raise Undefined("a vector of this length")
    parts = [
        array(subscripts.family_member(env, key, entry, tuple(Num(float(i)) for i in at), local), "an entry")
        for at in itertools.product(*ranges)
    ]
    if any(not is_scalar(p) for p in parts):
        raise Unsupported("a vector of matrices")
    column = np.concatenate(np.broadcast_arrays(*parts), axis=-2)
    return column.reshape(*column.shape[:-2], *map(len, ranges)) if entry.second else column


def length(env: Env, body: Node, index: str, local: Local) -> int:
    """How many values an index has, which must begin with 1."""
    low, high = indices.index_range(env, body, index, local)
    if not 1 <= high <= MAX_TERMS or low != 1:
        raise Undefined("a vector of this length")
    return high
