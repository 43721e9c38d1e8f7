"""The value of an expression in one world.

An `Env` is a scope in a world: names are looked up, drawn or computed when they are first asked for. `local` holds what
is bound for the moment: indices, function arguments, and the perturbed symbols of a derivative.
"""

from __future__ import annotations

import math

import numpy as np

from evalkit.derivation.grammar.nodes import Big, Bin, Block, Call, Diff, Grad, Node, Num, Sub, Sym, Un
from evalkit.derivation.worlds import calculus, calls, draw, factors, lists, operations, subscripts, sums
from evalkit.derivation.worlds.draw import Array, generator
from evalkit.derivation.worlds.scope import (
    Defined,
    Dimension,
    Drawn,
    Entry,
    Factor,
    Family,
    Index,
    Scope,
    bound_in,
    names_in,
)
from evalkit.derivation.worlds.values import (
    ZERO,
    Eye,
    IllTyped,
    Local,
    Unbound,
    Undefined,
    Unsupported,
    Value,
    array,
    block,
    largest,
    number,
)
from evalkit.derivation.worlds.world import World

MAX_STEPS = 10_000
MAX_REPLY_STEPS = 60_000
MAX_NEST = 24
KEPT_SIDES = 16


class Env:
    """mode: `plain`; `semi`: decompositions and gradients are independent of all else; `free`: the problem's notations too.

    moved: the symbols that `d` moves, or None for all that are no data.
    """

    def __init__(self, scope: Scope, world: World, mode: str = "plain", moved: frozenset[str] | None = None) -> None:
        self.scope, self.world, self.mode, self.moved = scope, world, mode, moved
        self.cache: dict[str, Value] = {}
        self.factors: dict[tuple[Node, str], tuple[Array, ...]] = {}
        self.closures: dict[str, frozenset[str]] = {}
        self.known: set[str] = set()
        """Every name in a closure."""
        self.resolved: dict[str, tuple[str, Entry] | None] = {}
        self.scales: dict[str, float] = {}
        self.sides: dict[Node, tuple[Value, float, bool]] = {}
        self.bases: dict[Node, frozenset[str]] = {}
        self.scale = 0.0
        """Largest intermediate value since it was last set to 0: the measure for rounding errors."""
        self.loose = False
        self.steps = 0
        self.nest = 0
        self.spread = 0
        """Above 0 inside an entrywise product."""

    def begin(self) -> None:
        """Before one expression: its own counters start anew. Raises Unsupported where the reply has used up its share."""
        self.world.spent[0] += self.steps
        self.scale, self.steps, self.loose = 0.0, 0, False
        if self.world.spent[0] > MAX_REPLY_STEPS:
            raise Unsupported("the reply takes too much work")

    def updated(self, scope: Scope, changed: frozenset[str]) -> Env:
        """The environment in a scope where some names changed; values that do not depend on these are kept."""
        if not changed & self.known:  # new names: nothing that was computed can depend on them
            self.scope = scope
            for name in changed:
                self.resolved.pop(name, None)
            return self
        new = Env(scope, self.world, self.mode, self.moved)
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

    def closure(self, name: str) -> frozenset[str]:
        """Every name on which a name depends, itself included."""
        if name not in self.closures:
            seen: set[str] = set()
            todo = [name]
            while todo:
                top = todo.pop()
                if top in seen:
                    continue
                seen.add(top)
                found = self.scope.find(top)
                if found is None:
                    continue
                seen.add(found[0])
                entry = found[1]
                if isinstance(entry, Defined):
                    inner = {*entry.params, *bound_in(entry.body)}
                    todo.extend(n for n in names_in(entry.body) if n not in inner or self.scope.find(n))
                elif isinstance(entry, Factor | Family):
                    todo.extend(names_in(entry.of))
            self.closures[name] = frozenset(seen)
            self.known |= seen
        return self.closures[name]

    def depends(self, node: Node) -> frozenset[str]:
        """Every name on which an expression depends."""
        if node not in self.bases:
            self.bases[node] = frozenset().union(*(self.closure(n) for n in names_in(node)))
        return self.bases[node]

    def lookup(self, name: str, local: Local) -> Value | None:
        """The value of a whole name, or None where it has no meaning of its own."""
        if name in local:
            return local[name]
        if name not in self.resolved:
            self.resolved[name] = self.scope.find(name)
            self.known.add(name)
        found = self.resolved[name]
        if found is None:
            return None
        name, entry = found
        if name in local:
            return local[name]
        if isinstance(entry, Index | Family) or (isinstance(entry, Defined) and entry.index):
            return None
        if local:
            closure = self.closure(name)
            inner = {k: v for k, v in local.items() if k in closure}
            if inner:
                return self.entry_value(name, entry, inner)
        if name not in self.cache:
            self.cache[name] = self.entry_value(name, entry, {})
            self.scales[name] = largest(self.cache[name])
        self.scale = max(self.scale, self.scales[name])
        return self.cache[name]

    def side(self, node: Node, local: Local) -> Value:
        """The value of a side of a relation, kept because chains and milestones ask for it again."""
        if local:
            return self.value(node, local)
        kept = self.sides.get(node)
        if kept is None:
            before, self.scale = self.scale, 0.0
            value = self.value(node, local)
            kept = self.sides[node] = (value, self.scale, self.loose)
            self.scale = before
        self.scale = max(self.scale, kept[1])
        self.loose = self.loose or kept[2]
        return kept[0]

    def entry_value(self, name: str, entry: object, local: Local) -> Value:
        match entry:
            case Dimension():
                return number(float(self.world.sizes[name]))
            case Drawn():
                return self.drawn(name, entry)
            case Defined():
                if entry.opaque and self.mode == "free" and not local:
                    known = self.guarded(entry.body, {})
                    return (
                        draw.opaque(f"{self.world.seed}{name}", known.shape) if isinstance(known, np.ndarray) else known
                    )
                return self.guarded(entry.body, local)
            case Factor():
                if local:
                    raise Unsupported("a derivative through a decomposition")
                return factors.factor_value(self, name, entry)
        raise Unbound(name)

    def guarded(self, node: Node, local: Local) -> Value:
        """Evaluate a definition; a definition that leads back to itself ends here."""
        self.nest += 1
        try:
            if self.nest > MAX_NEST:
                raise Undefined("a circular definition")
            return self.value(node, local)
        finally:
            self.nest -= 1

    def drawn(self, name: str, entry: Drawn) -> Array:
        key = (name, entry)
        if key not in self.world.drawn:
            rng = generator(self.world.seed, self.world.label, name)
            if entry.subset:
                count, of = (self.integer(n, {}) for n in entry.subset)
                if not 0 < count <= of <= draw.MAX_SIDE:
                    raise Undefined("a subset of this size")
                self.world.drawn[key] = np.sort(rng.permutation(of)[:count] + 1)[:, None].astype(float)
            else:
                shape = [self.integer(n, {}) for n in entry.shape] + [1, 1]
                rows, columns = shape[0], shape[1]
                if not 0 < rows <= draw.MAX_SIDE or not 0 < columns <= draw.MAX_SIDE:
                    raise Undefined("a matrix of this size")
                lacking = self.world.deficient and "data" in entry.kinds and min(rows, columns) > 3
                try:
                    self.world.drawn[key] = draw.draw(
                        rng, (rows, columns), entry.kinds, min(rows, columns) - 1 if lacking else None
                    )
                except ValueError as error:
                    raise IllTyped(f"{name}: {error}") from None
        return self.world.drawn[key]

    def integer(self, node: Node, local: Local) -> int:
        value = array(self.value(node, local), "a size")
        x = value.item() if value.size == 1 else math.nan
        if isinstance(x, complex) or not math.isfinite(x) or abs(x - round(x)) > 1e-9:
            raise Unsupported("an index that is no whole number")
        return round(x)

    def value(self, node: Node, local: Local) -> Value:
        """Raises IllTyped, Undefined, Unsupported or Unbound. The commonest nodes come first: this is the inner loop."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Unsupported("too much work")
        if isinstance(node, Bin):
            return operations.binary(self, node.op, node.left, node.right, local)
        if isinstance(node, Sub):
            return subscripts.subscripted(self, node, local)
        if isinstance(node, Sym):
            return self.symbol(node.name, local)
        if isinstance(node, Un):
            return operations.unary(self, node.op, self.value(node.x, local))
        if isinstance(node, Num):
            return ZERO if node.value == 0 else number(node.value)
        if isinstance(node, Call):
            return calls.call(self, node.name, node.args, local)
        if isinstance(node, Grad):
            return calculus.gradient(self, node, local)
        if isinstance(node, Diff):
            return calculus.differential(self, node.x, local)
        if isinstance(node, Big):
            return sums.big(self, node, local)
        if isinstance(node, Block):
            return block(tuple(tuple(self.value(n, local) for n in row) for row in node.rows))
        raise Unsupported("dots")

    def symbol(self, name: str, local: Local) -> Value:
        value = self.lookup(name, local)
        if value is not None:
            return value
        if name == "I":
            return Eye(number(1.0))
        entries = self.scope.find(name + "_")
        if entries is not None and isinstance(entries[1], Defined) and entries[1].index:
            return lists.stacked(self, entries[0], entries[1], local)
        if name == "\\pi":
            return number(math.pi)
        if name == "e":
            return number(math.e)
        raise Unbound(name)
