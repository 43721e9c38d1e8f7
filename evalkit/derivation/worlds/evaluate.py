"""The value of an expression in one world, by kind of expression."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from evalkit.derivation.grammar.nodes import ZEROS, Big, Bin, Block, Call, Diff, Grad, Node, Num, Sub, Sym, Un, walk
from evalkit.derivation.worlds import (
    calculus,
    calls,
    draw,
    factors,
    lists,
    moments,
    operations,
    solving,
    subscripts,
    sums,
)
from evalkit.derivation.worlds.entries import Moments, Solved
from evalkit.derivation.worlds.env import MAX_STEPS, Env
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Factor
from evalkit.derivation.worlds.values import (
    ZERO,
    Eye,
    IllTyped,
    Local,
    Spread,
    Unbound,
    Unsupported,
    Value,
    Zero,
    block,
    constant,
    largest,
    number,
)


@lru_cache(maxsize=2048)
def is_of_numbers(node: Block) -> bool:
    """A matrix of numbers, not all 0: among numbers a 0 is a number, elsewhere it has any shape."""
    inner = [n for row in node.rows for cell in row for n in walk(cell)]
    return not any(isinstance(n, Sym | Sub | Block) or n == ZEROS for n in inner) and any(
        isinstance(n, Num) and n.value for n in inner
    )


def plain_zeros(cells: tuple[tuple[Value, ...], ...]) -> tuple[tuple[Value, ...], ...]:
    return tuple(tuple(number(0.0) if isinstance(c, Zero) else c for c in row) for row in cells)


class Evaluator(Env):
    """An environment that computes."""

    def value(self, node: Node, local: Local) -> Value:
        """Raises IllTyped, Undefined, Unsupported or Unbound."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise Unsupported("too much work")
        if self.parts is None or local or self.spread or type(node) is Sym or type(node) is Num:
            return self.computed(node, local)
        part = self.parts.get(node)
        if part is not None:
            return self.remembered(part)
        part = self.parts[node] = self.measured(lambda: self.computed(node, {}))
        return part.value

    def computed(self, node: Node, local: Local) -> Value:
        """The value by the kind of node. The commonest come first: this is the inner loop."""
        kind = type(node)
        if kind is Bin:
            return operations.binary(self, node.op, node.left, node.right, local)  # type: ignore[union-attr]
        if kind is Sub:
            return subscripts.subscripted(self, node, local)  # type: ignore[arg-type]
        if kind is Sym:
            return self.symbol(node.name, local)  # type: ignore[union-attr]
        if kind is Num:
            return ZERO if node.value == 0 else constant(node.value)  # type: ignore[union-attr]
        if isinstance(node, Un):
            return (
                self.primed(node.x, local) if node.op == "'" else operations.unary(node.op, self.value(node.x, local))
            )
        if isinstance(node, Call):
            return calls.call(self, node.name, node.args, local)
        if isinstance(node, Grad):
            return calculus.gradient(self, node, local)
        if isinstance(node, Diff):
            return calculus.differential(self, node.x, local)
        if isinstance(node, Big):
            return sums.big(self, node, local)
        if isinstance(node, Block):
            cells = tuple(tuple(self.value(n, local) for n in row) for row in node.rows)
            return block(plain_zeros(cells) if is_of_numbers(node) else cells)
        raise Unsupported("dots")

    def primed(self, x: Node, local: Local) -> Value:
        """`A'` where that is no name: the transpose, if the text has no other sign for it."""
        if not self.scope.primes_turn(x):
            raise Unbound(f"{x.name}'" if isinstance(x, Sym | Sub) else "'")
        return operations.unary("T", self.value(x, local))

    def symbol(self, name: str, local: Local) -> Value:
        value = self.lookup(name, local)
        if value is not None:
            return value
        if name == "I":
            return Eye(number(1.0))
        if name == "\\mathbf 1":
            return Spread(number(1.0), True, False)
        entries = self.scope.find(name + "_")
        if entries is not None and isinstance(entries[1], Defined) and entries[1].index:
            key, entry = entries[0], entries[1]
            letters = (entry.index, entry.second)
            bound = {n: v for n, v in local.items() if n in self.closure(key) and n not in letters}
            if not bound:
                return self.whole(name, key, entry)
            return self.with_bound(key, bound, lambda: lists.stacked(self, key, entry, bound))
        if name == "\\pi":
            return number(math.pi)
        if name == "e":
            return number(math.e)
        raise Unbound(name)

    def whole(self, name: str, key: str, entry: Defined) -> Value:
        """The column or matrix of the members of a family, kept under the name that it has."""
        if name not in self.cache:
            self.cache[name] = lists.stacked(self, key, entry, {})
            self.scales[name] = largest(self.cache[name])
            self.closure(name)
        self.scale = max(self.scale, self.scales[name])
        return self.cache[name]

    def random(self, name: str, entry: Drawn) -> Value:
        """All the values of a random letter."""
        how = self.scope.find(moments.HOW)
        if how is None or not isinstance(how[1], Moments):
            raise Unsupported("a random letter")
        rows, columns = ([self.integer(n, {}) for n in entry.shape] + [1, 1])[:2]
        if not (0 < rows <= draw.MAX_SIDE and 0 < columns <= draw.MAX_SIDE):
            raise Unsupported("a matrix of this size")
        return moments.drawn(self, how[1], name, (rows, columns), frozenset())

    def given(self, entry: Defined, local: Local) -> Value:
        r"""The value of a definition. A problem's that has no shape as it stands, `a = \frac{1}{1 + e^{-z}}`, is one of each entry."""
        try:
            return self.guarded(entry.body, local)
        except IllTyped:
            if entry.source != "problem" or self.spread:
                raise
        self.spread += 1
        try:
            return self.guarded(entry.body, local)
        finally:
            self.spread -= 1

    def zeros(self, entry: Defined) -> Value:
        """A column or matrix that is 0, of the shape that was declared."""
        rows, columns = ([self.integer(n, {}) for n in entry.shape] + [1])[:2]
        if not (0 < rows <= draw.MAX_SIDE and 0 < columns <= draw.MAX_SIDE):
            raise Unsupported("a matrix of this size")
        return np.zeros((rows, columns))

    def entry_value(self, name: str, entry: Entry, local: Local) -> Value:
        match entry:
            case Dimension():
                return number(float(self.world.sizes[name]))
            case Drawn() if "random" in entry.kinds:
                return self.random(name, entry)
            case Drawn():
                return self.drawn(name, entry)
            case Defined():
                if entry.opaque and self.mode == "free" and not local:
                    known = self.guarded(entry.body, {})
                    return (
                        draw.opaque(f"{self.world.seed}{name}", known.shape) if isinstance(known, np.ndarray) else known
                    )
                value = self.given(entry, local)
                return self.zeros(entry) if value is ZERO and entry.shape else value
            case Solved():
                return solving.solution(self, name, entry, local)
            case Factor():
                if local:
                    raise Unsupported("a derivative through a decomposition")
                return factors.factor_value(self, name, entry)
        raise Unbound(name)
