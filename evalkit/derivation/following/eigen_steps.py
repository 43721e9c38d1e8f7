r"""Steps by which eigenvalues and eigenvectors of a matrix of numbers are found: `\lambda^2 - 5\lambda + 5 = 0`, `\lambda = 2 \pm \sqrt 2`,
below `A - 2I = ...` the rows `2x + y = 0`, and the vector.

An equation in the letter of an eigenvalue alone is true where all its solutions are eigenvalues of a matrix of numbers that the text
has named (or of A'A or AA', as in spectral.py); an equation in the entries of a vector where it follows from the rows of the
singular matrix right before it. A vector behind such a row that does not solve them, and would with two entries exchanged or
one sign turned, is false. Looked at when all of the reply has been read.
Not covered: rounded eigenvalues, systems with a right side, matrices with letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.examples import constant_value
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spectral import (
    REACH,
    SINGULAR,
    SOUGHT,
    matrices,
    named_matrix,
    squares_of,
    those_named,
)
from evalkit.derivation.following.systems import has_either
from evalkit.derivation.following.two_signs import put
from evalkit.derivation.grammar.nodes import EITHER, Bin, Block, Call, Node, Num, Sub, Sym, walk
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.scope import Defined
from evalkit.derivation.worlds.values import Trouble

MAX_TRIED, MAX_SIDE = 40, 5
"""Equations of one reply that are looked at; rows of a matrix."""
NEAR, RIGHT_BEHIND = 600, 120
"""Characters between a singular matrix and its rows, and between a row and the vector."""
SAME = 1e-7
LETTERS = ({"x": 0, "y": 1, "z": 2}, {"a": 0, "b": 1, "c": 2, "d": 3})
ANOTHER = re.compile(
    r"\b(?:orthogonal|perpendicular|another|other|second|next|similarly|for|with|generali[sz]ed|initial|right)\b|\d",
    re.I,
)
"""What may lead to another vector than the one that the rows tell."""
NUMBERED = re.compile(r"([a-z])_(\d)")
OPEN = frozenset({Verdict.UNBOUND, Verdict.DISPUTED, Verdict.DEFINITION, Verdict.ASSUMPTION})
SKIPPED = frozenset({"both_signs", "index_value", "example_value"})


@dataclass(frozen=True)
class Singular:
    """A singular matrix of numbers that a relation names, and where that ends."""

    end: int
    section: int
    rows: Array


def accept_eigen_steps(reading: Reading) -> None:
    """Call true what eigenvalues and the rows of singular matrices bear out, and false a vector that is one slip from solving them."""
    seen: list[Singular] = []
    rows_at: tuple[int, Singular] | None = None
    tried = 0
    for at, read in enumerate(reading.relations):
        if read.op != "=" or read.left is None or read.right is None or read.negated:
            continue
        if (named := singular(reading, read)) is not None:
            seen.append(named)
        if tried >= MAX_TRIED or not is_open(read):
            continue
        tried += 1
        before = next(
            (s for s in reversed(seen) if s.section == read.section and 0 <= read.start - s.end <= NEAR), None
        )
        if before is not None and follows_from_rows(reading, read, before.rows):
            rows_at = (read.end, before)
            reading.relations[at] = held(read, "follows from the rows of the matrix before it")
        elif is_of_eigenvalues(reading, read):
            reading.relations[at] = held(read, "solved by eigenvalues of a matrix of numbers before it")
        elif rows_at is not None and before is rows_at[1] and 0 <= read.start - rows_at[0] <= RIGHT_BEHIND:
            found = vector_of(reading, read, before.rows)
            if found is not None and (found.judgement.verdict in TRUE or is_right_behind(reading, at, rows_at[0])):
                reading.relations[at] = found


def is_right_behind(reading: Reading, at: int, end: int) -> bool:
    """Whether nothing stands between the row and the vector that may speak of another one."""
    between = reading.document.text[end : reading.relations[at].start]
    return reading.relations[at - 1].end <= end and ANOTHER.search(between) is None


def is_open(read: Read) -> bool:
    """Whether nothing decides it so far."""
    found = read.judgement
    return found.verdict in OPEN or (found.verdict is Verdict.SKIPPED and found.rule in SKIPPED)


def held(read: Read, why: str) -> Read:
    return replace(read, judgement=Judgement(Verdict.HOLDS, "assumptions", why, rule="eigen_steps"))


def singular(reading: Reading, read: Read) -> Singular | None:
    """The matrix of numbers that something with an identity in it is truly said to be, if it is singular."""
    if read.judgement.verdict not in TRUE or read.left is None or read.right is None:
        return None
    if not isinstance(read.right, Block) or all(not is_identity(n) for n in walk(read.left)):
        return None
    value = constant_value(reading, read.right)
    if value is None or value.shape[0] != value.shape[1] or not 1 < len(value) <= MAX_SIDE or np.iscomplexobj(value):
        return None
    rank = int(np.linalg.matrix_rank(value))
    return Singular(read.end, read.section, value) if 0 < rank < len(value) else None


def is_identity(node: Node) -> bool:
    return node == Sym("I") or (isinstance(node, Sub) and node.base == Sym("I"))


# ------------------------------------------------------------ eigenvalues
def is_of_eigenvalues(reading: Reading, read: Read) -> bool:
    """Whether it is an equation in the letter of an eigenvalue alone, and all its solutions are eigenvalues."""
    letters = list(letters_in(read) - {EITHER, "e", "\\pi"})
    text = reading.document.text
    if len(letters) != 1 or not SOUGHT.search(text, max(0, read.start - REACH), read.start):
        return False
    letter = letters[0]
    if letter != "\\lambda" and not is_in_determinant(reading, read, letter):
        return False
    singular_values = SINGULAR.search(text, max(0, read.start - REACH), read.start) is not None
    known = [*matrices(reading, read.start, letter), *written(reading, read)]
    whose = named_matrix(reading, read)
    for own, matrix in those_named(known, whose):
        roots = solutions_of(reading, read, letter, 2 * len(matrix))
        if roots is None:
            return False
        size = float(np.abs(matrix).max()) ** 2 + 1.0
        for square in squares_of(reading, matrix, own, singular_values, whose):
            values = np.linalg.eigvals(square)
            if all(float(np.abs(values - root).min()) <= np.sqrt(SAME) * size for root in roots):
                return True
    return False


def written(reading: Reading, read: Read) -> Iterator[tuple[str, Array]]:
    """The matrices of numbers that the text gives names before an equation, in examples too."""
    for other in reading.relations:
        name = shapes.plain_name(other.left) if other.left is not None else None
        if other.end > read.start or name is None or other.judgement.verdict in FALSE:
            continue
        value = constant_value(reading, other.right) if isinstance(other.right, Block) else None
        if value is not None and min(value.shape) > 1 and max(value.shape) <= MAX_SIDE and not np.iscomplexobj(value):
            yield name, value


def is_in_determinant(reading: Reading, read: Read, letter: str) -> bool:
    """Whether something before it has a determinant with this letter."""
    before = (r for r in reading.relations if r.end <= read.start and r.left is not None)
    calls = (n for r in before for n in walk(r.sides[0]) if isinstance(n, Call) and n.name == "det")
    return any(Sym(letter) in walk(n) for n in calls)


def solutions_of(reading: Reading, read: Read, letter: str, degree: int) -> Array | None:
    """The roots of a polynomial equation of this degree at most; None where it is none, or has no root."""
    pairs = (
        [(put(read.sides[0], s), put(read.sides[1], s)) for s in (1.0, -1.0)]
        if has_either(*read.sides)
        else [read.sides]
    )
    points = np.cos(np.pi * (np.arange(degree + 4) + 0.5) / (degree + 4)) * 3
    gaps = np.ones(len(points))
    for left, right in pairs:
        found = [value_at(reading, Bin("-", left, right), {letter: float(p)}) for p in points]
        if any(v is None for v in found):
            return None
        gaps = gaps * np.array(found, dtype=float)
    size = float(np.abs(gaps).max())
    fitted = np.polynomial.Polynomial.fit(points, gaps, degree)
    if size == 0 or float(np.abs(fitted(points) - gaps).max()) > SAME * size:
        return None
    series = fitted.convert().coef
    series[np.abs(series) < SAME * np.abs(series).max()] = 0.0
    roots = np.polynomial.Polynomial(np.trim_zeros(series, "b")).roots()
    return roots if len(roots) else None


def letters_in(read: Read) -> set[str]:
    """The letters of an equation, each with its index."""
    nodes = [n for side in read.sides for n in walk(side)]
    inside = {id(m) for n in nodes if isinstance(n, Sub) for m in walk(n)[1:]}
    return {n.name for n in nodes if isinstance(n, Sym | Sub) and id(n) not in inside}


def value_at(reading: Reading, node: Node, values: dict[str, float]) -> float | None:
    """The number that an expression is with these values for letters."""
    with reading.judge.trying({n: Defined(Num(v), (), None, "reply") for n, v in values.items()}):
        env = reading.judge.general
        try:
            env.begin()
            with np.errstate(all="ignore"):
                found = env.value(node, {})
        except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
            return None
    if not isinstance(found, np.ndarray) or found.size != 1 or np.iscomplexobj(found) or not np.isfinite(found).all():
        return None
    return float(found.item())


# ------------------------------------------------------------ eigenvectors
def follows_from_rows(reading: Reading, read: Read, rows: Array) -> bool:
    """Whether it is a linear equation in the entries of a vector that the rows, each said to give 0, imply."""
    names = sorted(letters_in(read) - {"e", "\\pi"})
    places = places_of(names, len(rows))
    if places is None:
        return False
    gap = Bin("-", *read.sides)
    weights = np.zeros(len(rows))
    ones = dict.fromkeys(names, 1.0)
    base = value_at(reading, gap, ones)
    if base is None:
        return False
    for name, place in places.items():
        found = value_at(reading, gap, {**ones, name: 2.0})
        if found is None:
            return False
        weights[place] = found - base
    odd = {name: 0.7 + 1.3 * k for k, name in enumerate(names)}
    wanted = sum(weights[places[n]] * v for n, v in odd.items())
    there = value_at(reading, gap, odd)
    if there is None or not np.isclose(there, wanted) or not np.isclose(base, weights.sum()):
        return False  # not linear, or with a number
    both = np.vstack([rows, weights])
    return bool(np.abs(weights).max() > 0) and np.linalg.matrix_rank(both) == np.linalg.matrix_rank(rows)


def places_of(names: Sequence[str], size: int) -> dict[str, int] | None:
    """Which entry of a vector each letter is: `x`, `y`, `z`, or one letter with numbers."""
    if not names:
        return None
    for order in LETTERS:
        if all(order.get(name, size) < size for name in names):
            return {name: order[name] for name in names}
    found = [NUMBERED.fullmatch(name) for name in names]
    if None in found or len({m[1] for m in found if m}) != 1:
        return None
    places = {m[0]: int(m[2]) - 1 for m in found if m}
    return places if all(0 <= p < size for p in places.values()) else None


def vector_of(reading: Reading, read: Read, rows: Array) -> Read | None:
    """The verdict on a vector in numbers that is given right behind an equation of the rows; None where it is none, or no slip."""
    name = shapes.plain_name(read.sides[0])
    if name is None or read.judgement.verdict is not Verdict.DEFINITION or not scopes.is_constant(read.sides[1]):
        return None
    value = constant_value(reading, read.sides[1])
    if value is None or value.shape != (len(rows), 1) or np.iscomplexobj(value) or not value.any():
        return None
    if is_null(rows, value):
        return held(read, "solves the rows of the matrix before it")
    turned = rows @ value
    if np.linalg.matrix_rank(np.hstack([turned, value])) < 2 or not any(is_null(rows, o) for o in slips(value)):
        return None  # an eigenvector for another eigenvalue, or no slip
    why = "does not solve the rows of the matrix before it, but for exchanged entries or a sign"
    return replace(read, judgement=Judgement(Verdict.FAILS, reason=why, rule="eigen_steps"))


def is_null(rows: Array, value: Array) -> bool:
    return float(np.abs(rows @ value).max()) <= SAME * float(np.abs(rows).max() * np.abs(value).max())


def slips(value: Array) -> Iterator[Array]:
    """The column with two entries exchanged, and with one sign turned."""
    for i, j in combinations(range(len(value)), 2):
        other = value.copy()
        other[[i, j]] = other[[j, i]]
        yield other
    for i in range(len(value)):
        other = value.copy()
        other[i] = -other[i]
        yield other
