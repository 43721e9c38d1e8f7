"""The names in force in one world: what they mean, what was drawn and computed so far, and what depends on what.

How an expression is computed is not known here (evaluate.py does it), so that the files that compute one kind of
expression each (operations, calls, sums, ...) can ask an `Env` for the values of its parts and import no evaluator.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Self

import numpy as np

from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.worlds import draw
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.scope import (
    Defined,
    Drawn,
    Entry,
    Family,
    Index,
    Scope,
    names_behind,
    names_known,
)
from evalkit.derivation.worlds.values import IllTyped, Local, Undefined, Unsupported, Value, array, largest
from evalkit.derivation.worlds.world import Mode, World

MAX_REPLY_STEPS = 180_000
MAX_WORK, MAX_REPLY_WORK = 20_000_000, 100_000_000
"""Entries that one expression, and a whole reply, may compute in a world."""
WORN_OUT = "the reply takes too much work"
MAX_NEST = 24
KEPT_SIDES = 16
MAX_STEPS = 30_000
MAX_KEPT, MAX_MARK = 256, 1000
"""Values with something bound that are kept; entries of each, and of what is bound."""


class Part(NamedTuple):
    """The value of a part of a tree, and what computing it has cost."""

    value: Value
    scale: float
    loose: bool
    steps: int
    work: int


def marked(local: Local) -> tuple[object, ...] | None:
    """What is bound, as a key; None where it is too large for one, or has no size."""
    mark: list[object] = []
    for name, value in local.items():
        if not isinstance(value, np.ndarray) or value.size > MAX_MARK:
            return None
        mark += (name, value.shape, value.dtype.char, value.tobytes())
    return tuple(mark)


class Env(ABC):
    """A scope in a world: names are looked up, drawn or computed when they are first asked for.

    `local` holds what is bound for the moment: indices, function arguments, and the perturbed symbols of a derivative.

    moved: the symbols that `d` moves, or None for all that are no data.
    """

    def __init__(self, scope: Scope, world: World, mode: Mode = "plain", moved: frozenset[str] | None = None) -> None:
        self.scope, self.world, self.mode, self.moved = scope, world, mode, moved
        self.cache: dict[str, Value] = {}
        self.factors: dict[tuple[Node, str], tuple[Array, ...]] = {}
        self.closures: dict[str, frozenset[str]] = {}
        self.known: set[str] = set()
        """Every name in a closure."""
        self.resolved: dict[str, tuple[str, Entry] | None] = {}
        self.scales: dict[str, float] = {}
        self.sides: dict[Node, tuple[Value, float, bool]] = {}
        self.parts: dict[Node, Part] | None = None
        """The values of all parts of trees, while they are kept."""
        self.places: dict[tuple[object, ...], Part] = {}
        """The values of names and sides with something bound, until the scope changes."""
        self.bases: dict[Node, frozenset[str]] = {}
        self.scale = 0.0
        """Largest intermediate value since it was last set to 0: the measure for rounding errors."""
        self.loose = False
        self.steps = 0
        self.work = 0
        self.nest = 0
        self.spread = 0
        """Above 0 inside an entrywise product."""
        self.powers = 0
        """Above 0 where the powers of columns are those of their entries: there, but not inside what a name stands for."""
        self.sought: set[str] = set()
        """Names whose roots are being looked for."""
        self.shared = False
        """Somebody else computes with it, too: it must keep its scope."""

    @abstractmethod
    def value(self, node: Node, local: Local) -> Value:
        """The value of an expression. Raises IllTyped, Undefined, Unsupported or Unbound."""

    @abstractmethod
    def symbol(self, name: str, local: Local) -> Value:
        """The value of a name, the built-in ones included. Raises as `value` does."""

    @abstractmethod
    def entry_value(self, name: str, entry: Entry, local: Local) -> Value:
        """The value that an entry of the scope gives to a name. Raises as `value` does."""

    def anew(self, scope: Scope) -> Self:
        """The same world with other names; nothing that was computed is kept."""
        return type(self)(scope, self.world, self.mode, self.moved)

    def elsewhere(self, world: World) -> Self:
        """The same names in another world."""
        return type(self)(self.scope, world, self.mode, self.moved)

    def begin(self) -> None:
        """Before one expression: its own counters start anew. Raises Unsupported where the reply has used up its share,
        LateError where its time is over."""
        self.world.deadline.look()
        self.world.spent[0] += self.steps
        self.world.worked[0] += self.work
        self.scale, self.steps, self.work, self.loose = 0.0, 0, 0, False
        if self.world.spent[0] > MAX_REPLY_STEPS or self.world.worked[0] > MAX_REPLY_WORK:
            raise Unsupported(WORN_OUT)

    def spend(self, entries: int) -> None:
        """So many entries are being computed. Raises Unsupported where that is too much for one expression."""
        self.work += entries
        if self.work > MAX_WORK:
            raise Unsupported("too much work")

    def updated(self, scope: Scope, changed: frozenset[str]) -> Self:
        """The environment in a scope where some names changed; values that do not depend on these are kept."""
        self.places.clear()
        if not changed & self.known:  # new names: nothing that was computed can depend on them
            new = self.copied() if self.shared else self
            new.scope = scope
            for name in changed:
                new.resolved.pop(name, None)
            return new
        new = self.anew(scope)
        if any(name.endswith("_") for name in changed):  # families are found through their members
            return new
        kept = {n for n in self.closures if not self.closures[n] & changed}
        new.closures = {n: self.closures[n] for n in kept}
        new.known = set(self.known)
        new.cache = {n: v for n, v in self.cache.items() if n in kept or not self.closure(n) & changed}
        new.scales = {n: self.scales[n] for n in new.cache}
        new.factors = {k: v for k, v in self.factors.items() if not self.depends(k[0]) & changed}
        recent = list(self.sides.items())[-KEPT_SIDES:]
        new.sides = {k: v for k, v in recent if not self.depends(k) & changed}
        return new

    @contextmanager
    def keeping_parts(self) -> Iterator[None]:
        """Inside, the values of all parts are kept: many trees with few differences are computed. The names stay the same."""
        self.parts = {}
        try:
            yield
        finally:
            self.parts = None

    def copied(self) -> Self:
        """One that knows the same, and goes its own way."""
        new = self.anew(self.scope)
        for table in ("cache", "factors", "closures", "known", "resolved", "scales", "sides", "bases"):
            setattr(new, table, getattr(self, table).copy())
        return new

    def closure(self, name: str) -> frozenset[str]:
        """Every name on which a name depends, itself included."""
        if name not in self.closures:
            self.closures[name] = names_behind(self.scope, name)
            self.known |= self.closures[name]
        return self.closures[name]

    def depends(self, node: Node) -> frozenset[str]:
        """Every name on which an expression depends."""
        if node not in self.bases:
            self.bases[node] = frozenset().union(*(self.closure(n) for n in names_known(self.scope, node)))
        return self.bases[node]

    def lookup(self, name: str, local: Local) -> Value | None:
        """The value of a whole name, or None where it has no meaning of its own."""
        if not local and name in self.cache:  # what nearly all are: its own name, and computed before
            if self.scales[name] > self.scale:
                self.scale = self.scales[name]
            return self.cache[name]
        if name in local:
            return local[name]
        if name not in self.resolved:
            self.resolved[name] = self.scope.resolve(name)
            self.known.add(name)
        found = self.resolved[name]
        if found is None:
            return None
        name, entry = found
        if name in local:
            return local[name]
        if isinstance(entry, Index | Family) or (isinstance(entry, Defined) and entry.index):
            return None
        if local and not (isinstance(entry, Defined) and entry.source == "world"):  # there derivatives are partial
            closure = self.closure(name)
            if not closure.isdisjoint(local):
                inner = {k: v for k, v in local.items() if k in closure}
                return self.with_bound(name, inner, lambda: self.entry_value(name, entry, inner))
        if name not in self.cache:
            self.cache[name] = self.entry_value(name, entry, {})
            self.scales[name] = largest(self.cache[name])
            self.known.add(name)
        self.scale = max(self.scale, self.scales[name])
        return self.cache[name]

    def side(self, node: Node, local: Local) -> Value:
        """The value of a side of a relation, kept because chains and milestones ask for it again."""
        if local:
            return self.with_bound(node, local, lambda: self.value(node, local))
        kept = self.sides.get(node)
        if kept is None:
            before, self.scale = self.scale, 0.0
            value = self.value(node, local)
            kept = self.sides[node] = (value, self.scale, self.loose)
            self.scale = before
        if kept[1] > self.scale:
            self.scale = kept[1]
        self.loose = self.loose or kept[2]
        return kept[0]

    def with_bound(self, what: Node | str, local: Local, compute: Callable[[], Value]) -> Value:
        """The value of a name or a tree where something is bound: a derivative asks for the same one again and again."""
        mark = None if self.spread or self.sought else marked(local)
        if mark is None:
            return compute()
        key = (what, *mark)
        part = self.places.get(key)
        if part is not None:
            return self.remembered(part)
        if len(self.places) >= MAX_KEPT:
            self.places.clear()
        part = self.measured(compute)
        if isinstance(part.value, np.ndarray) and part.value.size <= MAX_MARK:
            self.places[key] = part
        return part.value

    def measured(self, compute: Callable[[], Value]) -> Part:
        """A value with what it costs."""
        scale, loose, steps, work = self.scale, self.loose, self.steps, self.work
        self.scale, self.loose = 0.0, False
        try:
            value = compute()
            return Part(value, self.scale, self.loose, self.steps - steps, self.work - work)
        finally:
            self.scale, self.loose = max(scale, self.scale), loose or self.loose

    def remembered(self, part: Part) -> Value:
        """A kept value. It costs the same each time: what is too much work does not depend on what was computed before."""
        self.steps += part.steps
        if self.steps > MAX_STEPS:
            raise Unsupported("too much work")
        self.spend(part.work)
        self.scale, self.loose = max(self.scale, part.scale), self.loose or part.loose
        return part.value

    def guarded(self, node: Node, local: Local) -> Value:
        """Evaluate a definition; a definition that leads back to itself ends here."""
        self.nest += 1
        powers, self.powers = self.powers, 0
        try:
            if self.nest > MAX_NEST:
                raise Unsupported("a circular definition")
            return self.value(node, local)
        finally:
            self.nest -= 1
            self.powers = powers

    def drawn(self, name: str, entry: Drawn) -> Array:
        key = (name, entry)
        if key not in self.world.drawn:
            seeded = (self.world.seed, self.world.label, name)
            if entry.subset:
                count, of = (self.size(n) for n in entry.subset)
                if not 0 < count <= of <= draw.MAX_SIDE:
                    raise Undefined("a subset of this size")
                self.world.drawn[key] = np.sort(generator(*seeded).permutation(of)[:count] + 1)[:, None].astype(float)
            else:
                shape = [self.size(n) for n in entry.shape] + [1, 1]
                rows, columns = shape[0], shape[1]
                if not 0 < rows <= draw.MAX_SIDE or not 0 < columns <= draw.MAX_SIDE:
                    raise Undefined("a matrix of this size")
                lacking = self.world.deficient and "data" in entry.kinds and min(rows, columns) > 3
                try:
                    self.world.drawn[key] = draw.drawn(
                        seeded, (rows, columns), entry.kinds, min(rows, columns) - 1 if lacking else None
                    )
                except ValueError as error:
                    raise IllTyped(f"{name}: {error}") from None
        return self.world.drawn[key]

    def size(self, node: Node) -> int:
        """A size of what is drawn; one that rests on what has this size ends here."""
        self.nest += 1
        try:
            if self.nest > MAX_NEST:
                raise Unsupported("a circular size")
            return self.integer(node, {})
        finally:
            self.nest -= 1

    def integer(self, node: Node, local: Local) -> int:
        value = array(self.value(node, local), "a size")
        x = value.item() if value.size == 1 else math.nan
        if isinstance(x, complex) or not math.isfinite(x) or abs(x - round(x)) > 1e-9:
            raise Unsupported("an index that is no whole number")
        return round(x)
