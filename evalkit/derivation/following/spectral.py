r"""`\lambda_1 = 3`, `v_1 = (1, 1)/\sqrt 2`, `U = ...` in numbers, where eigenvalues or singular values of a matrix of numbers are
sought: true where they are eigenvalues, singular values, eigenvectors of it, of A'A or of AA'.

A letter that gets such a value is given its meaning as by any definition, and what it says is true besides. A sigma is a
singular value, a lambda an eigenvalue, a Latin letter alone only where its sentence speaks of them; of A'A and AA' only where the reply writes them, or A is not square. A vector must be of
length 1, or be written in whole numbers. What is none of these may be another thing by the same letter, and is not called
false. Not covered: which of the values has which number, unless vectors tell; rounded vectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.definitions import definition
from evalkit.derivation.following.examples import constant_value
from evalkit.derivation.following.oriented import gives_signs
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import Bin, Node, Sym, Un, is_zero, walk
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.scope import Defined

SINGULAR = re.compile(r"\bsingular[- ](?:value|vector)|\bSVD\b", re.I)
SOUGHT = re.compile(rf"\beigen|\\det\b|\bcharacteristic equation|{SINGULAR.pattern}", re.I)
OF_WHICH = re.compile(
    r"\b(?:eigen(?:values?|vectors?)|characteristic \w+)\s+(?:of|for)\s+(?:the\s+)?(?:matrix\s+)?(?:\$|\\\()?\s*([A-Za-z]\w*)\s*(?:\$|\\\)|\s)",
    re.I,
)
"""`the eigenvalues of $A$`, and not `of $A^\\top A$`."""
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
    if gives_signs(reading, *read.sides):
        return None  # of a decomposition that is known
    sought = SOUGHT.search(reading.document.text, max(0, read.start - REACH), read.start)
    value = value_of(reading, read.sides[1]) if sought is not None else None
    if sought is None or value is None or np.iscomplexobj(value) or not np.isfinite(value).all():
        return None
    begins = sentence_of(reading.document.text, read.start, read.end)[0]
    if is_any_letter(name) and not SOUGHT.search(reading.document.text, begins, read.start):
        return None
    singular = SINGULAR.search(reading.document.text, max(0, read.start - REACH), read.start) is not None
    whose = named_matrix(reading, read)
    if not any(
        belongs(
            reading, name, value, matrix, squares_of(reading, matrix, own, singular and value.size > 1, whose), singular
        )
        for own, matrix in those_named([*matrices(reading, sought.start(), name)], whose)
    ):
        return None
    named = definition(reading, read)
    judged = Judgement(Verdict.HOLDS, "assumptions", "belongs to the eigenvalues of a matrix of numbers before it")
    return replace(read, judgement=judged, introduces=named.introduces if named is not None else frozenset())


def is_any_letter(name: str) -> bool:
    r"""Whether a name is a Latin letter alone, which may be anything; `\lambda`, `s_1` and `v_2` are what is sought."""
    return len(name) == 1 and name.isascii() and name.islower()


def value_of(reading: Reading, node: Node) -> Array | None:
    """The value of a side in numbers; 0, which has no shape of its own, as a number."""
    found = reading.judge.scope.entries.get(node.name) if isinstance(node, Sym) else None
    zero = is_zero(found.body if isinstance(found, Defined) else node)
    return np.zeros((1, 1)) if zero else constant_value(reading, node)


def matrices(reading: Reading, before: int, name: str) -> Iterator[tuple[str, Array]]:
    """The names and values of the matrices of numbers that were named before a place, by the problem or the reply."""
    own = {n for r in reading.relations if r.start >= before for n in r.introduces}
    for other, entry in reading.judge.scope.entries.items():
        if other == name or other in own or not isinstance(entry, Defined) or entry.params:
            continue
        if not scopes.is_constant(entry.body):
            continue
        value = constant_value(reading, Sym(other))
        if value is None or np.iscomplexobj(value) or not np.isfinite(value).all():
            continue
        if min(value.shape) > 1 and max(value.shape) <= MAX_SIDE:
            yield other, value


def named_matrix(reading: Reading, read: Read) -> str:
    """The matrix of which the sentence of a relation says that its eigenvalues are meant; empty where it names none."""
    begins = sentence_of(reading.document.text, read.start, read.end)[0]
    return next((m[1] for m in reversed([*OF_WHICH.finditer(reading.document.text, begins, read.start)])), "")


def those_named(found: list[tuple[str, Array]], name: str) -> list[tuple[str, Array]]:
    """The one of these matrices that has this name; all of them where none has it."""
    return [pair for pair in found if pair[0] == name] or found


def squares_of(reading: Reading, matrix: Array, own: str, decomposed: bool, whose: str = "") -> list[Array]:
    """Whose eigenvalues may be meant: the matrix's own, and those of its products with its transpose where the reply writes
    one, the matrix is not square, or it is decomposed. whose: the matrix that is named, if one is."""
    square = matrix.shape[0] == matrix.shape[1]
    if square and own == whose and not decomposed:
        return [matrix]
    turned = Un("T", Sym(own))
    products = {Bin("*", turned, Sym(own)), Bin("*", Sym(own), turned)}
    trees = [*(side for r in reading.relations for side in (r.left, r.right)), *(node for *_, node in reading.mentions)]
    written = any(not products.isdisjoint(walk(tree)) for tree in trees if tree is not None)
    both = [matrix.T @ matrix, matrix @ matrix.T] if written or decomposed or not square else []
    return [matrix, *both] if square else both


def belongs(reading: Reading, name: str, value: Array, matrix: Array, squares: Sequence[Array], singular: bool) -> bool:
    """Whether a value is part of the decomposition of a matrix. squares: whose eigenvalues count. singular: so do its
    singular values."""
    size = float(np.abs(matrix).max()) ** 2 + 1.0
    if value.size == 1:
        letter = name.partition("_")[0]
        found = [np.linalg.eigvals(m) for m in squares if letter != "\\sigma"]
        found += [np.linalg.svd(matrix, compute_uv=False)] if singular and letter != "\\lambda" else []
        return any(bool((np.abs(each - value.item()) <= SAME * size).any()) for each in found)
    if value.shape == matrix.shape and is_diagonal(value):
        entries = np.sort(np.diag(value))[::-1]
        return singular and bool(np.allclose(entries, np.linalg.svd(matrix, compute_uv=False), atol=SAME * size))
    spans = [(m, vectors_of(m, value, size)) for m in squares if m.shape[0] == value.shape[0]]
    return any(values is not None and is_numbered_so(reading, name, m, values, size) for m, values in spans)


def is_diagonal(value: Array) -> bool:
    return all(value[i, j] == 0 for i in range(value.shape[0]) for j in range(value.shape[1]) if i != j)


def vectors_of(matrix: Array, value: Array, size: float) -> Array | None:
    """The eigenvalues of columns that are eigenvectors, of length 1 or in whole numbers; None where they are not."""
    multiple = is_diagonal(matrix) and np.ptp(np.diag(matrix)) <= SAME * size  # of the identity: any vector would do
    if value.shape[1] not in (1, len(matrix)) or multiple:
        return None
    lengths = np.linalg.norm(value, axis=0)
    whole = value.shape[1] == 1 and bool((value == np.round(value)).all())
    if (lengths <= SAME).any() or not (whole or np.allclose(lengths, 1.0, atol=SAME)):
        return None
    image = matrix @ value
    factors = (value * image).sum(axis=0) / lengths**2
    off = float(np.abs(image - value * factors).max())
    return factors if off <= SAME * size * max(1.0, float(lengths.max())) else None


def is_numbered_so(reading: Reading, name: str, matrix: Array, values: Array, size: float) -> bool:
    """Whether a vector with a number belongs to the value with that number: the one that the reply gave it, or by size."""
    number = name.partition("_")[2]
    if not number.isdecimal():
        return True
    known = [value_of(reading, node) for node in (Sym(f"\\lambda_{number}"), Sym(f"\\sigma_{number}"))]
    wanted = [float(v.item()) ** power for v, power in zip(known, (1, 2), strict=True) if v is not None and v.size == 1]
    if not wanted:
        order = np.sort(np.linalg.eigvals(matrix).real)[::-1]
        wanted = [float(order[int(number) - 1])] if 0 < int(number) <= len(order) else []
    return any(abs(float(values[0]) - w) <= SAME * size for w in wanted)
