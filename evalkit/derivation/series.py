"""Indices: families, entries, sums, products, integrals and lists with dots."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from evalkit.derivation.draw import Array
from evalkit.derivation.functions import extreme
from evalkit.derivation.nodes import (
    Big,
    Bin,
    Block,
    Call,
    Diff,
    Dots,
    Node,
    Num,
    Slice,
    Sub,
    Sym,
    Un,
    children,
    substitute_index,
    walk,
)
from evalkit.derivation.scope import (
    Defined,
    Dimension,
    Drawn,
    Factor,
    Family,
    Index,
    family_key,
    is_spectrum,
    subscripts_in,
)
from evalkit.derivation.values import (
    ZERO,
    IllTyped,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    add,
    array,
    is_scalar,
    multiply,
    number,
)

if TYPE_CHECKING:
    from evalkit.derivation.evaluate import Env, Local

MAX_TERMS = 2000


# ------------------------------------------------------------ members
def family_member(env: Env, key: str, entry: object, index: tuple[Node, ...], local: Local) -> Value:
    """`x_i` of a family; `x_{:k}` and `x_{ij}` are not members."""
    if isinstance(entry, Defined) and entry.index and len(index) == 1:
        at = env.integer(index[0], local)
        inner = {k: v for k, v in local.items() if k in env.closure(key)}
        return env.guarded(entry.body, {**inner, entry.index: number(float(at))})
    if not isinstance(entry, Family):
        raise Unbound(key)
    whole = array(env.value(entry.of, local), "a family")
    at = env.integer(index[0], local)
    if (
        entry.kind == "diagonal"
        and len(index) == 1
        and is_thin(env, entry.of)
        and min(whole.shape) < at <= max(env.world.sizes.values())
    ):
        return number(0.0)  # singular values beyond the rank
    if len(index) == 2 and entry.kind == "rows":  # x_{ij}: of columns it could be the entry of either
        return pick(pick_member(whole, entry.kind, at), (env.integer(index[1], local), 1))
    if len(index) != 1:
        raise Unsupported("a family with two indices")
    return pick_member(whole, entry.kind, at)


def stacked(env: Env, key: str, entry: Defined, local: Local) -> Value:
    """The vector whose entries a family gives: `a` after `a_i = ...`."""
    assert entry.index is not None  # noqa: S101 - the caller has seen to it
    low, high = index_range(env, entry.body, entry.index, local)
    if not 1 <= high - low + 1 <= MAX_TERMS or low != 1:
        raise Undefined("a vector of this length")
    parts = [array(family_member(env, key, entry, (Num(float(i)),), local), "an entry") for i in range(low, high + 1)]
    if any(not is_scalar(p) for p in parts):
        raise Unsupported("a vector of matrices")
    return np.concatenate(np.broadcast_arrays(*parts), axis=-2)


def is_thin(env: Env, of: Node) -> bool:
    found = env.scope.find(of.name) if isinstance(of, Sym) else None
    return found is not None and isinstance(found[1], Factor) and found[1].kind == "thin svd" and found[1].part == 1


def pick_member(whole: Array, kind: str, at: int) -> Array:
    rows, columns = whole.shape[-2:]  # noqa: RUF059
    count = family_length(whole, kind)
    if not 1 <= at <= count:
        raise Undefined("an index out of range")
    match kind:
        case "columns":
            return np.asarray(whole[..., :, at - 1 : at])
        case "rows":
            return np.asarray(np.swapaxes(whole[..., at - 1 : at, :], -1, -2))
        case "diagonal":
            return np.asarray(whole[..., at - 1 : at, at - 1 : at])
    return np.asarray(whole[..., at - 1 : at, :]) if columns == 1 else np.asarray(whole[..., :, at - 1 : at])


def family_length(whole: Array, kind: str) -> int:
    rows, columns = whole.shape[-2:]
    return {"columns": columns, "rows": rows, "diagonal": min(rows, columns)}.get(kind, max(rows, columns))  # type: ignore[no-any-return]


def pick(a: Array, at: tuple[int, int]) -> Array:
    i, j = at
    if not (1 <= i <= a.shape[-2] and 1 <= j <= a.shape[-1]):
        raise Undefined("an index out of range")
    return np.asarray(a[..., i - 1 : i, j - 1 : j])


def entry(env: Env, node: Sub, whole: Array, local: Local) -> Value:
    """`A_{ij}`, `A_{i,:}`, `x_i`, and of the factors of a decomposition `U_k`, `S_k`, `U_{:k}`, `U_J`."""
    index = node.index or ()
    rows, columns = whole.shape[-2:]
    name = node.base.name if isinstance(node.base, Sym | Sub) else ""
    if is_scalar(whole):
        raise Unbound(node.name)
    if len(index) == 2:
        if isinstance(index[0], Slice) or isinstance(index[1], Slice):
            return whole[..., cut(env, index[0], rows, local), cut(env, index[1], columns, local)]
        return pick(whole, (env.integer(index[0], local), env.integer(index[1], local)))
    if len(index) != 1:
        raise Unbound(node.name)
    found = env.scope.find(name)
    factor = found[1] if found is not None else None
    if columns == 1 and not isinstance(index[0], Slice):
        return pick(whole, (env.integer(index[0], local), 1))
    if not isinstance(factor, Factor | Drawn) or (isinstance(factor, Drawn) and "orthogonal" not in factor.kinds):
        raise Unbound(node.name)
    chosen = subset(env, index[0], local)
    if chosen is not None:
        if max(chosen) > columns:
            raise Undefined("an index out of range")
        at = [c - 1 for c in chosen]
        return whole[np.ix_(at, at)] if is_middle(factor) else whole[..., :, at]
    if isinstance(index[0], Slice):
        piece = cut(env, index[0], columns, local)
        return whole[..., piece, piece] if is_middle(factor) else whole[..., :, piece]
    if isinstance(index[0], Num) or (isinstance(index[0], Sym) and index[0].name in local):
        raise Unbound(node.name)
    count = env.integer(index[0], local)
    if not 1 <= count <= columns:
        raise Undefined(f"{node.name} has too many columns")
    return whole[..., :count, :count] if is_middle(factor) else whole[..., :, :count]


def is_middle(factor: object) -> bool:
    return isinstance(factor, Factor) and factor.part == 1


def subset(env: Env, node: Node, local: Local) -> list[int] | None:
    found = env.scope.find(node.name) if isinstance(node, Sym) else None
    if found is None or not isinstance(found[1], Drawn) or found[1].subset is None:
        return None
    value = env.lookup(found[0], local)
    return [round(x) for x in array(value).reshape(-1).tolist()] if value is not None else None


def cut(env: Env, node: Node, length: int, local: Local) -> slice:
    """`1:k`, `:`, `k` as a slice, counted from one."""
    if not isinstance(node, Slice):
        at = env.integer(node, local)
        if not 1 <= at <= length:
            raise Undefined("an index out of range")
        return slice(at - 1, at)
    low = env.integer(node.low, local) if node.low else 1
    high = env.integer(node.high, local) if node.high else length
    if not (1 <= low <= high + 1 and high <= length):
        raise Undefined("an index out of range")
    return slice(low - 1, high)


# ------------------------------------------------------------ ranges of indices
def loose_indices(env: Env, node: Node, local: Local) -> list[str]:
    """Index names of subscripts that nothing binds, in the order of their first use."""
    out: list[str] = []
    for whole, letter in subscripts_in(node):
        if letter not in out and is_loose(env, letter, local) and not (whole and env.scope.find(whole)):
            out.append(letter)
    return out


def is_loose(env: Env, name: str, local: Local) -> bool:
    if name in local or (not name[:1].islower() and name[:1] != "\\"):
        return False
    found = env.scope.find(name)
    return found is None or isinstance(found[1], Index)


def loose_index(env: Env, node: Node, local: Local) -> bool:
    return bool(loose_indices(env, node, local))


def index_range(env: Env, node: Node, name: str, local: Local) -> tuple[int, int]:
    """First and last value that an index can take in every subscript where it stands."""
    last: int | None = None
    for n in walk(node):
        if is_spectrum(n) and n.args[0] == Sym(name):
            length = min(array(env.value(n.args[1], {}), "a spectrum").shape[-2:])
            last = length if last is None else min(last, length)
        if not isinstance(n, Sub) or n.index is None or n.base == Sym("\\delta"):
            continue
        for position, i in enumerate(n.index):
            if i == Sym(name):
                length = axis_length(env, n, position, local)
                last = length if last is None else min(last, length) if length else last
    if not last:
        raise Unsupported(f"the range of {name}")
    return 1, last


def axis_length(env: Env, node: Sub, position: int, local: Local) -> int:
    base = node.base.name if isinstance(node.base, Sym | Sub) else ""
    found = env.scope.find(family_key(base + "_")) if base else None
    if found is not None:
        entry_ = found[1]
        if isinstance(entry_, Family):
            whole = array(env.value(entry_.of, {}), "a family")
            if position == 1:
                return whole.shape[-2] if entry_.kind == "columns" else whole.shape[-1]  # type: ignore[no-any-return]
            return family_length(whole, entry_.kind)
        if isinstance(entry_, Defined) and entry_.index:
            return index_range(env, entry_.body, entry_.index, {})[1]
    if len(env.depends(node.base)) == 0 and base:
        raise Unbound(node.name)
    try:
        whole = array(env.value(node.base, {k: v for k, v in local.items()}), "an entry")  # noqa: C416
    except Unbound:
        raise Unbound(node.name or base) from None
    return whole.shape[-2] if position == 0 else whole.shape[-1]  # type: ignore[no-any-return]


# ------------------------------------------------------------ sums and friends
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
        first, last = index_range(env, node.body, name, local)
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
    try:
        value = array(env.value(node.body, {**local, name: index}), "a series")
    except (Unsupported, Undefined):
        return None
    return value[:, 0] if value.shape == index.shape and not np.iscomplexobj(value) else None


def integral(env: Env, node: Big, local: Local) -> Value:
    """Gauss-Legendre quadrature of two orders; they must agree."""
    low, high = (array(env.value(n, local)) for n in (node.low, node.high) if n is not None)
    if low.size != 1 or high.size != 1 or np.iscomplexobj(low) or np.iscomplexobj(high):
        raise Unsupported("a derivative by a limit of an integral")
    rough, fine = (quadrature(env, node, local, low.item(), high.item(), order) for order in (80, 120))
    if not np.allclose(rough, fine, rtol=1e-9, atol=1e-11):
        raise Unsupported("an integral that is hard to compute")
    return fine


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
    values = array(env.value(node.body, {**local, node.index[0]: x[:, None, None]}), "an integral")
    values = np.broadcast_to(values, (order, *values.shape[-2:]))
    out = (values * w[:, None, None]).sum(axis=0)
    if not np.isfinite(out).all():
        raise Unsupported("an integral that is hard to compute")
    return np.asarray(out)


# ------------------------------------------------------------ dots
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
        x, y = children(a), children(b)  # type: ignore[assignment]
        return len(x) == len(y) and all(same(p, q) for p, q in zip(x, y, strict=True))  # type: ignore[arg-type,call-overload]

    if not same(first, last) or len(pairs) != 1:
        return None
    start, stop = next(iter(pairs))
    if not isinstance(start, Num):  # noqa: SIM102
        if not (isinstance(start, Bin) and start.op == "+"):
            return None
    return abstract(first, start), "\\index", start, stop


def abstract(node: Node, start: Node) -> Node:
    """Replace the index `start` in every subscript by the running index."""

    def go(n: Node) -> Node:
        return abstract(n, start)

    match node:
        case Sub(base, _, index) if index is not None and start in index:
            return Sub(go(base), "", tuple(Sym("\\index") if i == start else i for i in index)) if not isinstance(base, Sym) else Sub(
                base, f"{base.name}_\\index", tuple(Sym("\\index") if i == start else i for i in index))  # fmt: skip
        case Un(op, x):
            return Un(op, go(x))
        case Diff(x):
            return Diff(go(x))
        case Bin(op, left, right):
            return Bin(op, go(left), go(right))
        case Call(name, args):
            return Call(name, tuple(go(a) for a in args))
        case Block(rows):
            return Block(tuple(tuple(go(n) for n in row) for row in rows))
    return node


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
    if generalise(shown[0], last) is not None:
        return combine(env, "sum", members(env, shown[0], last, local))
    return combine(env, "sum", counted(env, shown, last, local))


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
    values = [env.value(term, {**local, "\\index": number(float(i))}) for i in range(low, high + 1)]
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
    match a, b:
        case Bin(op, left, right), Bin(_, other, another):
            return Bin(op, put_index(left, other), put_index(right, another))
        case Un(op, x), Un(_, y):
            return Un(op, put_index(x, y))
        case Call(name, args), Call(_, others):
            return Call(name, tuple(put_index(p, q) for p, q in zip(args, others, strict=True)))
        case Num(), _:
            return Sym("\\index")
    raise Unsupported("a list with dots")


def listed(env: Env, args: tuple[Node, ...], local: Local) -> Array:
    """The arguments of diag as a column: scalars, with dots, or one scalar with a free index."""
    if len(args) == 1:
        name = loose_indices(env, args[0], local)[0]
        first, last = index_range(env, args[0], name, local)
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


__all__ = ["big", "dotted_sum", "entry", "family_member", "joined", "listed", "loose_indices", "substitute_index"]
