"""What a name can mean: the entries of a scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym

Source = Literal["problem", "world", "reply"]
PLACE = ("t@free",)
"""What a function of which nothing is known is a function of, which no text can write."""

SLOPES = "\\slopes"
"""The function that derives each entry of its first argument by the same entry of its second; no text can write it."""
WHOLE = "\\whole"
"""The function that makes a column or a matrix of a family of entries; no text can write it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An independent random value. `subset` = (k, m): a set of k of the numbers 1..m."""

    shape: tuple[Node, ...]
    kinds: frozenset[str] = frozenset()
    subset: tuple[Node, Node] | None = None
    source: Source = "problem"


@dataclass(frozen=True, slots=True)
class Defined:
    """A value computed from others. params: `f(w) = ...`; index: `p_i = ...` (kept under the name `p_`), with `second` also
    `w_{ij} = ...`."""

    body: Node
    params: tuple[str, ...] = ()
    index: str | None = None
    source: Source = "problem"
    opaque: bool = False
    """Independent of everything in free worlds: only the problem's own notations."""
    second: str | None = None
    shape: tuple[Node, ...] = ()
    """Of a letter that is 0: the rows and columns it was declared with."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Part `part` of a decomposition of `of`; shape, where the reply declared one, says how many columns are kept."""

    of: Node
    kind: str
    part: int
    shape: tuple[Node, ...] | None = None
    source: Source = "problem"
    turned: frozenset[int] = frozenset()
    """Columns, from 0, whose sign is the other one than we drew: no decomposition tells it, and the reply chose it."""


@dataclass(frozen=True, slots=True)
class Family:
    """Indexed names `x_i` (kept under `x_`): columns, rows, entries or diagonal of a matrix."""

    kind: str
    of: Node
    source: Source = "problem"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A size of the world, also known as a scalar."""


@dataclass(frozen=True, slots=True)
class Index:
    """An integer index."""


@dataclass(frozen=True, slots=True)
class Alias:
    to: str


@dataclass(frozen=True, slots=True)
class Solved:
    """The number near a random one for which `left = right` holds."""

    left: Node
    right: Node
    source: Source = "reply"


@dataclass(frozen=True, slots=True)
class Known:
    """The value of a moment: of one letter `mean`, `variance` or `second` (the mean of its square), of two `covariance` or
    `product` (the mean of it)."""

    kind: str
    letters: tuple[str, ...]
    value: Node


@dataclass(frozen=True, slots=True)
class Moments:
    """Which letters are random, and how they hang together: what moments need to know."""

    letters: tuple[str, ...]
    independent: bool = False
    centred: bool = False
    known: tuple[Known, ...] = ()
    """Where there are any, all letters are numbers."""


Entry = Drawn | Defined | Factor | Family | Dimension | Index | Alias | Moments | Solved


def smooth(number: int, source: Source = "reply") -> Defined:
    """A function that has no property but that it is smooth, and that no other number has: sin(1.3 t + 0.7) + 0.31 t^2 + 2."""
    t = Sym(PLACE[0])
    inner = Bin("+", Bin("*", Num(1.3 + 0.43 * number), t), Num(0.7 - 0.29 * number))
    square = Bin("*", Num(0.31 + 0.17 * number), Bin("^", t, Num(2)))
    body = Bin("+", Bin("+", Call("sin", (inner,)), square), Num(2 + 0.37 * number))
    return Defined(body, PLACE, None, source)
