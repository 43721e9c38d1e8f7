"""Which rows and columns must be equal for a relation to have a shape: found by unification, without a value.

Only what must be equal is known; an expression of a kind that is not read here constrains nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, children

Shape = tuple[int, int]
"""Numbers of two lengths; which numbers mean one length, `Lengths` knows."""
ONE = 0
"""The number of the length 1."""
SCALAR: Shape = (ONE, ONE)
_SQUARE = ("tr", "det")
ENTRYWISE = frozenset({"relu", "tanh", "sigmoid", "softmax", "softplus", "\\sigma", "\\phi"})
"""Functions whose value has the shape of their argument, and of which a first look may suppose it."""
_OF_NUMBERS = frozenset({"sin", "cos", "tan", "log", "exp", "abs", "arctan", "arcsin"})
_SCALARS = (*_SQUARE, "rank", "norm", "norm_F", "norm_2", "norm_nuc", "norm_1", "norm_inf")


class Lengths:
    """The rows and columns of free matrices, merged as a relation demands it."""

    def __init__(self, names: Sequence[str], numbers: Collection[str] = ()) -> None:
        """numbers: names that are scalars."""
        self.numbers = frozenset(numbers)
        self.shapes: Mapping[str, Shape] = {n: (2 * i + 1, 2 * i + 2) for i, n in enumerate(names)}
        self.same = list(range(2 * len(names) + 1))

    def first(self, length: int) -> int:
        """The number that stands for all that are equal to it."""
        while self.same[length] != length:
            length = self.same[length]
        return length

    def merge(self, a: int, b: int) -> None:
        a, b = sorted((self.first(a), self.first(b)))
        self.same[b] = a

    def merged(self) -> list[Shape]:
        """The shape of every name, in numbers that are equal where the lengths must be."""
        return [(self.first(a), self.first(b)) for a, b in self.shapes.values()]

    def fit(self, node: Node) -> Shape | None:
        """The shape of an expression, all below it made to fit; None where it is not known."""
        parts = [self.fit(n) for n in children(node)]
        if isinstance(node, Sym | Sub):
            return SCALAR if node.name in self.numbers else self.shapes.get(node.name)
        if isinstance(node, Num):
            return SCALAR if node.value else None
        if isinstance(node, Un):
            return self.turned(node.op, parts[0])
        if isinstance(node, Call):
            if node.name in _SQUARE and parts[0] is not None:
                self.merge(*parts[0])
            if node.name in ENTRYWISE and len(parts) == 1:
                return parts[0]
            of_numbers = node.name in _OF_NUMBERS and parts == [SCALAR]
            return SCALAR if node.name in _SCALARS or of_numbers else None
        if isinstance(node, Big) and node.kind == "int":
            return SCALAR if parts[0] == SCALAR else None
        return self.both(node.op, parts[0], parts[1]) if isinstance(node, Bin) else None

    def turned(self, op: str, shape: Shape | None) -> Shape | None:
        if shape is None or op == "-":
            return shape
        return (shape[1], shape[0]) if op in ("T", "'", "pinv") else None

    def both(self, op: str, left: Shape | None, right: Shape | None) -> Shape | None:
        if op == "^":
            if left == SCALAR:
                return SCALAR if right == SCALAR else None
            if left is not None:
                self.merge(*left)
            return left
        if op == "/":
            return left
        if left is None or right is None:
            return None
        if op == "*" and SCALAR in (left, right):
            return right if left == SCALAR else left
        if op == "*":
            self.merge(left[1], right[0])
            return (left[0], right[1])
        if op in ("+", "-", "=", ".*"):
            for a, b in zip(left, right, strict=True):
                self.merge(a, b)
            return left
        return None
