r"""What a short answer is made of: small frozen nodes, and walks over them that compute nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evalkit.reading.maths.names import Unreadable, name, quantity

KINDS = "the two are of different kinds"
ORDERS = frozenset({"<", ">", "\\le", "\\ge"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """What has no structure of its own."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brackets:
    """`(a, b)`, `[a, b)`, `\\langle a, b\\rangle`: an interval or a tuple. A vector where `\\langle` or transposed."""

    open: str
    close: str
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Braces:
    """`\\{a, b\\}`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Builder:
    """`\\{x : condition\\}`."""

    element: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Named:
    """`R`, `Z`, ..., perhaps with a sign (`R+`), or `empty`."""

    name: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Sets joined by `\\cup`, `\\cap` or `\\setminus`, from the left."""

    marks: tuple[str, ...]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Scaled:
    """A matrix or tuple times what stands before it."""

    factor: Scalar
    of: Matrix | Brackets


@dataclass(frozen=True, slots=True)
class Ratio:
    """`3 : 4 : 5`, or a time."""

    parts: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Based:
    """`1010_2`."""

    digits: str
    base: int


@dataclass(frozen=True, slots=True)
class Residue:
    """`3 \\pmod 7`."""

    value: Scalar
    modulus: Scalar


@dataclass(frozen=True, slots=True)
class Relation:
    """A chain: `len(marks) + 1` sides, and their tokens."""

    marks: tuple[str, ...]
    sides: tuple[Node, ...]
    texts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """A function in pieces: values, each with its condition; None where it is `otherwise`."""

    items: tuple[tuple[Node, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Several:
    """Joined by `or` (alternatives) or by commas and `and` (a list)."""

    items: tuple[Node, ...]
    how: Literal["or", "list"]


Node = (
    Scalar
    | Brackets
    | Braces
    | Builder
    | Named
    | Joined
    | Matrix
    | Scaled
    | Ratio
    | Based
    | Residue
    | Relation
    | Pieces
    | Several
)


def plain(node: Node) -> Scalar:
    """The entry of a matrix. Raises Unreadable for one with structure."""
    if not isinstance(node, Scalar):
        raise Unreadable(KINDS)
    return node


def entries(node: Node) -> Matrix | Brackets | None:
    """A matrix or tuple with its factor multiplied in; None for anything else."""
    if not isinstance(node, Scaled):
        return node if isinstance(node, (Matrix, Brackets)) else None

    def scaled(entry: Node) -> Node:
        return Scalar(("(", *node.factor.tokens, ")", "(", *plain(entry).tokens, ")"))

    core = node.of
    if isinstance(core, Matrix):
        return Matrix(tuple(tuple(scaled(entry) for entry in row) for row in core.rows))
    return Brackets(r"\langle", r"\rangle", tuple(scaled(entry) for entry in core.items))


def transposed(node: Matrix | Brackets) -> Matrix:
    """Rows for columns; a tuple becomes a column."""
    if isinstance(node, Matrix):
        return Matrix(tuple(zip(*node.rows, strict=True)))
    return Matrix(tuple((item,) for item in node.items))


def variables(node: Relation) -> list[str]:
    """Letters that stand alone on a side of an inequality, the one in the middle first."""
    sides = node.sides[1:-1] + node.sides[:1] + node.sides[-1:] if len(node.sides) > 2 else node.sides
    found = (name(side.tokens) for side in sides if isinstance(side, Scalar))
    return [text for text in found if text is not None]


def scalars(node: Node) -> Iterator[tuple[str, ...]]:
    """The formulas that a verdict would compute, those of sides that only name something left out."""
    match node:
        case Scalar(tokens):
            yield tokens
        case Relation():
            for side, text in zip(node.sides, node.texts, strict=True):
                if not quantity(text) or name(text) or node.texts[-1] == ("0",):
                    yield from scalars(side)
        case Builder(element, condition):
            yield from (*scalars(element), *scalars(condition))
        case Matrix(rows):
            yield from (tokens for row in rows for entry in row for tokens in scalars(entry))
        case Scaled(factor, core):
            yield from (*scalars(factor), *scalars(core))
        case Pieces(pieces):
            for piece in pieces:
                yield from (found for part in piece if part for found in scalars(part))
        case Residue(value, modulus):
            yield from (value.tokens, modulus.tokens)
        case Brackets(items=inner) | Braces(inner) | Several(inner) | Joined(parts=inner) | Ratio(inner):
            for item in inner:
                yield from scalars(item)
