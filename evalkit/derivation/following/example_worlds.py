r"""The worlds of a worked example: sizes and values that a reply gives to names of the problem, all else computed from them.

What is free gets its value where else it would be drawn, so that derivatives are those of the general case, taken there.
A name that the problem derives may get a value as well: then it rests on nothing else. A number for a matrix or a column
makes its sizes 1, but for 0, which may be any. Not covered: values for single entries of what has none, for singular values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.examples import axes
from evalkit.derivation.grammar.nodes import Bin, Block, Call, Node, Num, Sub, Sym, Un, children, is_zero
from evalkit.derivation.verdicts.judge import Attempt, Judge
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import GENERIC

ENOUGH = 2
"""Worlds in which an example is looked at: they differ in what it does not give."""
LACK = "@lack"
ALL: frozenset[str] = frozenset()


@dataclass
class Given:
    """What an example gives: sizes, values of names of the problem, entries of them, and letters of its own."""

    around: Judge
    sizes: dict[str, int] = field(default_factory=dict)
    values: dict[str, Node] = field(default_factory=dict)
    entries: dict[str, dict[int, float]] = field(default_factory=dict)
    own: dict[str, Entry] = field(default_factory=dict)
    members: dict[str, dict[int, Node]] = field(default_factory=dict)
    """Rows, columns or entries that were given one by one, by the name that they make."""
    built: dict[tuple[frozenset[str], bool], Judge | None] = field(default_factory=dict)

    def copied(self) -> Given:
        """The same, which goes its own way."""
        entries = {n: dict(e) for n, e in self.entries.items()}
        members = {n: dict(m) for n, m in self.members.items()}
        return Given(self.around, dict(self.sizes), dict(self.values), entries, dict(self.own), members)

    def length(self, size: str) -> int | None:
        """How large a size is by what is given; None where that is not told."""
        found = fitted(self.around, self.values, self.sizes)
        return found[0].get(size) if found is not None else None

    def judge(self, released: frozenset[str] = ALL, *, through: bool = False) -> Judge | None:
        """Who knows these values, but for those of some names; None where they do not fit together. through: what is derived and
        given a value still rests on what it is derived from, so that it can be derived by that."""
        if (released, through) not in self.built:
            self.built[released, through] = self.build(released, through=through)
        return self.built[released, through]

    def build(self, released: frozenset[str], *, through: bool) -> Judge | None:
        """The same, made anew."""
        found = fitted(self.around, self.values, self.sizes)
        if found is None:
            return None
        sizes, arrays = found
        judge = self.around.branch()
        judge.forget()
        judge.worlds = [
            replace(w, sizes={**w.sizes, **sizes}, drawn={}, spent=[0], worked=[0]) for w in judge.worlds[:ENOUGH]
        ]
        judge.changed()
        judge.define({n: e for n, e in self.own.items() if n not in released})
        scope = judge.scope_of(GENERIC)
        kept = {n: a for n, a in arrays.items() if n not in released}
        derived = {n: a for n, a in kept.items() if a is not None and not isinstance(scope.entries.get(n), Drawn)}
        if not through:
            judge.define({n: alike(a) for n, a in derived.items()})
        free = {n: a for n, a in kept.items() if not (through and n in derived)}
        if not all(self.give(judge, name, value) for name, value in free.items()):
            return None
        judge.changed()
        if through and not all(shift(judge, n, derived[n]) for n in sorted(derived, key=partial(behind, judge))):
            return None
        return judge

    def give(self, judge: Judge, name: str, value: Array | None) -> bool:
        """A name has this value in every world. False where it cannot."""
        for env in judge.envs(GENERIC):
            entry = env.scope.entries.get(name)
            whole = shaped(env, name, self.values[name]) if value is None else value
            if whole is None or not isinstance(entry, Drawn):
                return False
            for at, number in self.entries.get(name, {}).items():
                if at > whole.size:
                    return False
                whole = whole.copy()
                whole.reshape(-1)[at - 1] = number
            env.world.drawn[(name, entry)] = whole
        return True


def alike(value: Array) -> Drawn:
    """Something of the same shape."""
    return Drawn(tuple(Num(float(s)) for s in shape_of(value)), ALL, None, "problem")


def behind(judge: Judge, name: str) -> int:
    """On how many names it rests."""
    return len(judge.general.closure(name))


def shift(judge: Judge, name: str, value: Array) -> bool:
    """Add to what a name is derived from what it lacks of a value."""
    entry = judge.scope_of(GENERIC).entries.get(name)
    if not isinstance(entry, Defined):
        return False
    lack, what = f"{name}{LACK}", alike(value)
    for env in judge.envs(GENERIC):
        before = value_in(env, entry.body)
        if before is None or before.shape != value.shape:
            return False
        env.world.drawn[(lack, what)] = value - before
    judge.define({lack: what, name: replace(entry, body=Bin("+", entry.body, Sym(lack)))})
    judge.changed()
    return True


def shape_of(value: Array) -> tuple[int, ...]:
    """As a problem declares it: nothing for a number, one size for a column."""
    rows, columns = value.shape
    return (rows, columns) if columns > 1 else (rows,) if rows > 1 else ()


def shaped(env: Env, name: str, value: Node) -> Array | None:
    """What has no shape of its own, 0 or an identity, of the shape that a name has in this world."""
    return value_in(env, Bin("+", Bin("-", Sym(name), Sym(name)), value))


def fitted(
    around: Judge, values: Mapping[str, Node], given: Mapping[str, int]
) -> tuple[dict[str, int], dict[str, Array | None]] | None:
    """The sizes that these values tell, and the values, a list as a column where it must be one and None for what has no shape
    of its own; None where they do not fit."""
    sizes: dict[str, int] = dict(given)
    arrays: dict[str, Array | None] = {}
    found = {n: value_in(around.general, v) for n, v in values.items()}
    for name, value in sorted(found.items(), key=is_small):
        if value is None or (value.size == 1 and not value.any() and not is_listed(values[name])):
            if value is None and scopes.is_constant(values[name]):
                return None
            arrays[name] = None
            continue
        wanted = axes(around, name)
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


def is_small(item: tuple[str, Array | None]) -> bool:
    return item[1] is None or item[1].size == 1


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


def is_listed(value: Node) -> bool:
    """Whether it is a column or a matrix that is written down."""
    inner = value.x if isinstance(value, Un) else value
    return isinstance(inner, Block) or (isinstance(inner, Call) and inner.name == "tuple")


def is_value(node: Node) -> bool:
    """Numbers, or an identity with them."""
    if isinstance(node, Sub):
        return node.base == Sym("I")
    if isinstance(node, Sym):
        return node.name == "I" or scopes.is_constant(node)
    return all(map(is_value, children(node)))


def numbers_in(around: Judge, value: Node) -> list[Node]:
    """The numbers of a list, one by one."""
    found = value_in(around.general, value)
    return [Num(float(x)) for x in found.flat] if found is not None and min(found.shape) == 1 else []


def assembled(around: Judge, kind: str, members: Mapping[int, Node]) -> Node | None:
    """What rows, columns or entries make, numbered from 1 without a gap; None where they make nothing."""
    if sorted(members) != list(range(1, len(members) + 1)):
        return None
    found = [value_in(around.general, members[i]) for i in sorted(members)]
    whole = [v.reshape(-1) for v in found if v is not None]
    if len(whole) < len(found) or len({v.size for v in whole}) > 1 or (kind == "entries" and whole[0].size > 1):
        return None
    rows = np.array(whole).T if kind == "columns" else np.array(whole)
    return Block(tuple(tuple(Num(float(x)) for x in row) for row in rows))


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
    return {
        n for n in names if isinstance(e := judge.own.get(n), Defined | Drawn) and getattr(e, "source", "") == "reply"
    }
