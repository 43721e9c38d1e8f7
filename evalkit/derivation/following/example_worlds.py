r"""The worlds of a worked example: sizes and values that a reply gives to names of the problem, all else computed from them.

What is free gets its value where else it would be drawn, so that derivatives are those of the general case, taken there.
A name that the problem derives may get a value as well: then it rests on nothing else. A number for a matrix or a column
makes its sizes 1, but for 0, which may be any. Not covered: values for single entries of what has none, for singular values
and for members of families.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.derivation.following.examples import axes
from evalkit.derivation.grammar.nodes import Block, Call, Node, Num, Un, is_zero
from evalkit.derivation.verdicts.judge import Attempt, Judge
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import GENERIC

ENOUGH = 2
"""Worlds in which an example is looked at: they differ in what it does not give."""
ALL: frozenset[str] = frozenset()


@dataclass
class Given:
    """What an example gives: sizes, values of names of the problem, entries of them, and letters of its own."""

    around: Judge
    sizes: dict[str, int] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)
    entries: dict[str, dict[int, float]] = field(default_factory=dict)
    own: dict[str, Entry] = field(default_factory=dict)
    built: dict[frozenset[str], Judge | None] = field(default_factory=dict)

    def copied(self) -> Given:
        """The same, which goes its own way."""
        entries = {n: dict(e) for n, e in self.entries.items()}
        return Given(self.around, dict(self.sizes), dict(self.values), entries, dict(self.own))

    def judge(self, released: frozenset[str] = ALL) -> Judge | None:
        """Who knows these values, but for those of some names; None where they do not fit together."""
        if released not in self.built:
            self.built[released] = self.build(released)
        return self.built[released]

    def build(self, released: frozenset[str]) -> Judge | None:
        """The same, made anew."""
        found = fitted(self.around, self.values, self.sizes)
        if found is None:
            return None
        sizes, arrays = found
        judge = self.around.branch()
        judge.forget()
        worlds = judge.worlds[:ENOUGH]
        judge.worlds = [
            replace(w, sizes={**w.sizes, **sizes}, drawn={}, spent=[0], worked=[0]) for w in worlds
        ]  # fmt: skip
        judge.changed()
        judge.define({n: e for n, e in self.own.items() if n not in released})
        kept = {n: a for n, a in arrays.items() if n not in released}
        scope = judge.scope_of(GENERIC)
        derived = {n: a for n, a in kept.items() if not isinstance(scope.entries.get(n), Drawn)}
        judge.define({n: Drawn(tuple(Num(float(s)) for s in shape_of(a)), ALL, None, "problem") for n, a in derived.items()})
        scope = judge.scope_of(GENERIC)
        for env in judge.envs(GENERIC):
            for name, value in kept.items():
                entry = scope.entries[name]
                assert isinstance(entry, Drawn)  # noqa: S101 - it was defined so
                whole = value if value.any() or name in derived else zeros(env, entry)
                if whole is None:
                    return None
                for at, number in self.entries.get(name, {}).items():
                    if at > whole.size:
                        return None
                    whole = whole.copy()
                    whole.reshape(-1)[at - 1] = number
                env.world.drawn[(name, entry)] = whole
        judge.changed()
        return judge


def shape_of(value: Array) -> tuple[int, ...]:
    """As a problem declares it: nothing for a number, one size for a column."""
    rows, columns = value.shape
    return (rows, columns) if columns > 1 else (rows,) if rows > 1 else ()


def zeros(env: Env, entry: Drawn) -> Array | None:
    """Nothing, of the shape that it has in this world."""
    try:
        rows, columns = (*(env.size(n) for n in entry.shape), 1, 1)[:2]
    except (Trouble, ValueError):
        return None
    return np.zeros((rows, columns))


def fitted(
    around: Judge, values: Mapping[str, Node], given: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, Array]] | None:
    """The sizes that these values tell, and the values, a list as a column where it must be one; None where they do not fit."""
    sizes, arrays = dict(given), {}
    found = {n: value_in(around.general, v) for n, v in values.items()}
    for name, value in sorted(found.items(), key=lambda item: item[1] is None or item[1].size == 1):
        if value is None:
            return None
        wanted = axes(around, name)
        if value.size == 1 and not value.any():
            arrays[name] = value
            continue
        ways = (value, value.T) if min(value.shape) == 1 and not isinstance(values[name], Un) else (value,)
        for way in ways:
            told = sizes_told(wanted, way.shape, sizes)
            if told is not None:
                sizes |= told
                arrays[name] = way
                break
        else:
            return None
    return sizes, arrays


def sizes_told(
    wanted: tuple[str | int | None, str | int | None], shape: tuple[int, ...], sizes: Mapping[str, int]
) -> dict[str, int] | None:
    """Which sizes the letters must have; None where they have others."""
    out: dict[str, int] = {}
    for axis, have in zip(wanted, shape, strict=True):
        if axis is None:
            continue
        size = axis if isinstance(axis, int) else out.get(axis, sizes.get(axis))
        if size is not None and size != have:
            return None
        if isinstance(axis, str):
            out[axis] = have
    return out


def value_in(env: Env, node: Node) -> Array | None:
    """The value of an expression in one world; None where it has none."""
    if (shape := shape_of_zeros(node)) is not None:
        return np.zeros(shape)
    try:
        with np.errstate(all="ignore"):
            env.begin()
            value = array(env.value(node, {}))
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None
    return value if value.ndim == 2 and value.dtype.kind != "c" and np.isfinite(value).all() else None


def shape_of_zeros(node: Node) -> tuple[int, int] | None:
    """Rows and columns of brackets with nothing but 0 in them, whose value has no shape."""
    match node:
        case Un("T", x):
            shape = shape_of_zeros(x)
            return None if shape is None else shape[::-1]
        case Block(rows) if all(is_zero(c) for row in rows for c in row):
            return len(rows), len(rows[0])
        case Call("tuple", args) if all(map(is_zero, args)):
            return len(args), 1
    return None


def tried(judge: Judge, left: Node, right: Node) -> Attempt:
    """What becomes of an equation there."""
    with np.errstate(all="ignore"):
        return judge.attempt(GENERIC, left, right, judge.moved(GENERIC, left, right))


def leaves(judge: Judge, *nodes: Node) -> set[str]:
    """The free names on which expressions rest."""
    env = judge.general
    names = {n for node in nodes for n in env.depends(node)}
    return {n for n in names if isinstance(env.scope.entries.get(n), Drawn)}


def own_names(judge: Judge, names: set[str] | frozenset[str]) -> set[str]:
    """Those to which the reply gave a meaning."""
    return {n for n in names if isinstance(e := judge.own.get(n), Defined | Drawn) and getattr(e, "source", "") == "reply"}
