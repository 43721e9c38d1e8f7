r"""`\lambda_1 = 3`, `v_1 = (1, 1)/\sqrt 2`, `U = ...` in numbers, where eigenvalues or singular values of a matrix of numbers are
sought: true where they are eigenvalues, singular values, eigenvectors of it, of A'A or of AA'.

A letter that gets such a value is given its meaning as by any definition, and what it says is true besides. A vector must be
of length 1, or be written in whole numbers. What is none of these may be another thing by the same letter, and is not
called false. Not covered: which of the values has which number, rounded vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.examples import constant_value
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Num, Sym, walk
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.scope import Defined

SOUGHT = re.compile(r"\beigen|\bsingular (?:value|vector)|\bSVD\b|\\det\b|characteristic (?:equation|polynomial)", re.I)
REACH = 6000
"""How many characters back the eigenvalues may be spoken of."""
SAME, MAX_SIDE = 1e-9, 8


def spectral_value(reading: Reading, read: Read) -> Read | None:
    """Gives a new letter an eigenvalue, a singular value or an eigenvector of a matrix of numbers before it."""
    name = shapes.plain_name(read.sides[0])
    if read.op != "=" or name is None or reading.trial or reading.judge.scope.find(name) is not None:
        return None
    if not scopes.is_constant(read.sides[1]) or standing(reading, read) is Role.SUPPOSED:
        return None
    sought = SOUGHT.search(reading.document.text, max(0, read.start - REACH), read.start)
    value = constant_value(reading, read.sides[1]) if sought is not None else None
    if sought is None or value is None or np.iscomplexobj(value) or not np.isfinite(value).all():
        return None
    whole = all(n.value == round(n.value) for n in walk(read.sides[1]) if isinstance(n, Num))
    if not any(belongs(value, matrix, whole) for matrix in matrices(reading, sought.start(), name)):
        return None
    named = definition(reading, read)
    judged = Judgement(Verdict.HOLDS, "assumptions", "belongs to the eigenvalues of a matrix of numbers before it")
    return replace(read, judgement=judged, introduces=named.introduces if named is not None else frozenset())


def matrices(reading: Reading, before: int, name: str) -> Iterator[Array]:
    """The matrices of numbers that were named before a place, by the problem or the reply."""
    own = {n for r in reading.relations if r.start >= before for n in r.introduces}
    for other, entry in reading.judge.scope.entries.items():
        if other == name or other in own or not isinstance(entry, Defined) or entry.params:
            continue
        if not scopes.is_constant(entry.body):
            continue
        value = constant_value(reading, Sym(other))
        if value is not None and min(value.shape) > 1 and max(value.shape) <= MAX_SIDE and not np.iscomplexobj(value):
            yield value


def belongs(value: Array, matrix: Array, whole: bool) -> bool:
    """Whether a value is part of the decomposition of a matrix."""
    squares = [matrix] if matrix.shape[0] == matrix.shape[1] else []
    squares += [matrix.T @ matrix, matrix @ matrix.T]
    size = float(np.abs(matrix).max()) ** 2 + 1.0
    if value.size == 1:
        singular = np.linalg.svd(matrix, compute_uv=False)
        found = np.concatenate([*(np.linalg.eigvals(m) for m in squares), singular])
        return bool((np.abs(found - value.item()) <= SAME * size).any())
    if value.shape == matrix.shape and is_diagonal(value):
        entries = np.diag(value)
        singular = np.linalg.svd(matrix, compute_uv=False)
        return bool(np.allclose(np.sort(entries)[::-1], singular, atol=SAME * size))
    return any(has_vectors(m, value, whole, size) for m in squares if m.shape[0] == value.shape[0])


def is_diagonal(value: Array) -> bool:
    return bool((value[~np.eye(*value.shape, dtype=bool)] == 0).all())


def has_vectors(matrix: Array, value: Array, whole: bool, size: float) -> bool:
    """Whether every column is an eigenvector, of length 1 or in whole numbers, and not all columns are."""
    multiple = is_diagonal(matrix) and np.ptp(np.diag(matrix)) <= SAME * size  # of the identity: any vector would do
    if value.shape[1] not in (1, len(matrix)) or multiple:
        return False
    lengths = np.linalg.norm(value, axis=0)
    if (lengths <= SAME).any() or not ((whole and value.shape[1] == 1) or np.allclose(lengths, 1.0, atol=SAME)):
        return False
    image = matrix @ value
    factors = (value * image).sum(axis=0) / lengths**2
    return bool((np.abs(image - value * factors) <= SAME * size * max(1.0, float(lengths.max()))).all())
