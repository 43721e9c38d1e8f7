"""Values in numbers that are right but for their last digit, the sign of a vector, or the order of eigenvalues."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.examples import constant_value, is_random
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Block, Node, Num, Sub, Sym, Un, base_name, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Drawn, Factor, Family, family_key
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.derivation.worlds.world import ASSUMED, GENERIC

TEN = r"\s*(?:\\times|\\cdot|[×·*])\s*10\s*(?:\^\s*\{?\s*[-−+]?\d{1,3}\s*\}?|[⁻⁺]?[⁰¹²³⁴-⁹]{1,3})"
POWER_OF_TEN = re.compile(TEN)
"""`\\times 10^{-3}`: what stands before it are no hundredths."""
DECIMAL = re.compile(r"\d*[.](\d+)")
ROUNDED_FROM = 100
"""Smaller whole numbers are not what a value is rounded to without a word."""
MANY_FIGURES = 4
"""Numbers with so many decimals were computed and rounded; with fewer they may be exact."""
SLACK = 1e-6
NEARLY = 0.006
"""By how much entries of vectors of length 1 differ that are rounded to two figures or more."""
ALL_FIGURES, NEAR_BY = 10_000, 0.05
"""Whole numbers from here on are written with all their figures, and how near to the right one another is a slip."""
FEW = 100
"""Relations before one that are asked for the order of the values."""
"""How far apart two equal values may be, relative to the larger one."""


def rounded(reading: Reading, read: Read) -> Read | None:
    """Is right up to the last digit that is written."""
    for side, other, low, high in sides(read):
        text = reading.document.text[low:high]
        figures = [len(m[1]) for m in DECIMAL.finditer(text)]
        if not figures or POWER_OF_TEN.search(text) or not scopes.is_constant(side) or is_random(reading, other):
            continue
        a, b = constant_value(reading, side), constant_value(reading, other)
        if a is None or b is None or a.shape != b.shape:
            continue
        unit = 10.0 ** max(figures)
        off = float(np.abs(a - b).max()) * unit
        written = all(isinstance(n, Num | Block | Un) for n in walk(side))  # a factor has other figures than a product
        carried = 0.5 * len(figures) if not written and min(figures) >= MANY_FIGURES else 0.0  # each was rounded before
        if off <= 0.5 + carried + SLACK:
            if not written:
                return read.decided(Verdict.DISPUTED, "right up to the figures that it is computed from")
            return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="rounded"))
        exact = b.size == 1 and float(np.abs(b * unit - np.round(b * unit)).max()) < SLACK and not has_figures(other)
        if off <= 1 + SLACK and written and not exact:
            return read.decided(Verdict.DISPUTED, "differs in the last digit")
    return to_a_whole_number(reading, read) or rounded_where_given(reading, read)


def to_a_whole_number(reading: Reading, read: Read) -> Read | None:
    """Gives a root or a quotient of numbers as the whole number of three figures or more that is nearest: it may be rounded."""
    left, right = read.sides
    if not (isinstance(right, Num) and float(right.value).is_integer() and abs(right.value) >= ROUNDED_FROM):
        return None
    if not scopes.is_constant(left) or is_random(reading, left):
        return None
    value = constant_value(reading, left)
    if value is None or value.size != 1 or not abs(float(value.item()) - right.value) < 0.5:
        return None
    return read.decided(Verdict.DISPUTED, "right up to a whole number")


def is_miscalculated(reading: Reading, read: Read) -> bool:
    """Whether whole numbers that are added and multiplied give a large one that is near to the right one, and not rounded:
    nothing else was meant, `2468 * 13 = 32184`. Not behind a label (`Find the mistake: ...`), nor where the reply says it again
    with another value."""
    text = reading.document.text
    if ":" in text[text.rfind("\n", 0, read.start) + 1 : read.start]:
        return False
    if any(r.left == read.left and r.right != read.right and r.start != read.start for r in reading.relations):
        return False
    for node in (n for side in read.sides for n in walk(side)):
        whole = isinstance(node, Num) and float(node.value).is_integer()
        if not (whole or (isinstance(node, Bin) and node.op in ("+", "-", "*"))):
            return False
    values = [constant_value(reading, side) for side in read.sides]
    right, said = (
        abs(round(float(v.item()))) if v is not None and v.size == 1 and np.isfinite(v).all() else 0 for v in values
    )
    if min(right, said) < ALL_FIGURES or len(str(right)) != len(str(said)):
        return False
    zeros = [len(str(x)) - len(str(x).rstrip("0")) for x in (right, said)]
    return zeros[1] <= zeros[0] and abs(right - said) < NEAR_BY * right


def rounded_where_given(reading: Reading, read: Read) -> Read | None:
    """Is right up to the last digit with the values that the reply gives its letters: nothing is said of others."""
    if not reading.judge.assumed:
        return None
    for side, other, low, high in sides(read):
        figures = [len(m[1]) for m in DECIMAL.finditer(reading.document.text[low:high])]
        if not figures or not scopes.is_constant(side):
            continue
        values = [number_in(env, other) for env in reading.judge.envs(ASSUMED)]
        if None in values or len(set(values)) > 1:
            continue
        wanted = number_in(reading.judge.general, side)
        if wanted is not None and abs(wanted - (values[0] or 0.0)) * 10.0 ** max(figures) <= 0.5 + SLACK:
            return read.decided(Verdict.DISPUTED, "right up to the figures that it is computed from")
    return None


def number_in(env: Env, node: Node) -> float | None:
    """The value of a side in one world, rounded so that equal ones are the same; None where it is no number."""
    try:
        env.begin()
        value = array(env.value(node, {}))
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None
    return round(float(value.item()), 9) if value.size == 1 and not np.iscomplexobj(value) else None


def has_figures(node: Node) -> bool:
    """Whether a number with decimals stands in it, which may be rounded itself."""
    return any(isinstance(n, Num) and n.value != round(n.value) for n in walk(node) if not is_infinite(n))


def is_infinite(node: Node) -> bool:
    return isinstance(node, Num) and abs(node.value) == float("inf")


def same_vectors(reading: Reading, read: Read) -> Read | None:
    """Compares the vectors of two decompositions, which agree but for their signs."""
    left, right = read.sides
    parts = [vectors_of(reading, side) for side in (left, right)]
    if any(part is None or part.part == 1 for part in parts):
        return None
    ordered = True
    for env in reading.judge.envs(GENERIC):
        try:
            a, b = array(env.value(left, {})), array(env.value(right, {}))
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            return None
        if a.shape != b.shape or not all(any(same_line(x, y) for y in b.T) for x in a.T):
            return None
        ordered = ordered and all(same_line(x, y) for x, y in zip(a.T, b.T, strict=True))
    if not ordered:
        return read.decided(Verdict.DISPUTED, "columns in another order")
    return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="up to the sign of the columns"))


def sides(read: Read) -> list[tuple[Node, Node, int, int]]:
    """Each side with the other and its own place in the text."""
    assert read.left is not None and read.right is not None  # noqa: PT018, S101 - rules for unread sides come first
    return [(read.right, read.left, read.right_start, read.end), (read.left, read.right, read.start, read.left_end)]


def other_order(reading: Reading, read: Read) -> Read | None:
    """Gives vectors or values of a decomposition that are right but for their order."""
    for side, other, _, _ in sides(read):
        part = vectors_of(reading, other)
        if part is None or not scopes.is_constant(side):
            continue
        wanted, have = constant_value(reading, side), constant_value(reading, other)
        whole = whole_value(reading, part)
        if wanted is None or have is None or whole is None or is_random(reading, other):
            continue
        if part.part == 1:
            if wanted.size == 1 and any(close(wanted.item(), x) for x in np.diag(whole)):
                return read.decided(Verdict.DISPUTED, "an eigenvalue of another place in the order")
            continue
        found = [next((i for i, b in enumerate(whole.T) if nearly_same_line(a, b)), -1) for a in wanted.T]
        if -1 in found or len(set(found)) < len(found) or all(map(nearly_same_line, wanted.T, have.T)):
            continue
        if all(map(same_line, wanted.T, whole.T[found])) or not is_told(reading, part):
            return read.decided(Verdict.DISPUTED, "columns in another order")
    return None


def is_told(reading: Reading, part: Factor) -> bool:
    """Whether the reply has given a value of the decomposition as we number them: its vectors are numbered so, too."""
    for read in reading.relations[-FEW:]:
        if read.left is None or read.right is None or read.judgement.verdict not in TRUE:
            continue
        known = [vectors_of(reading, side) for side in read.sides]
        if any(p is not None and p.part == 1 and p.of == part.of for p in known):
            return True
    return False


def vectors_of(reading: Reading, node: Node) -> Factor | None:
    """The factor of a decomposition that a node is, or of which it is a column or an entry."""
    if not isinstance(node, Sym | Sub):
        return None
    scope = reading.judge.scope
    found = scope.find(node.name)
    if found is None and isinstance(node, Sub):
        found = scope.find(family_key(node.name)) or scope.find(base_name(node))
    entry = found[1] if found is not None else None
    if isinstance(entry, Family) and isinstance(entry.of, Sym):
        inner = scope.find(entry.of.name)
        entry = inner[1] if inner is not None else None
    return entry if isinstance(entry, Factor) else None


def whole_value(reading: Reading, part: Factor) -> Array | None:
    env = reading.judge.general
    try:
        return array(env.entry_value("", part, {}))
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return None


def close(a: float, b: float) -> bool:
    return abs(a - b) <= SLACK * max(1.0, abs(a))


def same_line(a: Array, b: Array) -> bool:
    """Equal but for the sign."""
    size = SLACK * max(1.0, float(np.abs(a).max(initial=0.0)))
    return a.shape == b.shape and min(float(np.abs(a - b).max()), float(np.abs(a + b).max())) <= size


def nearly_same_line(a: Array, b: Array) -> bool:
    """Equal but for the sign and figures that were rounded."""
    return a.shape == b.shape and min(float(np.abs(a - b).max()), float(np.abs(a + b).max())) <= NEARLY


def is_excluded(reading: Reading, letter: Drawn, value: Node) -> bool:
    """Whether the problem says that a letter is positive, and the value in numbers is not."""
    if not letter.kinds & {"positive", "nonnegative"} or not scopes.is_constant(value):
        return False
    found = constant_value(reading, value)
    return found is not None and found.size == 1 and not found.item() > (-1e-12 if "nonnegative" in letter.kinds else 0)
