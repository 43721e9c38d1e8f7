"""Which columns of the factors of a decomposition may have the other sign, and which may be any basis of a space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following.numbers import same_line
from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.factors import decompose, kind_of
from evalkit.derivation.worlds.scope import Factor
from evalkit.derivation.worlds.values import Local, Trouble, Value

MAX_SIDE = 8
NEAR, SAME = 0.06, 1e-9
"""How far a rounded value may be off, relative to the largest entry; and an exact one."""
Cell = frozenset[tuple[str, int]]
"""Columns of factors that turn together, each by the name of its factor and its number."""


class Turning:
    """The columns that may turn in one world."""

    def __init__(self, env: Env, factors: Mapping[str, Factor]) -> None:
        self.env = env
        wholes = {(e.of, kind_of(e)) for e in factors.values()}
        entries = env.scope.entries.items()
        self.factors = {
            n: e for n, e in entries if isinstance(e, Factor) and e.part != 1 and (e.of, kind_of(e)) in wholes
        }
        self.values: dict[str, Array] = {}
        for name in self.factors:
            value = evaluated(env, name, {})
            if value is not None and max(value.shape) <= MAX_SIDE:
                self.values[name] = value
        self.known = factors.keys() <= self.values.keys()
        self.loose: dict[str, list[list[int]]] = {}
        """By the name of a factor: the columns of the whole one that belong to one value."""
        groups: dict[tuple[object, ...], set[tuple[str, int]]] = {}
        for name, value in self.values.items():
            self.sort(name, self.factors[name], value.shape[1], groups)
        self.cells = [frozenset(g) for g in groups.values()]

    def whole(self, entry: Factor) -> tuple[Array, ...]:
        """All factors of the full decomposition."""
        kind = "full svd" if kind_of(entry) == "svd" else entry.kind
        return decompose(self.env, replace(entry, shape=None, kind=kind))

    def sort(
        self, name: str, entry: Factor, count: int, groups: dict[tuple[object, ...], set[tuple[str, int]]]
    ) -> None:
        """Which columns of a factor turn, and with which others."""
        parts = self.whole(entry)
        middle, side = np.diag(parts[1]), len(parts[entry.part])
        levels = (
            np.concatenate([middle, np.zeros(max(0, side - len(middle)))])[:side] if kind_of(entry) == "svd" else middle
        )
        size = SAME * max(1.0, float(np.abs(middle).max(initial=0.0)))
        for i in range(count):
            same = [j for j in range(len(levels)) if abs(levels[j] - levels[i]) <= size]
            if len(same) > 1:
                known = self.loose.setdefault(name, [])
                known += [same] if same not in known else []
                continue
            alone = entry.part if kind_of(entry) == "svd" and abs(levels[i]) <= size else -1
            groups.setdefault((entry.of, kind_of(entry), i, alone), set()).add((name, i))

    def turned(self, cell: Cell) -> dict[str, Value]:
        """The factors with these columns turned."""
        out: dict[str, Value] = {}
        for name in {n for n, _ in cell}:
            signs = np.ones(self.values[name].shape[1])
            signs[[i for n, i in cell if n == name]] = -1.0
            out[name] = self.values[name] * signs
        return out

    def mixed(self) -> dict[str, Value]:
        """The factors with another basis for the vectors of every value that comes twice."""
        out: dict[str, Value] = {}
        for name, groups in self.loose.items():
            value = self.values[name].copy()
            whole = self.whole(self.factors[name])[self.factors[name].part]
            for columns in groups:
                kept = [i for i in columns if i < value.shape[1]]
                side = len(columns)
                basis = np.linalg.qr(generator("another basis", side).normal(size=(side, side)))[0]
                value[:, kept] = (whole[:, columns] @ basis)[:, : len(kept)]
            out[name] = value
        return out

    def entries(self, cell: Cell) -> dict[str, Factor]:
        """The same factors with the signs that these columns then have."""
        out = {}
        for name in sorted({n for n, _ in cell}):
            entry = self.factors[name]
            out[name] = replace(entry, turned=entry.turned ^ frozenset(i for n, i in cell if n == name))
        return out

    def is_basis(self, wanted: Array, node: Node, part: Factor | None) -> bool:
        """Whether columns are of length 1, at right angles, and each in the space of the vector that it stands for."""
        gram = wanted.T @ wanted
        if not is_near(gram, np.eye(len(gram))) or part is None:
            return False
        name = next((n for n, e in self.factors.items() if e == part), "")
        whole = self.whole(part)[part.part]
        own = self.values.get(name)
        if own is None or len(whole) != len(wanted):
            return False
        have = evaluated(self.env, node, {})
        for a, b in zip(wanted.T, have.T if have is not None else (), strict=False):
            groups = [g for g in self.loose.get(name, []) if any(same_line(whole[:, i], b) for i in g)]
            space = whole[:, groups[0]] if groups else b[:, None]
            if not is_near(space @ (space.T @ a), a):
                return False
        return True


def evaluated(env: Env, what: Node | str, local: Local) -> Array | None:
    """A value in real numbers, of a tree or of a name. It is only tried: it counts as no work of the reply."""
    env.world.deadline.look()
    before = env.scale, env.steps, env.work, env.loose
    env.steps = env.work = 0
    try:
        value = env.symbol(what, local) if isinstance(what, str) else env.value(what, local)
    except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
        return None
    finally:
        env.scale, env.steps, env.work, env.loose = before
    if not isinstance(value, np.ndarray) or value.ndim != 2 or np.iscomplexobj(value):
        return None
    return value if np.isfinite(value).all() else None


def hangs_on(env: Env, node: Node, value: Array, local: Local) -> bool:
    """Whether a side has another value where the vectors are others."""
    other = evaluated(env, node, local)
    return other is None or other.shape != value.shape or not bool(np.allclose(other, value, rtol=SAME, atol=SAME))


def is_near(a: Array, b: Array) -> bool:
    size = float(np.abs(a).max(initial=0.0))
    return a.shape == b.shape and bool((np.abs(a - b) <= NEAR * max(size, SAME)).all())


def are_near(pair: Sequence[Array | None]) -> bool:
    a, b = pair
    return a is not None and b is not None and is_near(a, b)
