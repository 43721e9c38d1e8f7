"""The relations that are one edit away from another one: what a slip of the one who wrote it may have been.

An edit changes one place: a sign, a factor, a term, a number, an exponent, a transpose, the order of two factors, an index, a
letter, a function, the kind of a norm. Whether what comes of it holds is asked in nearness.py.

Not covered: a term that was left out, two slips in one relation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from evalkit.derivation.grammar.nodes import (
    Bin,
    Block,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    children,
    is_derivative,
    rebuilt,
)

HALF, ONE, TWO = Num(0.5), Num(1.0), Num(2.0)
NORMS = ("norm_F", "norm_2", "norm_1", "norm")
MAX_FACTORS = 6
INSTEAD = {"exp": "log", "log": "exp", "sin": "cos", "cos": "sin"}
"""Functions that are written for each other."""


class Edit(NamedTuple):
    """One change of one side: what kind it is, and the side afterwards. was: the number that another one stands for."""

    kind: str
    side: Node
    was: float = 0.0


def variants(left: Node, right: Node, atoms: Sequence[Node]) -> Iterator[tuple[str, Node, Node]]:
    """Every relation that is one edit away, the likely ones first."""
    for edits in (plain_edits, whole, exchanges, powers, factors):
        for edit in everywhere(right, edits, atoms):
            yield edit.kind, left, edit.side
        for edit in everywhere(left, edits, atoms):
            yield edit.kind, edit.side, right


def shifted(by: float) -> Callable[[Node, Sequence[Node]], Iterator[Edit]]:
    """Edits that add to a number."""

    def edits(node: Node, _: Sequence[Node]) -> Iterator[Edit]:
        if isinstance(node, Num):
            new = node.value + by
            yield Edit("number", Num(new) if new >= 0 else Un("-", Num(-new)), node.value)

    return edits


def from_around(left: Node, right: Node, letters: Sequence[Node]) -> Iterator[tuple[str, Node, Node]]:
    """Every relation that has one of these letters more in a product, or in place of a factor; of the slopes among them, also
    entry by entry with a whole side."""
    slopes = [n for n in letters if isinstance(n, Call)]
    for side, first in ((right, False), (left, True)):
        for edit in chain(by_slopes(side, slopes), in_products(side, [n for n in letters if n not in slopes])):
            yield (edit.kind, edit.side, right) if first else (edit.kind, left, edit.side)


def by_slopes(node: Node, slopes: Sequence[Node]) -> Iterator[Edit]:
    """One factor of the chain rule more: entry by entry with a side that is no derivative, or with what a product begins or
    ends with."""
    if is_derivative(node) or not slopes:
        return
    parts = factors_of(node)
    for slope in slopes:
        yield Edit("factor", Bin(".*", node, slope))
        for at in range(1, len(parts)):
            first, rest = product(parts[:at]), product(parts[at:])
            yield Edit("factor", Bin("*", Bin(".*", first, slope), rest))
            yield Edit("factor", Bin("*", first, Bin(".*", rest, slope)))


def factors_of(node: Node) -> list[Node]:
    """Those of a product, from the left; a few."""
    parts: list[Node] = []
    while isinstance(node, Bin) and node.op == "*" and len(parts) < MAX_FACTORS:
        parts.insert(0, node.right)
        node = node.left
    return [node, *parts]


def product(parts: Sequence[Node]) -> Node:
    first, *rest = parts
    return Bin("*", product(parts[:-1]), parts[-1]) if rest else first


def in_products(node: Node, letters: Sequence[Node], *, inside: bool = False) -> Iterator[Edit]:
    """The edits of the factors of all products of a tree."""
    product = isinstance(node, Bin) and node.op == "*"
    if inside and not product:
        for letter in letters:
            yield from (Edit("factor", Bin("*", letter, node)), Edit("factor", Bin("*", node, letter)))
            if isinstance(node, Sym | Sub):
                yield Edit("letter", letter)
    if isinstance(node, Sub):
        return
    parts = children(node)
    for i, part in enumerate(parts):
        if isinstance(node, Grad) and part is node.by:
            continue
        for edit in in_products(part, letters, inside=product):
            yield Edit(edit.kind, rebuilt(node, [*parts[:i], edit.side, *parts[i + 1 :]]), edit.was)


def everywhere(node: Node, edits: object, atoms: Sequence[Node]) -> Iterator[Edit]:
    """The edits of a tree and of all its parts."""
    yield from edits(node, atoms)  # type: ignore[operator]
    if isinstance(node, Sub) or edits is whole:
        return
    parts = children(node)
    for i, part in enumerate(parts):
        if isinstance(node, Grad) and part is node.by:
            continue
        for edit in everywhere(part, edits, atoms):
            if isinstance(node, Block) and edit.kind == "number":
                continue  # another matrix of numbers is not one slip away
            yield Edit(edit.kind, rebuilt(node, [*parts[:i], edit.side, *parts[i + 1 :]]), edit.was)


def plain_edits(node: Node, _: Sequence[Node]) -> Iterator[Edit]:
    """Signs, factors, terms, exponents, transposes, numbers, order."""
    match node:
        case Num(v):
            yield from (Edit("number", Num(x)) for x in (v + 1, v - 1, 2 * v, v / 2))
            yield Edit("sign", Num(-v))
        case Bin("+" | "-", a, b):
            yield Edit("sign", Bin("-" if node.op == "+" else "+", a, b))
            yield Edit("sign", Bin(node.op, Un("-", a), b))
            yield from (Edit("term", x) for x in (a, b))
        case Bin("*", a, b):
            yield from (Edit("factor", x) for x in (a, b))
            yield Edit("order", Bin("*", b, a))
            if isinstance(a, Bin) and a.op == "*":  # the last two factors of several
                yield Edit("order", Bin("*", Bin("*", a.left, b), a.right))
            yield Edit("inverse", Bin("/", a, b))
            yield Edit("sum", Bin("+", a, b))
        case Bin("/", a, b):
            yield Edit("factor", a)
            yield Edit("inverse", Bin("*", a, b))
            yield Edit("inverse", Bin("/", b, a))
        case Bin("^", a, b):
            yield Edit("exponent", a)
            yield Edit("exponent", Bin("^", a, Un("-", b)))
            yield from (Edit("number", Bin("^", a, Bin(sign, b, ONE))) for sign in "+-")
        case Un("-", a):
            yield Edit("sign", a)
        case Un("T" | "pinv", a):
            yield Edit("transpose", a)
        case Call(_, (a,)):
            yield Edit("function", a)
    if not isinstance(node, Num | Block):
        yield from (Edit("sign", Un("-", node)), Edit("transpose", Un("T", node)))


def exchanges(node: Node, atoms: Sequence[Node]) -> Iterator[Edit]:
    """Another letter, another index, another norm, another variable of a derivative."""
    match node:
        case Sym() | Sub():
            yield from (Edit("letter", a) for a in atoms if a != node)
        case Grad(f, by, order):
            yield from (Edit("variable", Grad(f, a, order)) for a in atoms if a != by)
        case Call(name, args) if name in NORMS:
            yield from (Edit("norm", Call(n, args)) for n in NORMS if n != name)
        case Call(name, args) if name in INSTEAD:
            yield Edit("function", Call(INSTEAD[name], args))
        case Call(name, args) if len(args) == 1:
            yield Edit("function", Call(name.removesuffix("'") if name.endswith("'") else f"{name}'", args))
    if isinstance(node, Sub) and node.index is not None and len(node.index) == 1:
        others = {i for a in atoms if isinstance(a, Sub) and a.index and len(a.index) == 1 for i in a.index}
        yield from (
            Edit("index", rebuilt(node, [node.base, i])) for i in sorted(others, key=repr) if (i,) != node.index
        )


def whole(node: Node, _: Sequence[Node]) -> Iterator[Edit]:
    """All of a side twice or half."""
    yield from (Edit("factor", Bin("*", weight, node)) for weight in (TWO, HALF))


def powers(node: Node, _: Sequence[Node]) -> Iterator[Edit]:
    """A factor or an exponent of 2 or a half more, an inverse."""
    if not isinstance(node, Num | Block):
        yield from (Edit("factor", Bin("*", TWO, node)), Edit("factor", Bin("*", HALF, node)))
        yield from (Edit("exponent", Bin("^", node, TWO)), Edit("exponent", Bin("^", node, HALF)))
        yield Edit("inverse", Bin("^", node, Un("-", ONE)))


def factors(node: Node, atoms: Sequence[Node]) -> Iterator[Edit]:
    """A letter more as a factor."""
    if isinstance(node, Num | Block):
        return
    for atom in atoms:
        yield from (Edit("factor", Bin("*", node, atom)), Edit("factor", Bin("*", atom, node)))
        yield Edit("factor" if atom != node else "number", Bin("/", node, atom))  # x/x = 1 whatever number x is
