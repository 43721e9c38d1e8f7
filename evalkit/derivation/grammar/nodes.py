r"""The expression tree: small frozen nodes, one file, nothing that computes.

Names are canonical: accent, base letter, superscript label, subscript, e.g. `\hat X`, `W_1`, `W^(1)`, `\sigma^(1)_i`.
Greek letters keep their backslash. Fonts are dropped except blackboard (`\mathbb R`) and bold digits (`\mathbf 1`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeGuard, TypeVar, dataclass_transform

T = TypeVar("T")


class Unreadable(Exception):  # noqa: N818 - a verdict, not a fault: the text is none of our grammar
    """This text is not mathematics that we read; the message says why."""


class Hashed:
    """Places for what is computed once of a tree. They are no fields: neither compared nor pickled."""

    __slots__ = ("_below", "_derived", "_hash", "_indexed")
    _hash: int
    _below: tuple[Node, ...]
    _derived: bool
    _indexed: bool


@dataclass_transform(frozen_default=True)
def tree(kind: type[T]) -> type[T]:
    """A kind of node. Frozen to whoever writes code, by the type checker; not while it runs, where every field of a frozen
    node is set by a call, and a reply makes some hundred thousand nodes."""
    return dataclass(slots=True, unsafe_hash=True)(kind)


@tree
class Num(Hashed):
    value: float


@tree
class Sym(Hashed):
    name: str


@tree
class Slice(Hashed):
    """`1:k` in a subscript; None = from the start, to the end."""

    low: Node | None
    high: Node | None


@tree
class Sub(Hashed):
    """A subscripted name. `name` is the whole canonical name; `index` is the subscript read as indices, if it can be."""

    base: Node
    name: str
    index: tuple[Node, ...] | None


@tree
class Un(Hashed):
    """op: `-`, `T` (transpose), `'` (a prime on a name that is declared without), `pinv`, `!`, `%` (a hundredth), `°` (a degree)."""

    op: str
    x: Node


@tree
class Bin(Hashed):
    """op: `+ - * / ^`, `.*` (entrywise), `kron`, `dot` and `cross` (of columns; of all else the product)."""

    op: str
    left: Node
    right: Node


@tree
class Call(Hashed):
    """A built-in (`tr`, `norm_F`, `exp`, ...) or a function that somebody defined (`f`, with `name` canonical)."""

    name: str
    args: tuple[Node, ...]


@tree
class Grad(Hashed):
    r"""Derivative of f by `by`: the gradient in the shape of `by`; a Jacobian where f is a column."""

    f: Node
    by: Node
    order: int = 1


@tree
class Diff(Hashed):
    """The differential `dx`."""

    x: Node


@tree
class Big(Hashed):
    """kind: `sum`, `prod`, `int`, `max`, `min`. low and high None: the whole range of the index."""

    kind: str
    body: Node
    index: tuple[str, ...]
    low: Node | None
    high: Node | None
    strict: bool = False
    """True where `low` is exclusive: sums over `i > k`."""


@tree
class Block(Hashed):
    rows: tuple[tuple[Node, ...], ...]


@tree
class Dots(Hashed):
    pass


Node = Num | Sym | Slice | Sub | Un | Bin | Call | Grad | Diff | Big | Block | Dots


def _once(plain: Callable[[Hashed], int]) -> Callable[[Hashed], int]:
    """The hash of a tree, computed once: trees are keys of many tables."""

    def kept(node: Hashed) -> int:
        try:
            return node._hash
        except AttributeError:
            own = plain(node)
            object.__setattr__(node, "_hash", own)
            return own

    return kept


for _kind in (Num, Sym, Slice, Sub, Un, Bin, Call, Grad, Diff, Big, Block, Dots):
    _kind.__hash__ = _once(_kind.__hash__)  # type: ignore[assignment,method-assign]


def children(node: Node) -> tuple[Node, ...]:
    """The direct parts of a node."""
    kind = type(node)
    if kind is Bin:
        return (node.left, node.right)  # type: ignore[union-attr]
    if kind is Sym or kind is Num:
        return ()
    if isinstance(node, Sub):
        return (node.base, *(node.index or ()))
    if isinstance(node, Un | Diff):
        return (node.x,)
    if isinstance(node, Call):
        return node.args
    if isinstance(node, Grad):
        return (node.f, node.by)
    if isinstance(node, Big):
        return tuple(n for n in (node.body, node.low, node.high) if n is not None)
    if isinstance(node, Block):
        return tuple(n for row in node.rows for n in row)
    if isinstance(node, Slice):
        return tuple(n for n in (node.low, node.high) if n is not None)
    return ()


def rebuilt(node: Node, parts: Sequence[Node]) -> Node:
    """The node with other direct parts, as many as `children` gives and in that order.

    A subscripted name whose index changes is no longer the name that was written: it loses it.
    """
    left = iter(parts)

    def each(old: Node | None) -> Node | None:
        return None if old is None else next(left)

    match node:
        case Un(op, _):
            return Un(op, next(left))
        case Diff(_):
            return Diff(next(left))
        case Bin(op, _, _):
            return Bin(op, next(left), next(left))
        case Call(name, _):
            return Call(name, tuple(left))
        case Grad(_, _, order):
            return Grad(next(left), next(left), order)
        case Sub(_, name, index):
            base, new = next(left), None if index is None else tuple(left)
            return Sub(base, name if new == index else "", new)
        case Big(kind, _, index, low, high, strict):
            return Big(kind, next(left), index, each(low), each(high), strict)
        case Block(rows):
            return Block(tuple(tuple(next(left) for _ in row) for row in rows))
        case Slice(low, high):
            return Slice(each(low), each(high))
    return node


def walk(node: Node) -> tuple[Node, ...]:
    """The node and everything below it, parents first, without recursion. What is below is kept, because all rules ask for it;
    not the node itself, which would then be freed by the garbage collector alone."""
    try:
        return (node, *node._below)
    except AttributeError:
        out: list[Node] = []
        stack = list(children(node)[::-1])
        while stack:
            top = stack.pop()
            out.append(top)
            kind = type(top)
            if kind is Bin:
                stack += (top.right, top.left)  # type: ignore[union-attr]
            elif kind is not Sym and kind is not Num:
                stack += children(top)[::-1]
        object.__setattr__(node, "_below", tuple(out))
        return (node, *out)


def has_derivative(node: Node) -> bool:
    """Whether a gradient or a differential occurs."""
    try:
        return node._derived
    except AttributeError:
        found = isinstance(node, Grad | Diff) or any(map(has_derivative, children(node)))
        object.__setattr__(node, "_derived", found)
        return found


def has_index(node: Node) -> bool:
    r"""Whether a subscript that is more than numbers occurs, `x_i`, or a call that carries its index, `\sigma_i(A)`."""
    try:
        return node._indexed
    except AttributeError:
        if isinstance(node, Bin):
            found = has_index(node.left) or has_index(node.right)
        else:
            own = isinstance(node, Sub) and not all(isinstance(i, Num) for i in node.index or ())
            found = own or is_spectrum(node) or any(map(has_index, children(node)))
        object.__setattr__(node, "_indexed", found)
        return found


def is_spectrum(node: Node) -> TypeGuard[Call]:
    r"""`\sigma_i(A)`: a call that carries its index."""
    return isinstance(node, Call) and node.name.endswith("_") and len(node.args) == 2


def is_derivative(node: Node) -> bool:
    r"""Whether it is a derivative itself: `\nabla f`, `f'(x)`."""
    return isinstance(node, Grad) or (isinstance(node, Call) and node.name.endswith("'"))


def substitute_index(node: Node, name: str, value: Node) -> Node:
    """The tree with every symbol `name` replaced by `value`, subscripts included."""
    if isinstance(node, Sym):
        return value if node.name == name else node
    if isinstance(node, Sub) and node.index is None:  # a whole name; its base is only how it is written
        return node
    return rebuilt(node, [substitute_index(n, name, value) for n in children(node)])


def base_name(node: Sub) -> str:
    return node.base.name if isinstance(node.base, Sym | Sub) else ""


EITHER = "\\pm"
"""The name of the sign in `a \\pm b`."""
ZEROS = Un("-", Num(0.0))
"""Zeros of open number, as in `1, 0, ..., 0`: a 0 that has any shape among numbers too."""


def is_zero(node: Node) -> bool:
    """Literally zero: 0, -0, 0_{k x n}, a block of zeros."""
    if isinstance(node, Num):
        return node.value == 0
    if isinstance(node, Sub):
        return is_zero(node.base)
    if isinstance(node, Un):
        return node.op in "-T" and is_zero(node.x)
    return isinstance(node, Block) and all(is_zero(n) for row in node.rows for n in row)


def summands(node: Node) -> list[Node]:
    """The terms of a sum, without their signs."""
    out: list[Node] = []
    stack = [node]
    while stack:
        top = stack.pop()
        if isinstance(top, Bin) and top.op in "+-":
            stack += [top.right, top.left]
        elif isinstance(top, Un) and top.op == "-":
            stack.append(top.x)
        else:
            out.append(top)
    return out
