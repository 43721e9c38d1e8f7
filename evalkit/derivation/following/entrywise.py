r"""`\frac{\partial L}{\partial a} \cdot a \cdot (1 - a)` for columns: what has no shape as it stands, entry by entry, or with a quotient of matrices.

A product with a sign (`\cdot`, `\times`, `*`) of two columns or matrices of one shape is taken entry by entry, as is one without where a factor can
be meant in no other way (`a(1 - a)`), a number beside a column is added to every entry, `a^2` and a quotient of two columns are those of each entry, the derivative of a
column by another one is the diagonal of a matrix, that of a matrix by another one has its shape where every entry depends on the same entry alone, `\frac{A}{B}` is A times the inverse of B, and `\operatorname{diag}(A)` the matrix of the diagonal of A. Only where that makes the relation true, in a
product of which nothing else has a shape; nothing is false by it. A column beside what its entry is for every index holds, too.
A column beside a matrix is added to every column of it, or to every row where it is as long as these; a number to every entry.
Not covered: square matrices entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeGuard

import numpy as np

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Block, Call, Grad, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.calculus import BY_A_MATRIX
from evalkit.derivation.worlds.entries import SLOPES
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.indices import index_range, loose_indices
from evalkit.derivation.worlds.values import Trouble, number
from evalkit.derivation.worlds.world import GENERIC

MAX_TRIED = 30
"""Relations of one reply that are tried."""
SAME = 1e-7
"""How near to each other numbers of two sides are, as shares of them."""
SIGNS = ("cdot", "times", "*")
Shape = tuple[int, int]


def entry_by_entry(reading: Reading, read: Read) -> Read | None:
    """Holds entry by entry, or with quotients of matrices, and has no shape as it stands."""
    judged = read.judgement
    if reading.entrywise >= MAX_TRIED or (judged.verdict is Verdict.UNPARSED and judged.reason != BY_A_MATRIX):
        return None
    reading.entrywise += 1
    if holds_for_each_entry(reading, read):
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="entry by entry"))
    sides = by_its_entries(reading, read, read.sides)
    if sides is None:
        return None
    judgement = reading.judge.equation(*sides)
    return replace(read, judgement=replace(judgement, reason="entry by entry")) if judgement.verdict in TRUE else None


def by_its_entries(reading: Reading, read: Read, sides: Sequence[Node]) -> tuple[Node, Node] | None:
    """Its sides as what only their shapes tell; None where that changes nothing. sides: those of `read`, or what stands for them."""
    env = reading.judge.general
    for side, other in (sides, sides[::-1]):
        if isinstance(other, Num) and is_list(shape(env, side)):  # `\\partial a/\\partial b = 1` for a column a
            return (side, Bin("*", other, ones(side)))
    places = [(read.start, read.left_end), (read.right_start, read.end)]
    places = places[::-1] if read.op == "=:" else places
    signs = [has_sign(read, *at) for at in places]
    left, right = (written_out(env, side, signed=signed) for side, signed in zip(sides, signs, strict=True))
    if not all(signs) and (by_entry(left) or by_entry(right)):
        left, right = (written_out(env, side, signed=True) for side in sides)
    if isinstance(left, Grad) != isinstance(right, Grad):
        left, right = (on_diagonal(env, a, b) for a, b in ((left, right), (right, left)))
    return (left, right) if [left, right] != [*sides] else None


def holds_for_each_entry(reading: Reading, read: Read) -> bool:
    """Whether one side is a column and the other one its entry for every index: `\\frac{e^{x_i}}{\\sum_j e^{x_j}} = s(x)`."""
    for env in reading.judge.envs(GENERIC):
        names = loose_indices(env, Bin("=", *read.sides), {})
        wholes = [side for side in read.sides if not loose_indices(env, side, {})]
        column = shape(env, wholes[0]) if len(names) == len(wholes) == 1 else None
        if not is_column(column):
            return False
        (entry,) = (side for side in read.sides if side is not wholes[0])
        try:
            low, high = index_range(env, entry, names[0], {})
            if high - low + 1 != column[0]:
                return False
            env.begin()
            with np.errstate(all="ignore"):
                made = [env.value(entry, {names[0]: number(float(i))}) for i in range(low, high + 1)]
                wanted = env.value(wholes[0], {})
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            return False
        entries = [v.item() for v in made if isinstance(v, np.ndarray) and v.size == 1]
        if not isinstance(wanted, np.ndarray) or not len(entries) == len(made) == wanted.size:
            return False
        if not np.allclose(entries, wanted.ravel(), rtol=SAME, atol=SAME * float(np.abs(wanted).max())):
            return False
    return True


def has_sign(read: Read, start: int, end: int) -> bool:
    """Whether a sign of multiplication stands in a side of it: without one, a product is none of entries."""
    tokens = (t for side in (read.statement.sides if read.statement else ()) for t in side)
    return any(t.text in SIGNS and start <= t.start < end for t in tokens)


def written_out(env: Env, node: Node, *, signed: bool) -> Node:
    """The tree in which products, sums and quotients are what only their shapes tell. signed: products may be meant entry by entry."""
    if isinstance(node, Grad) and shape(env, node) is None and shape(env, slopes := by_entries(node)) is not None:
        return slopes
    if isinstance(node, Sub | Grad | Block) or not children(node):
        return node
    node = rebuilt(node, [written_out(env, part, signed=signed) for part in children(node)])
    if isinstance(node, Call) and node.name == "diag" and len(node.args) == 1:
        inside = shape(env, node.args[0])
        return Call("diag", (node,)) if inside is not None and inside[0] == inside[1] > 1 else node
    if not isinstance(node, Bin):
        return node
    a, b = shape(env, node.left), shape(env, node.right)
    match node.op:
        case "*" | "dot" | "cross" if is_list(a) and a == b and (signed or by_entry(node.left) or by_entry(node.right)):
            return Bin(".*", node.left, node.right)
        case "*" | "dot" if signed and is_column(a) and is_slope(node.right) and b == (a[0], a[0]):
            return Bin("*", Un("T", node.right), node.left)
        case "+" | "-" if is_one_number(node.left, a) and is_list(b):
            return Bin(node.op, Bin("*", node.left, ones(node.right)), node.right)
        case "+" | "-" if is_one_number(node.right, b) and is_list(a):
            return Bin(node.op, node.left, Bin("*", node.right, ones(node.left)))
        case "^" if isinstance(node.right, Num) and is_list(a):
            return Bin(".^", node.left, node.right)
        case "+" | "-" if is_matrix(a) and b == (a[0], 1):
            return Bin(node.op, node.left, Bin("*", node.right, Un("T", Sym("\\mathbf 1"))))
        case "+" | "-" if is_matrix(a) and a[0] > 1 and b == (1, a[1]):
            return Bin(node.op, node.left, Bin("*", Sym("\\mathbf 1"), node.right))
        case "+" | "-" if is_matrix(a) and a[0] > 1 and b == (a[1], 1):
            return Bin(node.op, node.left, Bin("*", Sym("\\mathbf 1"), Un("T", node.right)))
        case "/" if b is not None and b[0] == b[1] > 1:
            return Bin("*", node.left, Bin("^", node.right, Un("-", Num(1.0))))
        case "/" if is_list(b) and a in ((1, 1), b):
            return Bin(".*", node.left, Bin(".^", node.right, Un("-", Num(1.0))))
    return node


def by_entries(node: Grad) -> Node:
    """The derivative of every entry of a matrix by the same entry of another one."""
    return Call(SLOPES, (node.f, node.by))


def ones(node: Node) -> Node:
    """As many ones as it has entries."""
    return Bin(".^", node, Num(0.0))


def by_entry(node: Node) -> bool:
    """Whether a number beside a column stands in it, which is meant entry by entry in any case: `1 - a`."""
    return any(isinstance(n, Bin) and n.op == ".^" and n.right == Num(0.0) for n in walk(node))


def on_diagonal(env: Env, node: Node, other: Node) -> Node:
    """A column as the diagonal of a matrix, where the other side is the derivative of a column by a column."""
    own, slope = shape(env, node), shape(env, other)
    if is_slope(other) and is_column(own) and slope == (own[0], own[0]):
        return Call("diag", (node,))
    return node


def is_one_number(node: Node, found: Shape | None) -> bool:
    """A number, or a letter for one: added to a column it is added to every entry."""
    return isinstance(node, Num) or (isinstance(node, Sym | Sub) and found == (1, 1))


def is_slope(node: Node) -> bool:
    return isinstance(node, Grad) and node.order == 1


def is_list(found: Shape | None) -> TypeGuard[Shape]:
    """A column, a row, or a matrix that is not square, with which no matrix product of two fits."""
    return found is not None and found[0] != found[1]


def is_column(found: Shape | None) -> TypeGuard[Shape]:
    return found is not None and found[0] > 1 and found[1] == 1


def is_matrix(found: Shape | None) -> TypeGuard[Shape]:
    return found is not None and found[1] > 1


def shape(env: Env, node: Node, indices: Iterable[str] = ()) -> Shape | None:
    """The shape of its value; None where it has none. indices: those that are free in it, all taken as 1."""
    try:
        env.begin()
        with np.errstate(all="ignore"):
            value = env.value(node, {name: number(1.0) for name in indices})
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None
    return (value.shape[0], value.shape[1]) if isinstance(value, np.ndarray) and value.ndim == 2 else None
