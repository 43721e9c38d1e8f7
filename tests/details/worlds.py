"""What is drawn for a declared name: every kind and every two of them, in small shapes, with what holds of the arrays.

A line says which of the properties hold in all draws; no value is recorded, since those differ from one library of linear
algebra to the next. Then the sizes that constraints between dimensions leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from evalkit.derivation.problem.spec import KINDS
from evalkit.derivation.worlds.draw import Array, draw, drawn, generator, sizes

SHAPES = ((1, 1), (4, 1), (4, 4), (3, 6), (6, 3))
DRAWS = 3
SAME = 1e-9


def _all(found: Array) -> bool:
    return bool(np.all(found))


def _gaps(x: Array) -> bool:
    values = np.linalg.svd(x, compute_uv=False)
    values = values[values > SAME]
    return bool(np.all(-np.diff(values) > 0.05))


def _is_square(x: Array) -> bool:
    return bool(x.shape[0] == x.shape[1])


HOLDS: dict[str, Callable[[Array], bool]] = {
    "positive": lambda x: _all(x > 0),
    "nonnegative": lambda x: _all(x >= 0),
    "below 1": lambda x: _all(abs(x) <= 1 + SAME),
    "whole": lambda x: _all(abs(x - np.round(x)) < SAME),
    "0 or 1": lambda x: _all((abs(x) < SAME) | (abs(x - 1) < SAME)),
    "columns sum to 1": lambda x: _all(abs(x.sum(axis=0) - 1) < SAME),
    "rows sum to 0": lambda x: _all(abs(x.sum(axis=1)) < SAME),
    "columns of length 1": lambda x: _all(abs(np.linalg.norm(x, axis=0) - 1) < SAME),
    "orthonormal columns": lambda x: _all(abs(x.T @ x - np.eye(x.shape[1])) < SAME),
    "orthonormal rows": lambda x: _all(abs(x @ x.T - np.eye(x.shape[0])) < SAME),
    "symmetric": lambda x: _is_square(x) and _all(abs(x - x.T) < SAME),
    "skew": lambda x: _is_square(x) and _all(abs(x + x.T) < SAME),
    "diagonal": lambda x: _all(abs(x * (1 - np.eye(*x.shape))) < SAME),
    "lower": lambda x: _all(abs(np.triu(x, 1)) < SAME),
    "upper": lambda x: _all(abs(np.tril(x, -1)) < SAME),
    "positive definite": lambda x: _is_square(x) and _all(np.linalg.eigvalsh((x + x.T) / 2) > SAME),
    "full rank": lambda x: int(np.linalg.matrix_rank(x)) == min(x.shape),
    "clear gaps": _gaps,
}


def told(folder: Path) -> Iterator[str]:
    del folder
    few = [frozenset(some) for count in (0, 1, 2) for some in combinations(sorted(KINDS), count)]
    many = [
        frozenset(some.split())
        for some in ("data centred symmetric", "data positive unit", "invertible lower data", "small positive integer")
    ]
    for kinds in few + many:
        for shape in SHAPES:
            if len(kinds) < 2 or shape in ((4, 4), (3, 6)):
                yield f"{' '.join(sorted(kinds)) or 'anything'} {shape}: {_drawn(shape, kinds)}"
    for rank in (1, 2, 9):
        yield f"of rank {rank}: {_drawn((4, 6), frozenset({'data'}), rank)}; {_drawn((4, 6), frozenset({'data', 'centred'}), rank)}"
    yield f"too large: {_drawn((41, 2), frozenset())}"
    first = drawn(("a", 1), (3, 3), frozenset())
    yield f"again the same: {first is drawn(('a', 1), (3, 3), frozenset())} {first.flags.writeable}"
    for names, order in (
        ("", ""), ("n", ""), ("m n", ""), ("m n", "m < n"), ("m n", "m > n"), ("m n k", "k <= m, m <= n"), ("m n", "m ≥ n"), ("k m n", "k < m, n < k"),
        ("m n", "m < n, n < m"), ("m n", "m < k"), ("m", "m = 3"), ("a b c d e f g h", ""), ("a b c d e f g", "g < a"),
    ):  # fmt: skip
        yield f"sizes {names}, {order}: {_sizes(names.split(), [x for x in order.split(', ') if x])}"


def _drawn(shape: tuple[int, int], kinds: frozenset[str], rank: int | None = None) -> str:
    try:
        arrays = [draw(generator("worlds", n, shape), shape, kinds, rank) for n in range(DRAWS)]
    except ValueError as error:
        return f"ValueError {error}"
    ranks = {int(np.linalg.matrix_rank(x)) for x in arrays}
    size = max(float(abs(x).max()) for x in arrays)
    return f"{', '.join(name for name, holds in HOLDS.items() if all(map(holds, arrays)))}; rank {sorted(ranks)}, up to {size:.0e}"


def _sizes(names: list[str], order: list[str]) -> object:
    try:
        return sizes(names, order)
    except ValueError as error:
        return f"ValueError {error}"
