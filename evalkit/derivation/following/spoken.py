"""What the words around a symbol say of it: a property, a shape, whose eigenvalue or singular value it is."""

from __future__ import annotations

import re

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.points import name_point
from evalkit.derivation.following.reading import CLOSE, FAR, NEAR, Reading
from evalkit.derivation.grammar.nodes import Call, Dots, Node, Num, Sub, Sym, Un, Unreadable, base_name, walk
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.text import prose
from evalkit.derivation.text.document import MathSpan
from evalkit.derivation.worlds.scope import Dimension, Drawn, Factor, Family, family_key
from evalkit.derivation.worlds.values import Trouble

NOT_PLAINLY = re.compile(
    r"\b(?:not|no|non|never|nor|or|if|when|whenever|unless|whether|without|neither|any|every|arbitrar\w+|general\w*|"
    r"cannot|need|otherwise|but|was|were|would)\b|n['’]t\b",
    re.I,
)
"""Words with which a property is denied, is a condition, or is not asked for."""
SHAPE_BEFORE, MATRIX_BEFORE = 50, 90
"""How many characters before a name its shape, or the matrix whose eigenvalue it is, may stand."""


def mention(reading: Reading, s: Statement, span: MathSpan) -> bool:
    """A stretch of mathematics that states no relation. True where the words give names a meaning that relations may wait for."""
    try:
        node = reading.parse(s.sides[0])
    except Unreadable:
        return False
    name = shapes.plain_name(node)
    if name is None:
        if name_point(reading, node):
            return True
        if not isinstance(node, Num | Dots):
            reading.mentions.append((s.start, s.end, node))
        return False
    return heed_words(reading, name, node, span)


def heed_words(reading: Reading, name: str, node: Node, span: MathSpan) -> bool:
    """Properties, shapes and spectra that the words give to a name. True as for `mention`."""
    before, after = reading.clause[-NEAR:], reading.after[:NEAR]
    scope = reading.judge.scope
    kinds = prose.properties(before) | prose.properties(after)
    remember_plainly(reading, name, kinds, before, after)
    singular = prose.SINGULAR_VALUES.search(before + after)
    if (singular or prose.EIGENVALUES.search(before + after)) and isinstance(node, Sub) and node.index:
        return find_spectrum(reading, node, span, bool(singular))
    if prose.EIGENVALUES.search(before[-CLOSE:]) or prose.SINGULAR_VALUES.search(before[-CLOSE:]):
        reading.kin[name] = spoken_of(reading, span)
    if isinstance(node, Sub) and base_name(node) == "e" and prose.UNIT_VECTORS.search(before + after):
        return name_unit_vectors(reading, span)
    found = scope.find(name)
    if found is not None and isinstance(found[1], Drawn) and found[1].source == "reply" and kinds - found[1].kinds:
        scopes.have_kinds(reading, found[0], found[1], kinds)
    elif found is None and kinds:
        reading.properties[name] = reading.properties.get(name, frozenset()) | kinds
    if found is None and name.lstrip("\\")[:1].isupper():
        text = reading.document.text[max(0, span.outer_start - SHAPE_BEFORE) : span.outer_end + NEAR]
        shape = shapes.spoken_shape(text, scope)
        if shape is not None and (kinds or "matrix" in text or "matrices" in text):
            reading.judge.define({name: Drawn(shape, kinds, None, "reply")})
    return False


def remember_plainly(reading: Reading, name: str, kinds: frozenset[str], before: str, after: str) -> None:
    """Keep which properties the words give to a name without denying them, and under no condition; what says that it is any
    takes them back."""
    if NOT_PLAINLY.search(before) or NOT_PLAINLY.search(after):
        reading.plainly.pop(name, None)
    elif kinds:
        old = reading.plainly.get(name)
        reading.plainly[name] = (kinds | old[0] if old else kinds, reading.at)


def spoken_of(reading: Reading, span: MathSpan) -> frozenset[str]:
    """Free names in the next stretch of mathematics, after "of"."""
    for other in reading.document.spans:
        if span.outer_end <= other.outer_start <= span.outer_end + CLOSE:
            found = reading.tokens(other)
            if isinstance(found, Unreadable) or not found or found[0].ops:
                return frozenset()
            try:
                node = reading.parse(found[0].sides[0])
            except Unreadable:
                return frozenset()
            return frozenset(reading.free_names(node))
    return frozenset()


def name_unit_vectors(reading: Reading, span: MathSpan) -> bool:
    """`the unit vectors e_1, ..., e_m of R^m`: the columns of I_m."""
    found = shapes.UNIT_SPACE.search(reading.document.text[span.start : span.outer_end + NEAR])
    if found is None or reading.judge.scope.find("e_") or not isinstance(reading.size_named(found[1]), Dimension):
        return False
    reading.judge.define({"e_": Family("columns", Sub(Sym("I"), f"I_{found[1]}", (Sym(found[1]),)), "reply")})
    return True


def find_spectrum(reading: Reading, node: Sub, span: MathSpan, singular: bool) -> bool:
    """`the singular values s_i of A`: the family s_ belongs to A. True where it does now."""
    if not is_small_letter(base_name(node)) or not node.index or reading.judge.scope.find(node.name):
        return False
    key = family_key(node.name)
    for other in reading.document.spans:
        if other.outer_start < span.outer_end or other.outer_start > span.outer_end + FAR:
            continue
        gap = reading.document.text[span.outer_end : other.outer_start]
        if "of" not in gap.split() or "." in gap:
            continue
        found = reading.tokens(other)
        if isinstance(found, Unreadable) or not found or found[0].ops:
            continue
        try:
            of = reading.parse(found[0].sides[0])
        except Unreadable:
            continue
        give_spectrum(reading, key, of, singular)
        return True
    of_before = matrix_before(reading, span)
    if of_before is None or reading.judge.scope.find(key):
        return False
    give_spectrum(reading, key, of_before, singular)
    return True


def give_spectrum(reading: Reading, key: str, of: Node, singular: bool) -> None:
    """The family is from here on that of the singular values or eigenvalues of a matrix."""
    middle = f"\\values@{key}{reading.section}"
    reading.judge.define(
        {
            middle: Factor(of, "thin svd" if singular else "eigen", 1, None, "reply"),
            key: Family("diagonal", Sym(middle), "reply"),
        }
    )


def matrix_before(reading: Reading, span: MathSpan) -> Node | None:
    """The last matrix that the words named before: `Let G = B^T B, with eigenvalues g_i`; `B^T B. Call its eigenvalues`. Of as many
    matrices beside each other as letters in a sentence, `with singular values a_i (of the one) and b_i`, that in its place."""
    for other in reversed(reading.document.spans):
        if other.outer_end > span.outer_start:
            continue
        if other.outer_end < span.outer_start - MATRIX_BEFORE:
            return None
        found = reading.tokens(other)
        if isinstance(found, Unreadable) or not found:
            continue
        _, end = sentence_of(reading.document.text, other.outer_end, span.outer_end)
        beside = [s for s in reading.document.spans if other.outer_end <= s.outer_start < end]
        at = beside.index(span) if len(beside) == len(found) and span in beside else -1
        try:
            node = reading.parse(found[at].sides[0])
            value = reading.judge.general.value(node, {})
        except (Unreadable, Trouble, ArithmeticError, ValueError):
            continue
        if (
            isinstance(value, np.ndarray)
            and value.ndim == 2
            and min(value.shape) > 1
            and not is_orthogonal(reading, node)
        ):
            return node
    return None


def is_orthogonal(reading: Reading, node: Node) -> bool:
    """A factor of vectors: all its singular values are 1, and nobody speaks of them."""
    found = reading.judge.scope.find(shapes.plain_name(node) or "")
    return found is not None and isinstance(found[1], Factor) and found[1].part != 1


def is_small_letter(name: str) -> bool:
    """`x`, `\\mu`."""
    return name.islower() and (len(name) == 1 or (name.startswith("\\") and name[1:].isalpha()))


def is_column(name: str, *sides: Node) -> bool:
    """Whether a letter is transposed or stands in a norm: then it is hardly a number."""
    turned = (n for side in sides for n in walk(side) if isinstance(n, Un | Call))
    wholes = (
        n for n in turned if (isinstance(n, Un) and n.op == "T") or (isinstance(n, Call) and n.name.startswith("norm"))
    )
    return any(m == Sym(name) for whole in wholes for m in walk(whole))
