"""The shape of an expression at a glance: from what was declared of its names, without any value.

Not covered: arguments of functions, blocks of open size, indices that stand for sets. None says that it cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable

from evalkit.derivation.grammar.nodes import Big, Bin, Block, Call, Grad, Node, Num, Slice, Sub, Sym, Un, base_name
from evalkit.derivation.grammar.stream import COLUMN, MATRIX, ROW, SCALAR
from evalkit.derivation.worlds.entries import WHOLE, Defined, Dimension, Drawn, Entry, Factor, Family, Index

Find = Callable[[str], tuple[str, Entry] | None]
MAX_DEPTH = 12
_TURNED = {COLUMN: ROW, ROW: COLUMN}
_PRODUCTS = {
    (MATRIX, COLUMN): COLUMN,
    (MATRIX, MATRIX): MATRIX,
    (ROW, COLUMN): SCALAR,
    (ROW, MATRIX): ROW,
    (COLUMN, ROW): MATRIX,
}
_NUMBERS = {
    "tr",
    "det",
    "rank",
    "norm",
    "norm_F",
    "norm_2",
    "norm_1",
    "norm_nuc",
    "norm_inf",
    "inner",
    "binom",
    "max",
    "min",
}
_BUILT_IN = {"I": MATRIX, "e": SCALAR, "\\pi": SCALAR, "\\mathbf 1": COLUMN}


def guess(node: Node, find: Find, depth: int = MAX_DEPTH) -> str | None:
    """The shape of an expression, or None."""
    if depth <= 0:
        return None
    match node:
        case Num():
            return SCALAR
        case Sym(name):
            found = find(name)
            if found is not None:
                return of_entry(found[1], find, depth)
            return of_members(find(f"{name}_"), find, depth) or _BUILT_IN.get(name)
        case Sub():
            return of_subscripted(node, find, depth)
        case Un(op, x):
            inner = guess(x, find, depth - 1)
            return _TURNED.get(inner or "", inner) if op == "T" else inner
        case Bin(op, left, right):
            return of_two(op, guess(left, find, depth - 1), guess(right, find, depth - 1))
        case Call(function, (Sym(key),)) if function == WHOLE:
            found = find(key)
            return MATRIX if found is not None and isinstance(found[1], Defined) and found[1].second else COLUMN
        case Call("tuple" | "vec", _):
            return COLUMN
        case Call("diag", args):
            return COLUMN if len(args) == 1 and guess(args[0], find, depth - 1) == MATRIX else MATRIX
        case Call("max" | "min", args) if len(args) > 1:
            shapes = {guess(a, find, depth - 1) for a in args} - {SCALAR}
            return SCALAR if not shapes else shapes.pop() if len(shapes) == 1 else None
        case Call(name, args):
            if name in _NUMBERS:
                return SCALAR
            found = find(name)
            if found is not None and not is_entrywise(found[1], find, depth):
                return of_entry(found[1], find, depth)
            return guess(args[0], find, depth - 1) if args else None
        case Grad(_, by, 1):
            return guess(by, find, depth - 1)
        case Big(_, body, _, _, _):
            return guess(body, find, depth - 1)
        case Block(rows):
            return MATRIX if len(rows) > 1 and len(rows[0]) > 1 else COLUMN if len(rows) > 1 else ROW
    return None


def is_entrywise(entry: Entry, find: Find, depth: int) -> bool:
    """Whether it is a function of one number that is a number: of a column it is the column of its values."""
    if not isinstance(entry, Defined) or entry.index or len(entry.params) != 1 or find(entry.params[0]) is not None:
        return False
    number = (entry.params[0], Drawn(()))
    return guess(entry.body, lambda name: number if name == number[0] else find(name), depth - 1) == SCALAR


def of_entry(entry: Entry, find: Find, depth: int) -> str | None:
    match entry:
        case Drawn(shape):
            return SCALAR if not shape else COLUMN if len(shape) == 1 or shape[1] == Num(1) else MATRIX
        case Factor():
            return MATRIX
        case Dimension() | Index():
            return SCALAR
        case Defined(body, params, index):
            return None if params or index else guess(body, find, depth - 1)
    return None


def of_members(found: tuple[str, Entry] | None, find: Find, depth: int) -> str | None:
    """`v` after `v_i = ...`, `A` after `A_{ij} = ...` of numbers."""
    entry = found[1] if found is not None else None
    if not isinstance(entry, Defined) or entry.index is None or guess(entry.body, find, depth - 1) != SCALAR:
        return None
    return MATRIX if entry.second else COLUMN


def of_subscripted(node: Sub, find: Find, depth: int) -> str | None:
    """`x_i`, `A_{ij}`."""
    found = find(node.name) if node.name else None
    if found is not None:
        return of_entry(found[1], find, depth)
    family = find(base_name(node) + "_")
    if family is not None:
        match family[1]:
            case Family("columns" | "rows", _):
                return COLUMN
            case Family():
                return SCALAR
            case Defined(body, _, _):
                return guess(body, find, depth - 1)
    if node.index is None:
        return None
    whole = guess(node.base, find, depth - 1)
    sliced = [isinstance(i, Slice) for i in node.index]
    if any(sliced):
        return {(True, False): COLUMN, (False, True): ROW}.get(tuple(sliced)) if whole == MATRIX else None  # type: ignore[arg-type]
    return SCALAR if (whole, len(node.index)) in ((COLUMN, 1), (MATRIX, 2)) else _BUILT_IN.get(base_name(node))


def of_two(op: str, left: str | None, right: str | None) -> str | None:
    if op in ("+", "-"):
        return left or right
    if op == "dot" and (left, right) == (COLUMN, COLUMN):
        return SCALAR
    if op in ("*", "dot"):
        if left == SCALAR or right == SCALAR:
            return right if left == SCALAR else left
        return _PRODUCTS.get((left or "", right or ""))
    return left if op in ("/", "^", ".*", ".^") else None
