"""What a subscript means: a member of a family, an entry, a range of columns, the size of an identity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Slice, Sub, Sym
from evalkit.derivation.worlds import draw
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.factors import factor_value
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Factor, Family
from evalkit.derivation.worlds.values import (
    ZERO,
    Local,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    array,
    is_scalar,
    number,
)


def subscripted(env: Env, node: Sub, local: Local) -> Value:
    if node.name:
        value = env.lookup(node.name, local)
        if value is not None:
            return value
    if node.index is None:
        raise Unbound(node.name)
    base = node.base
    if node.name and isinstance(base, Sym | Sub) and base.name:
        value = special_base(env, base.name, node.index, local)
        if value is not None:
            return value
    elif isinstance(base, Num) and base.value == 0:
        return np.zeros(size_pair(env, node.index, local))
    elif isinstance(base, Num) and base.value == 1 and all(is_size(env, n) for n in node.index):
        return np.ones(size_pair(env, node.index, local))  # 1_N
    try:
        whole = array(env.value(base, local), "an entry")
    except Unbound:
        raise Unbound(node.name) from None
    return entry(env, node, whole, local)


def is_size(env: Env, node: Node) -> bool:
    found = env.scope.find(node.name) if isinstance(node, Sym) else None
    return found is not None and isinstance(found[1], Dimension)


def size_pair(env: Env, index: tuple[Node, ...], local: Local) -> tuple[int, int]:
    sizes = [env.integer(n, local) for n in index]
    if len(sizes) == 1:
        sizes.append(1)
    if not all(0 <= s <= draw.MAX_SIDE for s in sizes):
        raise Undefined("a matrix of this size")
    return sizes[0], sizes[1]


def special_base(env: Env, base: str, index: tuple[Node, ...], local: Local) -> Value | None:
    """Families `x_i`, identities `I_k`, ones `1_n`."""
    found = env.scope.family(base)
    moved = local.get(base)
    if found is not None and isinstance(found[1], Defined) and isinstance(moved, np.ndarray) and not is_scalar(moved):
        at = [env.integer(i, local) for i in index]  # a derivative moves the members
        if len(at) == (2 if found[1].second else 1):
            return pick(moved, (at[0], at[1] if found[1].second else 1))
    if found is not None:
        return family_member(env, found[0], found[1], index, local)
    if base == "I" and env.scope.find("I") is None:
        return np.eye(size_pair(env, index[:1], local)[0])
    if base == "\\delta" and len(index) == 2:
        return number(1.0) if env.integer(index[0], local) == env.integer(index[1], local) else ZERO
    if base == "\\mathbf 1":
        return np.ones(size_pair(env, index, local))
    return None


def family_member(env: Env, key: str, entry: object, index: tuple[Node, ...], local: Local) -> Value:
    """`x_i` of a family; `x_{:k}` and `x_{ij}` are not members."""
    if isinstance(entry, Defined) and entry.index and len(index) == (2 if entry.second else 1):
        inner = {k: v for k, v in local.items() if k in env.closure(key)}
        letters = (entry.index, entry.second) if entry.second else (entry.index,)
        there = {**inner, **{n: number(float(env.integer(i, local))) for n, i in zip(letters, index, strict=True)}}
        return env.with_bound(key, there, lambda: env.guarded(entry.body, there))
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
    if len(index) == 2 and entry.kind == "columns":  # or the entry of a matrix x: `folded_names`
        return pick(pick_member(whole, entry.kind, at), (env.integer(index[1], local), 1))
    if len(index) == 2 and (entry.kind == "diagonal" or (entry.kind == "entries" and min(whole.shape[-2:]) > 1)):
        return pick(whole, (at, env.integer(index[1], local)))
    if len(index) != 1:
        raise Unsupported("a family with two indices")
    return pick_member(whole, entry.kind, at)


def is_thin(env: Env, of: Node) -> bool:
    found = env.scope.find(of.name) if isinstance(of, Sym) else None
    return found is not None and isinstance(found[1], Factor) and found[1].kind == "thin svd" and found[1].part == 1


def pick_member(whole: Array, kind: str, at: int) -> Array:
    columns = whole.shape[-1]
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
        raise Unbound(node.name or (f"{node.base.name}_" if isinstance(node.base, Call) else ""))
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
    if isinstance(factor, Factor) and isinstance(index[0], Bin) and index[0].op == "-":
        return trailing(env, factor, whole, (index[0].left, index[0].right), local)
    count = env.integer(index[0], local)
    if not 1 <= count <= columns:
        raise Undefined(f"{node.name} has too many columns")
    return whole[..., :count, :count] if is_middle(factor) else whole[..., :, :count]


def trailing(env: Env, factor: Factor, whole: Array, sizes: tuple[Node, Node], local: Local) -> Value:
    """`U_{m-k}`, `\\Sigma_{m-k}`, `V_{n-k}` beside `U_k`: what the first k columns (and rows) leave of the factor, where m is
    the number of its columns, or else of those of the full decomposition."""
    total, first = (env.integer(size, local) for size in sizes)
    if total not in whole.shape[-2:] if is_middle(factor) else total != whole.shape[-1]:
        whole = array(factor_value(env, "", replace(factor, kind="full svd", shape=None)))
        if total not in whole.shape:
            raise Undefined("a block of this size")
    if not 1 <= first < total:
        raise Undefined("an index out of range")
    return whole[..., first:, first:] if is_middle(factor) else whole[..., :, first:]


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
