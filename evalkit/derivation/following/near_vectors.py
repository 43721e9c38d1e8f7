r"""`v_1 \approx \begin{pmatrix} 0.62 \\ 0.78 \end{pmatrix}`: a unit eigenvector of a matrix of numbers before it, rounded.

True where all entries are right to the last figure, up to the sign of the whole vector, and its number is that of the eigenvalue: by
size, or by the value that the reply gave the eigenvalue with this number. Nothing is false.
Not covered: vectors that are not of length 1, multiple eigenvalues, matrices without a name.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.numbers import DECIMAL
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.roots import HALF, NUMBERED
from evalkit.derivation.following.spectral import (
    REACH,
    SAME,
    SINGULAR,
    SOUGHT,
    matrices,
    named_matrix,
    squares_of,
    those_named,
    value_of,
)
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Sym
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.draw import Array

LEAST = 2
"""Decimals of every entry."""


def near_vector(reading: Reading, read: Read) -> Read | None:
    """Gives a numbered letter about the entries of an eigenvector of length 1."""
    name, text = shapes.plain_name(read.sides[0]) or "", reading.document.text
    if read.op != "approx" or reading.trial or not NUMBERED.match(name) or not scopes.is_constant(read.sides[1]):
        return None
    figures = [len(m[1]) for m in DECIMAL.finditer(text[read.right_start : read.end])]
    sought = SOUGHT.search(text, max(0, read.start - REACH), read.start)
    value = value_of(reading, read.sides[1]) if sought is not None and reading.judge.scope.find(name) is None else None
    if sought is None or value is None or np.iscomplexobj(value) or value.ndim != 2 or value.shape[1] != 1:
        return None
    if len(figures) != len(value) or min(figures) < LEAST or standing(reading, read) is Role.SUPPOSED:
        return None
    singular = SINGULAR.search(text, max(0, read.start - REACH), read.start) is not None
    whose, slack = named_matrix(reading, read), HALF * 10.0 ** -min(figures)
    for own, matrix in those_named([*matrices(reading, read.start, name)], whose):
        for square in squares_of(reading, matrix, own, singular, whose):
            if square.shape[0] == len(value) and is_near(reading, square, value, slack, name.partition("_")[2]):
                judged = Judgement(
                    Verdict.HOLDS, "assumptions", "belongs to the eigenvalues of a matrix of numbers before it, rounded"
                )
                return replace(read, judgement=judged)
    return None


def is_near(reading: Reading, matrix: Array, value: Array, slack: float, number: str) -> bool:
    """Whether the eigenvector with this number rounds to these entries."""
    values, vectors = np.linalg.eig(matrix)
    if np.iscomplexobj(values) or not number.isdecimal() or not 0 < int(number) <= len(values):
        return False
    order = np.argsort(values)[::-1]
    if (np.abs(np.diff(values[order])) <= SAME * (1.0 + float(np.abs(values).max()))).any():
        return False
    known = value_of(reading, Sym(f"\\lambda_{number}"))
    by_size = order[int(number) - 1]
    at = by_size if known is None or known.size != 1 else int(np.argmin(np.abs(values - float(known.real.item()))))
    vector = vectors[:, at] / np.linalg.norm(vectors[:, at])
    return any(bool((np.abs(sign * vector - value[:, 0]) <= slack).all()) for sign in (1.0, -1.0))
