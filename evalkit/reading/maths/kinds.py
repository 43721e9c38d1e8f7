r"""Values with a structure: ratios and times, numerals to a base, tuples, intervals, matrices, named sets.

`alike` compares their parts and is handed in, since a part may again have a structure.

Not covered: bases of numerals with a point, ratios of more than two parts beside a quotient.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from evalkit.reading.maths import nodes
from evalkit.reading.maths.names import FinalError, OtherKindError, UnsureError, name
from evalkit.reading.maths.nodes import (
    KINDS,
    Based,
    Brackets,
    Builder,
    Joined,
    Matrix,
    Named,
    Node,
    Ratio,
    Residue,
    Scalar,
    Scaled,
)  # fmt: skip

Alike = Callable[[Node, Node], bool]


def same(gold: Node, pred: Node, alike: Alike) -> bool:
    """Whether two values say the same, at least one of which has a structure. Raises Unreadable."""
    for kind, compare in _COMPARERS:
        if isinstance(gold, kind) or isinstance(pred, kind):
            return compare(gold, pred, alike)
    raise UnsureError(KINDS)


def interval_or_pair(gold: Brackets, pred: Brackets, alike: Alike) -> bool:
    """Two tuples, entry by entry; with two entries they may be intervals, so that the brackets count."""
    if len(gold.items) != len(pred.items):
        return False
    pair = len(gold.items) == 2 and all(node.open in "([" for node in (gold, pred))
    if pair and (gold.open + gold.close) != (pred.open + pred.close):
        return False
    return all(alike(g, p) for g, p in zip(gold.items, pred.items, strict=True))


def _same_ratio(gold: Node, pred: Node, alike: Alike) -> bool:
    if isinstance(gold, Ratio) and isinstance(pred, Ratio):
        gold, pred = _to_the_minute(gold), _to_the_minute(pred)
        if len(gold.parts) != len(pred.parts):
            return False
        if all(alike(g, p) for g, p in zip(gold.parts, pred.parts, strict=True)):
            return True
        if not _proportional(gold, pred, alike) or (_is_time(gold) and _reduced(gold) > 1):
            return False
        if _is_time(gold) and _is_time(pred):
            raise FinalError("a ratio or a time")
        return True
    ratio, other = (gold, pred) if isinstance(gold, Ratio) else (pred, gold)
    if not isinstance(ratio, Ratio) or len(ratio.parts) != 2 or not isinstance(other, Scalar):
        raise OtherKindError(KINDS)
    if _is_time(ratio):
        raise UnsureError(KINDS)  # hours, or a share of an hour
    quotient = Scalar(("\\frac", "{", *ratio.parts[0].tokens, "}", "{", *ratio.parts[1].tokens, "}"))
    return alike(quotient, other) if ratio is gold else alike(other, quotient)


def _to_the_minute(node: Ratio) -> Ratio:
    """`20:34:00` is 20:34."""
    if len(node.parts) == 3 and _is_time(node) and node.parts[2] == Scalar(("00",)):
        return Ratio(node.parts[:2])
    return node


def _proportional(gold: Ratio, pred: Ratio, alike: Alike) -> bool:
    """a : b = c : d as a d = b c, so that a part may be zero."""
    for g, p in zip(gold.parts[1:], pred.parts[1:], strict=True):
        left = Scalar(("(", *gold.parts[0].tokens, ")", "(", *p.tokens, ")"))
        right = Scalar(("(", *g.tokens, ")", "(", *pred.parts[0].tokens, ")"))
        if not alike(left, right):
            return False
    return True


def _whole(node: Ratio) -> list[str]:
    return [part.tokens[0] if len(part.tokens) == 1 else "" for part in node.parts]


def _is_time(node: Ratio) -> bool:
    parts = _whole(node)
    later = all(len(part) == 2 and part.isdecimal() and int(part) < 60 for part in parts[1:])
    return later and parts[0].isdecimal() and int(parts[0]) < 25


def _reduced(node: Ratio) -> int:
    """The factor by which a ratio could be cut; nobody hands out 4 : 30 as a ratio."""
    parts = _whole(node)
    return math.gcd(*map(int, parts)) if all(part.isdecimal() for part in parts) else 1


def _same_based(gold: Node, pred: Node, alike: Alike) -> bool:
    if isinstance(gold, Based) and isinstance(pred, Based):
        if gold == pred:
            return True
        if int(gold.digits, gold.base) == int(pred.digits, pred.base):
            raise FinalError("the same number to another base")
        return False
    based, other = (gold, pred) if isinstance(gold, Based) else (pred, gold)
    if not isinstance(based, Based) or not isinstance(other, Scalar):
        raise OtherKindError(KINDS)
    if based.base == 10:
        plain = Scalar((based.digits,))
        return alike(plain, pred) if based is gold else alike(gold, plain)
    return False


def _same_residue(gold: Node, pred: Node, alike: Alike) -> bool:
    """`10 \\pmod 7` is `3 \\pmod 7`; beside a bare number the value itself counts."""
    if not (isinstance(gold, Residue) and isinstance(pred, Residue)):
        values = [node.value if isinstance(node, Residue) else node for node in (gold, pred)]
        if not all(isinstance(value, Scalar) for value in values):
            raise OtherKindError(KINDS)
        return alike(*values)
    if not alike(gold.modulus, pred.modulus):
        return False
    numbers = ["".join(node.tokens) for node in (gold.value, pred.value, gold.modulus)]
    if not all(re.fullmatch(r"-?\d{1,9}", number) for number in numbers):
        return alike(gold.value, pred.value)
    one, two, modulus = map(int, numbers)
    return modulus != 0 and (one - two) % modulus == 0


def _same_matrix(gold: Node, pred: Node, alike: Alike) -> bool:
    wanted, given = nodes.entries(gold), nodes.entries(pred)
    if wanted is None or given is None:
        return _identity(gold, pred, wanted, alike)
    if isinstance(wanted, Brackets) and isinstance(given, Brackets):
        return interval_or_pair(wanted, given, alike)
    gold_rows, pred_rows = _rows(wanted, given), _rows(given, wanted)
    if [len(row) for row in gold_rows] != [len(row) for row in pred_rows]:
        return False
    pairs = (pair for one, two in zip(gold_rows, pred_rows, strict=True) for pair in zip(one, two, strict=True))
    return all(alike(g, p) for g, p in pairs)


def _rows(node: Matrix | Brackets, other: Node) -> tuple[tuple[Node, ...], ...]:
    """A tuple beside a matrix is a column or a row, as the matrix is; a tuple of tuples is a matrix."""
    if isinstance(node, Matrix):
        return node.rows
    nested = tuple(item.items for item in node.items if isinstance(item, Brackets))
    if len(nested) == len(node.items):
        return nested
    row = isinstance(other, Matrix) and len(other.rows) == 1
    return (node.items,) if row else tuple((item,) for item in node.items)


def _identity(gold: Node, pred: Node, wanted: Matrix | Brackets | None, alike: Alike) -> bool:
    """`3I` for a matrix with threes on its diagonal; a number is no matrix."""
    matrix, other = (wanted, pred) if wanted is not None else (nodes.entries(pred), gold)
    if not isinstance(other, Scalar):
        raise OtherKindError(KINDS)
    built = _scaled_identity(other, len(matrix.rows)) if isinstance(matrix, Matrix) else None
    if built is not None and matrix is not None:
        return _same_matrix(matrix, built, alike) if wanted is not None else _same_matrix(built, matrix, alike)
    if any(token.isupper() for token in other.tokens) or (other is pred and name(other.tokens)):
        raise UnsureError(KINDS)  # a matrix in symbols, or the bare name of one
    return False


def _scaled_identity(node: Scalar, size: int) -> Matrix | None:
    """`3I`, `-I_2`, as rows."""
    at = node.tokens.index("I") if "I" in node.tokens else -1
    if at < 0 or "".join(node.tokens[at + 1 :]).strip("_{}") not in ("", str(size)):
        return None
    before = node.tokens[:at]
    factor = Scalar({(): ("1",), ("-",): ("-", "1")}.get(before, before))
    zero = Scalar(("0",))
    return Matrix(tuple(tuple(factor if i == j else zero for j in range(size)) for i in range(size)))


def _same_named(gold: Node, pred: Node, alike: Alike) -> bool:
    if isinstance(gold, Named) and isinstance(pred, Named):
        return gold.name == pred.name
    if Named("empty") in (gold, pred):
        return False
    other = pred if isinstance(gold, Named) else gold
    raise (UnsureError if isinstance(other, (Builder, Joined)) else OtherKindError)(KINDS)


def _unlike(gold: Node, pred: Node, alike: Alike) -> bool:
    raise UnsureError(KINDS)


_COMPARERS: tuple[tuple[type | tuple[type, ...], Callable[[Node, Node, Alike], bool]], ...] = (
    (Named, _same_named),
    (Based, _same_based),
    (Ratio, _same_ratio),
    (Residue, _same_residue),
    ((Matrix, Brackets, Scaled), _same_matrix),
    ((Joined, Builder), _unlike),
)
