"""The factors of decompositions: their values, or independent random ones where decompositions are opaque."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from evalkit.derivation.grammar.nodes import Node, Sub, Sym
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.worlds import draw
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Factor
from evalkit.derivation.worlds.values import Undefined, Unsupported, Value, array


def factor_value(env: Env, name: str, entry: Factor) -> Value:
    """U, S or V of a singular value decomposition; vectors or values of an eigendecomposition."""
    parts = decompose(env, entry)
    out = parts[entry.part]
    if entry.shape is not None:
        rows, columns = (env.integer(n, {}) for n in entry.shape)
        if rows > out.shape[0] or columns > out.shape[1] or (entry.part != 1 and rows != out.shape[0]):
            raise Undefined(f"{name} of this shape")
        out = out[:rows, :columns]
    if entry.turned:
        out = out * np.where(np.isin(np.arange(out.shape[1]), list(entry.turned)), -1.0, 1.0)
    if env.mode == "plain":
        return out
    return opaque_factor(env, entry, out)


def opaque_factor(env: Env, entry: Factor, real: Array) -> Array:
    """Independent of the matrix, yet the same for every name of this factor, thin or full."""
    shape = real.shape
    kind = kind_of(entry)
    kinds = frozenset({"diagonal"} if entry.part == 1 else set())
    most = max(*shape, *env.world.sizes.values())
    whole = draw.opaque(f"{env.world.seed}{kind}{entry.part}{pretty(resolve(env, entry.of))}", (most, most), kinds)
    out = np.asarray(whole[: shape[0], : shape[1]])
    return out * (real != 0) if entry.part == 1 else out


def kind_of(entry: Factor) -> str:
    """`svd`, thin or full, or `eigen`."""
    return "svd" if "svd" in entry.kind else entry.kind


def resolve(env: Env, node: Node) -> Node:
    """A name without its aliases."""
    found = env.scope.find(node.name) if isinstance(node, Sym | Sub) and node.name else None
    return Sym(found[0]) if found is not None else node


def decompose(env: Env, entry: Factor) -> tuple[Array, ...]:
    key = (entry.of, entry.kind if entry.shape is None else "full svd" if "svd" in entry.kind else "eigen")
    if key not in env.factors:
        a = array(env.guarded(entry.of, {}), "a decomposition")
        if np.iscomplexobj(a) or a.ndim != 2:
            raise Unsupported("a derivative through a decomposition")
        if key[1] == "eigen":
            if a.shape[0] != a.shape[1] or not np.allclose(a, a.T, atol=1e-9 * (1 + np.abs(a).max())):
                raise Undefined("eigenvectors of a matrix that is not symmetric")
            values, vectors = np.linalg.eigh(a)
            env.factors[key] = (vectors[:, ::-1], np.diag(values[::-1]))
        else:
            env.factors[key] = singular(a.tobytes(), a.dtype.char, a.shape, key[1] == "full svd")
    return env.factors[key]


@lru_cache(maxsize=64)
def singular(data: bytes, kind: str, shape: tuple[int, int], full: bool) -> tuple[Array, ...]:
    """U, S and V of a matrix, kept because every reply decomposes the same data; not to be written to."""
    left, values, right = np.linalg.svd(np.frombuffer(data, kind).reshape(shape), full_matrices=full)
    middle = np.zeros(shape) if full else np.diag(values)
    if full:
        np.fill_diagonal(middle, values)
    for part in (left, middle, right):
        part.flags.writeable = False
    return left, middle, right.T
