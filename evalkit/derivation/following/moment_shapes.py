r"""Moments of columns and matrices: `E[AX] = E[X]A` and `Var(Ax) = A^2 Var(x)` hold of numbers alone.

Where a constant is a matrix, or may be one, what holds of numbers is looked at once more: constants in capitals are square, random
letters columns or, where these have no place, square too or numbers, and what is added may be a column.
Not covered: random letters alone, which are numbers (`E[XY] = E[YX]`), as long as nothing is done to them that is done to matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from evalkit.derivation.following.free import MAX_TRIED, of_matrices
from evalkit.derivation.following.otherwise import numbers_by_use
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.following.taken import SIZE, is_small, places
from evalkit.derivation.grammar.nodes import Bin, Node, Sym, is_zero
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict

Shapes = Mapping[str, tuple[Node, ...]]
Tried = Callable[[tuple[Node, Node], Shapes], Judgement]
"""The verdict on two sides where these letters have these shapes, and the others are numbers."""
MAX_SIZES = 4


def of_numbers_alone(
    reading: Reading, sides: tuple[Node, Node], random: Sequence[str], constant: Sequence[str], judged: Tried
) -> bool:
    """Whether what holds of numbers fails of columns and matrices. random, constant: letters that nothing explains."""
    scope, both = reading.judge.scope, Bin("=", *sides)
    numbers = numbers_by_use(both, powers=False)
    found = places(scope, both, [*random, *constant])
    matrices = [n for n in constant if not is_small(n) and n not in numbers]
    declared = of_matrices(scope, both)
    if not (matrices or found.columns or declared):
        return False
    reading.freed += 1  # it costs as much as other letters that nothing explains
    if reading.freed > MAX_TRIED:
        return True
    lengths: list[Node] = [SIZE, *map(Sym, reading.judge.worlds[0].sizes)]
    sizes = lengths[: MAX_SIZES if random and declared else 1]
    added = [n for n in constant if is_small(n) and n not in found.columns | numbers]
    drawn = [n for n in random if n not in found.columns | numbers]
    for size in sizes:
        column: tuple[Node, ...] = (size,)
        square: tuple[Node, ...] = (size, size)
        known = dict.fromkeys(matrices, square) | dict.fromkeys(found.columns, column)
        for more in [*([added] if added else []), list[str]()]:
            shapes = known | dict.fromkeys(more, column)
            squares = {n: column if is_small(n) else square for n in drawn}
            ways = (fails(judged, sides, shapes | way) for way in (dict.fromkeys(drawn, column), squares, {}))
            if next((way for way in ways if way is not None), False):
                return True
    return False


def fails(judged: Tried, sides: tuple[Node, Node], shapes: Shapes) -> bool | None:
    """Whether it fails there, or one side alone has a shape; None where it is not to be read so."""
    verdict = judged(sides, shapes).verdict
    if verdict is not Verdict.ILL_TYPED:
        return verdict is Verdict.FAILS if verdict in TRUE | {Verdict.FAILS} else None
    return any(not is_zero(side) and judged((side, side), shapes).verdict in TRUE for side in sides) or None
