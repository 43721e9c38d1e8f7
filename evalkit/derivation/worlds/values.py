"""Values and their algebra. Everything is an array (..., rows, columns); a scalar is 1 x 1; leading axes are a batch.

`Eye` and `ZERO` have no size until something gives them one; `Blocks` is a block matrix some of whose sizes are open.
Sizes of worlds are at least 3, so 1 x 1 always means a scalar.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from evalkit.derivation.worlds.draw import Array


class Trouble(Exception):  # noqa: N818 - the common base of verdicts about one evaluation
    """An expression has no value."""


class IllTyped(Trouble):
    """Shapes do not fit."""


class Undefined(Trouble):
    """No value in this world: a singular inverse, a division by zero, an index out of range."""


class Unsupported(Trouble):
    """We do not know how to evaluate this."""


class OpenSize(Unsupported):
    """A sum of which no term has a size."""


class Unbound(Trouble):
    """A name without meaning; `args[0]` is the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    coefficient: Array


@dataclass(frozen=True, slots=True)
class Zero:
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Equal rows, or columns, or both, as many as something else asks for: `\\mathbf 1`, `1 1^T`. An open axis has length 1."""

    values: Array
    rows: bool
    columns: bool


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    rows: tuple[tuple[Value, ...], ...]


MAX_ENTRIES = 250_000
"""Of one array, a batch included."""


def bounded(*shapes: tuple[int, ...]) -> None:
    """Raises Unsupported where an array of these shapes together would be too large. It is asked before one is made."""
    if math.prod(np.broadcast_shapes(*shapes)) > MAX_ENTRIES:
        raise Unsupported("an array of this size")


Value = Array | Eye | Zero | Blocks | Spread
ZERO = Zero()
Local = Mapping[str, Value]
"""What is bound for the moment: indices, arguments of functions, perturbed symbols."""


def number(value: float | complex) -> Array:
    return np.array([[value]])


@lru_cache(maxsize=512, typed=True)
def constant(value: float) -> Array:
    """The same, made once: not to be written into."""
    made = number(value)
    made.setflags(write=False)
    return made


def is_scalar(a: Array) -> bool:
    return a.shape[-1] == 1 and a.shape[-2] == 1  # type: ignore[no-any-return]


def shape_text(v: Value) -> str:
    if isinstance(v, np.ndarray):
        return "scalar" if is_scalar(v) else f"{v.shape[-2]}x{v.shape[-1]}"
    if isinstance(v, Spread):
        return "1"
    return "I" if isinstance(v, Eye) else "0" if isinstance(v, Zero) else "block"


def negate(v: Value) -> Value:
    if isinstance(v, Eye):
        return Eye(-v.coefficient)
    if isinstance(v, Blocks):
        return Blocks(tuple(tuple(negate(c) for c in row) for row in v.rows))
    if isinstance(v, Spread):
        return Spread(-v.values, v.rows, v.columns)
    return v if isinstance(v, Zero) else -v


def transpose(v: Value) -> Value:
    if isinstance(v, Blocks):
        return Blocks(tuple(tuple(transpose(c) for c in row) for row in zip(*v.rows, strict=True)))
    if isinstance(v, Spread):
        return Spread(np.swapaxes(v.values, -1, -2), v.columns, v.rows)
    return v.swapaxes(-1, -2) if isinstance(v, np.ndarray) else v


def eye(v: Eye, size: int) -> Array:
    return np.asarray(v.coefficient * np.eye(size))


def add(a: Value, b: Value) -> Value:
    if isinstance(a, Zero):
        return b
    if isinstance(b, Zero):
        return a
    if isinstance(a, Eye) and isinstance(b, Eye):
        return Eye(a.coefficient + b.coefficient)
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if a.shape[-2:] != b.shape[-2:]:
            raise IllTyped(f"{shape_text(a)} + {shape_text(b)}")
        if a.size * b.size > MAX_ENTRIES:
            bounded(a.shape, b.shape)
        return np.asarray(a + b)
    if isinstance(a, Blocks) and isinstance(b, Blocks):
        if len(a.rows) != len(b.rows) or len(a.rows[0]) != len(b.rows[0]):
            raise Unsupported("two block matrices of open sizes")
        return Blocks(
            tuple(tuple(add(x, y) for x, y in zip(p, q, strict=True)) for p, q in zip(a.rows, b.rows, strict=True))
        )
    if isinstance(a, Spread) and isinstance(b, Spread) and (a.rows, a.columns) == (b.rows, b.columns):
        return Spread(a.values + b.values, a.rows, a.columns)
    one, other = (a, b) if isinstance(b, np.ndarray) else (b, a)
    if isinstance(other, np.ndarray):
        return np.asarray(other + sized(one, other.shape[-2], other.shape[-1]))
    raise OpenSize("an identity and a block matrix of open size")


def multiply(a: Value, b: Value) -> Value:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        if is_scalar(a) or is_scalar(b):
            if a.size * b.size > MAX_ENTRIES:
                bounded(a.shape, b.shape)
            return np.asarray(a * b)
        if a.shape[-1] != b.shape[-2]:
            raise IllTyped(f"({shape_text(a)})({shape_text(b)})")
        if a.size * b.size > MAX_ENTRIES:
            bounded((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1]))
        return np.asarray(a @ b)
    if isinstance(a, Zero) or isinstance(b, Zero):
        return ZERO
    if isinstance(a, Spread) or isinstance(b, Spread):
        return multiply_spread(a, b)
    if isinstance(a, Eye) or isinstance(b, Eye):
        unit, other = (a, b) if isinstance(a, Eye) else (b, a)
        assert isinstance(unit, Eye)  # noqa: S101 - for the type checker
        if isinstance(other, Eye):
            return Eye(unit.coefficient * other.coefficient)
        if isinstance(other, np.ndarray):
            return Eye(unit.coefficient * other) if is_scalar(other) else np.asarray(unit.coefficient * other)
        return multiply(unit.coefficient, other)
    return multiply_blocks(a, b)


def multiply_spread(a: Value, b: Value) -> Value:
    """A product with an open axis: the other factor says how long it is, where the two meet."""
    for scalar, spread in ((a, b), (b, a)):
        if isinstance(spread, Spread) and isinstance(scalar, np.ndarray) and is_scalar(scalar):
            return Spread(spread.values * scalar, spread.rows, spread.columns)
        if isinstance(spread, Spread) and isinstance(scalar, Eye):
            return Spread(spread.values * scalar.coefficient, spread.rows, spread.columns)
    left = a if isinstance(a, Spread) else Spread(array(a), False, False)
    right = b if isinstance(b, Spread) else Spread(array(b), False, False)
    if left.columns and right.rows:
        raise Unsupported("ones of open size")
    length = right.values.shape[-2] if left.columns else left.values.shape[-1]
    x = np.broadcast_to(left.values, (*left.values.shape[:-1], length)) if left.columns else left.values
    y = (
        np.broadcast_to(right.values, (*right.values.shape[:-2], length, right.values.shape[-1]))
        if right.rows
        else right.values
    )
    if x.shape[-1] != y.shape[-2]:
        raise IllTyped(f"({shape_text(a)})({shape_text(b)})")
    out = np.asarray(x @ y)
    return Spread(out, left.rows, right.columns) if left.rows or right.columns else out


def multiply_blocks(a: Value, b: Value) -> Value:
    for scalar, blocks in ((a, b), (b, a)):
        if isinstance(scalar, np.ndarray) and is_scalar(scalar) and isinstance(blocks, Blocks):
            return Blocks(tuple(tuple(multiply(scalar, c) for c in row) for row in blocks.rows))
    if isinstance(a, Blocks) and isinstance(b, Blocks):
        if len(a.rows[0]) != len(b.rows):
            raise Unsupported("a product of block matrices")
        out = []
        for row in a.rows:
            cells: list[Value] = []
            for j in range(len(b.rows[0])):
                total: Value = ZERO
                for i, cell in enumerate(row):
                    total = add(total, multiply(cell, b.rows[i][j]))
                cells.append(total)
            out.append(tuple(cells))
        return simplify(Blocks(tuple(out)))
    if isinstance(a, Blocks) and isinstance(b, np.ndarray):
        if len(a.rows[0]) == 1:
            return simplify(Blocks(tuple((multiply(row[0], b),) for row in a.rows)))
        return multiply(partial_columns(a, b.shape[-2]), b)
    if isinstance(b, Blocks) and isinstance(a, np.ndarray):
        return transpose(multiply_blocks(transpose(b), transpose(a)))
    raise Unsupported("a product of block matrices")


def partial_columns(a: Blocks, columns: int) -> Value:
    """Give the block its number of columns; open rows are an error."""
    return fill(a, None, columns)


def simplify(v: Blocks) -> Value:
    """One cell alone is itself; blocks without open sizes become an array."""
    if len(v.rows) == 1 and len(v.rows[0]) == 1:
        return v.rows[0][0]
    try:
        return fill(v, None, None)
    except Unsupported:
        return v


def block(rows: tuple[tuple[Value, ...], ...]) -> Value:
    return simplify(Blocks(rows))


def are_numbers(v: Blocks, rows: int | None, columns: int | None) -> bool:
    """Whether nothing but zeros stands there, as many as there is room for: numbers, and no blocks."""
    if rows is None and columns is None:
        return False
    fits = rows in (None, len(v.rows)) and columns in (None, len(v.rows[0]))
    return fits and all(isinstance(cell, Zero) for row in v.rows for cell in row)


def fill(v: Blocks, rows: int | None, columns: int | None) -> Array:
    """The block as an array, its open sizes found from the cells and from the total size where that is known."""
    if are_numbers(v, rows, columns):
        return np.zeros((len(v.rows), len(v.rows[0])))
    heights: list[int | None] = [None] * len(v.rows)
    widths: list[int | None] = [None] * len(v.rows[0])
    changed = True
    while changed:  # a size once found is never changed: it ends
        before = (list(heights), list(widths))
        settle(v, heights, widths)
        for sizes, total in ((heights, rows), (widths, columns)):
            if total is not None and sizes.count(None) == 1:
                left = total - sum(s for s in sizes if s is not None)
                if left < 0:
                    raise IllTyped("a block matrix is too large")
                sizes[sizes.index(None)] = left
        changed = (heights, widths) != before
    if len(heights) == len(widths) and (rows is not None or columns is not None):  # blocks on a diagonal are square
        heights = [h if h is not None else w for h, w in zip(heights, widths, strict=True)]
        widths = [w if w is not None else h for h, w in zip(heights, widths, strict=True)]
    known_h = [h for h in heights if h is not None]
    known_w = [w for w in widths if w is not None]
    if len(known_h) < len(heights) or len(known_w) < len(widths):
        raise Unsupported("a block matrix of open size")
    if sum(known_h) * sum(known_w) > MAX_ENTRIES:
        raise Unsupported("an array of this size")
    cells = [[sized(c, known_h[i], known_w[j]) for j, c in enumerate(row)] for i, row in enumerate(v.rows)]
    batch = np.broadcast_shapes(*(c.shape[:-2] for row in cells for c in row))
    bounded((*batch, sum(known_h), sum(known_w)))
    wide = [[np.broadcast_to(c, batch + c.shape[-2:]) for c in row] for row in cells]
    return np.concatenate([np.concatenate(row, axis=-1) for row in wide], axis=-2)


def settle(v: Blocks, heights: list[int | None], widths: list[int | None]) -> None:
    """Sizes that the cells tell."""
    for i, row in enumerate(v.rows):
        for j, cell in enumerate(row):
            if isinstance(cell, np.ndarray):
                for sizes, at, size in ((heights, i, cell.shape[-2]), (widths, j, cell.shape[-1])):
                    if sizes[at] not in (None, size):
                        raise IllTyped("cells of a block matrix do not fit")
                    sizes[at] = size
            elif isinstance(cell, Spread):
                heights[i] = heights[i] if cell.rows else cell.values.shape[-2]
                widths[j] = widths[j] if cell.columns else cell.values.shape[-1]
            elif isinstance(cell, Eye):
                heights[i] = widths[j] = heights[i] if heights[i] is not None else widths[j]
            elif isinstance(cell, Blocks):
                raise Unsupported("a block in a block")


def sized(v: Value, rows: int, columns: int) -> Array:
    """The value as an array of this shape. Raises IllTyped."""
    if isinstance(v, Zero):
        return np.zeros((rows, columns))
    if isinstance(v, Eye):
        if rows != columns:
            raise IllTyped(f"I as {rows}x{columns}")
        return eye(v, rows)
    if isinstance(v, Blocks):
        v = fill(v, rows, columns)
    if isinstance(v, Spread):
        if rows == columns == 1:
            raise Unsupported("ones of open size")
        height, width = v.values.shape[-2:]
        if (not v.rows and height != rows) or (not v.columns and width != columns):
            raise IllTyped(f"ones against {rows}x{columns}")
        return np.broadcast_to(v.values, (*v.values.shape[:-2], rows, columns))
    if v.shape[-2:] != (rows, columns):
        raise IllTyped(f"{shape_text(v)} against {rows}x{columns}")
    return v


def matched(a: Value, b: Value) -> tuple[Array, Array]:
    """Two values as arrays of one shape, for a comparison. Raises IllTyped or Unsupported."""
    for one, other in ((a, b), (b, a)):
        if isinstance(one, np.ndarray):
            wide = sized(other, one.shape[-2], one.shape[-1])
            return (one, wide) if one is a else (wide, one)
    if isinstance(a, Eye | Zero) and isinstance(b, Eye | Zero):
        return sized(a, 3, 3), sized(b, 3, 3)
    if (
        isinstance(a, Blocks)
        and isinstance(b, Blocks)
        and len(a.rows) == len(b.rows)
        and len(a.rows[0]) == len(b.rows[0])
    ):
        pairs = [matched(x, y) for p, q in zip(a.rows, b.rows, strict=True) for x, y in zip(p, q, strict=True)]
        left = np.concatenate([p.reshape(-1) for p, _ in pairs])
        right = np.concatenate([q.reshape(-1) for _, q in pairs])
        return left[:, None], right[:, None]
    if isinstance(a, Zero) or isinstance(b, Zero):
        blocks = a if isinstance(a, Blocks) else b
        if isinstance(blocks, Blocks):
            cells = [matched(c, ZERO)[0].reshape(-1) for row in blocks.rows for c in row]
            flat = np.concatenate(cells)[:, None]
            return flat, np.zeros_like(flat)
    raise Unsupported("sizes that nothing determines")


def array(v: Value, what: str = "this") -> Array:
    """The value as an array; an identity or zero without size is Unsupported (a zero as a scalar is 0)."""
    if isinstance(v, Zero):
        return number(0.0)
    if isinstance(v, np.ndarray):
        return v
    raise Unsupported(f"{what} of an identity or block of open size")


def largest(v: Value) -> float:
    """The largest absolute entry."""
    if isinstance(v, np.ndarray):
        if v.size == 1:
            return float(abs(v.item()))
        sizes = np.abs(v)
        return float(sizes.item(sizes.argmax())) if v.size else 0.0  # what is no number counts as the largest
    if isinstance(v, Eye):
        return float(np.abs(v.coefficient).max())
    return 1.0
