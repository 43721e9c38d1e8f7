"""What a relation says, where it gives no name a meaning: nothing to be judged, or a claim, which the worlds judge.

Every public function is a rule, or helps one; rules.py says in which order they are asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.numbers import is_miscalculated
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import standing
from evalkit.derivation.following.two_signs import put
from evalkit.derivation.grammar.nodes import (
    EITHER,
    Bin,
    Block,
    Call,
    Diff,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    Unreadable,
    is_zero,
    walk,
)
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.primes import is_slope_of_known
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, names_in, unbound_names
from evalkit.derivation.worlds.values import Trouble, array
from evalkit.reading import english

BEYOND = frozenset({"arg max", "arg min", "a limit", "an expectation", "an infimum", "a supremum"})
"""What is understood and not judged."""
NO_SHAPE = "the side before has no shape"
ALTERNATIVE = "one of several alternatives"
_BETWEEN = r"(?:[\s,;$&{}()\[\]]|\\(?:text|mbox|textrm|mathrm|quad|qquad|[,;:! ()\[\]]))*"
OR_AFTER = re.compile(rf"{_BETWEEN}(?:or\b(?!\s+[a-z]{{3}})|\\(?:lor|vee)\b|或|oder\b|ou\b)")
OR_BETWEEN = re.compile(rf"{OR_AFTER.pattern}{_BETWEEN}")
NEAR_CASE = 80
_CASE = re.compile(r"\bif\b[^.;]*\bthen[\s,$]*\Z", re.IGNORECASE)
AGAIN = 40
"""Relations among which an assumption may be said again."""
NEAR_WORD = 24
_WORD_BEFORE, _WORD_AFTER = re.compile(r"([A-Za-z]{2,})[ \t]+\Z"), re.compile(r"[ \t]+([A-Za-z]{2,})")
_TWO_FIGURES = re.compile(r"\^[ ]?-?\d[\d.]")
COLUMNS = re.compile(r"\((\d+)x1\)\(\1x1\)")
"""How the product of two columns is shown."""


# ------------------------------------------------------------ no claim
def unreadable(reading: Reading, read: Read) -> Read:
    """Cannot be read, or says what is not judged: a limit, an expectation."""
    reason = read.judgement.reason
    return read.decided(Verdict.SKIPPED if reason in BEYOND else Verdict.UNPARSED, reason)


def approximation(reading: Reading, read: Read) -> Read | None:
    """Is a number that is rounded, or several: right to the last figure that is written; or exact all the same."""
    left, right = read.sides
    env = reading.judge.general
    if read.op != "approx" or any(shapes.plain_name(side) and isinstance(side, Sym) for side in (left, right)):
        return None  # `\pi \approx 3.14` only names a number
    if is_exact(reading, read):
        return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason="exact"))
    known = [env.scope.entries.get(n) for n in env.depends(Bin("=", left, right))]
    if unbound_names(env.scope, left, right) or not all(isinstance(e, Defined | None) for e in known):
        return None
    text = reading.document.text
    shown = [written(side, text[a:b]) for side, (a, b) in
             zip((left, right), ((read.start, read.left_end), (read.right_start, read.end)), strict=True)]  # fmt: skip
    values = [numbers_of(env, side) for side in (left, right)]
    if values[0] is None or values[1] is None or values[0].size != values[1].size:
        return None
    figures = [f for f in shown if f is not None and len(f) == values[0].size]
    if not figures:
        return None
    units = [max(u) for u in zip(*figures, strict=True)]
    rounded = values[1] if shown[1] is not None else values[0]
    exact = values[0] if shown[1] is not None else values[1]
    if not all(is_rounded(*place) for place in zip(exact, rounded, units, strict=True)):
        return None
    return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason="rounded"))


def is_exact(reading: Reading, read: Read) -> bool:
    """Whether the sides are equal as expressions of letters, so that they are nearly so, too."""
    if any(isinstance(side, Num) for side in read.sides):
        return False  # to how many figures, the figures tell
    return reading.judge.equation(*read.sides).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA)


def is_rounded(exact: float, written: float, unit: float) -> bool:
    """Whether a number is another one rounded to its last figure, or cut off there: 1.41421 as 1.41, and 2.71828 as 2.71."""
    cut = 0 <= abs(exact) - abs(written) < unit and exact * written > 0
    return abs(exact - written) <= unit * 0.5000001 or cut


def written(node: Node, text: str) -> list[float] | None:
    """What one in the last place is worth in each of the numbers that a side is; None where it is something else."""
    cells: list[Node] = [node]
    if isinstance(node, Call) and node.name == "tuple":
        cells = list(node.args)
    elif isinstance(node, Block):
        cells = [c for row in node.rows for c in row]
    unsigned = [c.x if isinstance(c, Un) and c.op == "-" else c for c in cells]
    plain = [c.x if isinstance(c, Un) and c.op == "%" else c for c in unsigned]
    found = list(re.finditer(r"\d+(?:\.(\d+))?", text))
    if not plain or not all(isinstance(c, Num) for c in plain) or (len(plain) > 1 and len(found) != len(plain)):
        return None
    figures = [10.0 ** -len(m[1] or "") for m in (found[-1:] if len(plain) == 1 else found)]
    if len(figures) != len(plain):
        return None  # \infty
    return [f if p is u else f / 100 for f, p, u in zip(figures, plain, unsigned, strict=True)]  # 53.57%


def numbers_of(env: Env, node: Node) -> np.ndarray | None:
    """The entries of a side in numbers, in the order in which they are written."""
    try:
        env.begin()
        value = array(env.value(node, {}))
    except (Trouble, ArithmeticError, ValueError):
        return None
    return None if np.iscomplexobj(value) else value.reshape(-1)


def other_relation(reading: Reading, read: Read) -> Read:
    """Is neither an equation nor an inequality."""
    if read.op == "neq" and (found := unequal(reading, read)) is not None:
        return found
    reason = {"approx": "approximation", "to": "limit or map"}.get(read.op, f"relation {read.op}")
    return read.decided(Verdict.SKIPPED, reason)


def unequal(reading: Reading, read: Read) -> Read | None:
    """Says of two numbers that they differ: no letter stands in them, or none that could be chosen so."""
    if reading.free_names(*read.sides) or unbound_names(reading.judge.scope, *read.sides):
        return None
    judgement = reading.judge.computed(*read.sides)
    if judgement.verdict is Verdict.FAILS:
        return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason="they differ"))
    return None


def positive_letter(reading: Reading, read: Read) -> Read | None:
    """Says of a new letter that it is positive."""
    left, right = read.sides
    name = shapes.plain_name(left)
    if name is None or read.op not in (">", "geq") or not (isinstance(right, Num) and right.value == 0):
        return None
    if reading.judge.scope.find(name) is not None or shapes.family_of(left, reading.judge.scope):
        return None
    if reading.is_index(left):
        return read
    reading.judge.define({name: Drawn((), frozenset({"positive"}), None, "reply")})
    return replace(read.decided(Verdict.DEFINITION, "declaration"), introduces=frozenset({name}))


def index_range(reading: Reading, read: Read) -> Read | None:
    """Bounds an index."""
    if not any(reading.is_index(side) for side in read.sides):
        return None
    return read.decided(Verdict.SKIPPED, "range of an index")


def sizes(reading: Reading, read: Read) -> Read | None:
    """Multiplies sizes: `(m x k)(k x n) = m x n`."""
    left, right = read.sides
    if not (isinstance(left, Bin) and is_size(reading, left) and is_size(reading, right)):
        return None
    return read.decided(Verdict.SKIPPED, "sizes of matrices")


def is_size(reading: Reading, node: Node) -> bool:
    """`m x n`, `(k x m)^T(k x n)`: a product of dimensions and nothing else."""
    if isinstance(node, Un) and node.op == "T":
        return is_size(reading, node.x)
    if isinstance(node, Bin) and node.op == "^" and node.right == Sym("T"):
        return isinstance(node.left, Bin) and is_size(reading, node.left)
    if isinstance(node, Bin):
        return node.op == "*" and is_size(reading, node.left) and is_size(reading, node.right)
    return isinstance(node, Sym) and isinstance(reading.size_named(node.name), Dimension)


# ------------------------------------------------------------ a claim, judged in the worlds
def evaluated(reading: Reading, read: Read) -> Read:
    """Is an equation: both sides computed in every world and compared."""
    return replace(read, judgement=reading.judge.equation(*read.sides))


def give_up_meanings(reading: Reading, names: Sequence[str]) -> bool:
    """Give up the meanings of names that this reply did not introduce: of earlier replies, and of the staff's factors."""
    used = set(names) - set(reading.judge.own)
    old = used & reading.judge.carried.keys()
    for name in old:
        reading.judge.drop(name)
    weak = (used & reading.setting.weak) - reading.judge.hidden - reading.introduced
    if weak:
        reading.judge.hide(weak)
    return bool(old or weak)


# ------------------------------------------------------------ what else a claim can mean
def inequality_premise(reading: Reading, read: Read) -> Read | None:
    """Fails, but is an inequality that is assumed, or rests on what is."""
    left, right = read.sides
    first = next((r for r in reading.relations if r.chain == read.chain), read)
    given = standing(reading, first) in (Role.SUPPOSED, Role.GIVEN)  # "subject to g = 1 - x \leq 0": all of the chain
    assumed = given or prose.ASSUME.search(read.words) or shapes.plain_name(left)
    bounded = isinstance(right, Num) and isinstance(left, Sym | Sub)
    if not (assumed or bounded or reading.rests_on_unmodelled(left, right)):
        return None
    return read.decided(Verdict.SKIPPED, "inequality, a premise")


def zero_differential(reading: Reading, read: Read) -> Read | None:
    """Sets a differential to zero."""
    left, right = read.sides
    if not ((isinstance(left, Diff) and is_zero(right)) or (isinstance(right, Diff) and is_zero(left))):
        return None
    if not reading.in_special(left, right):
        reading.unmodelled.update(reading.free_names(left, right))
    return read.decided(Verdict.ASSUMPTION, "a differential that is set to zero")


def dot_product(reading: Reading, read: Read) -> Read | None:
    r"""Has `u \cdot v` or `u \times v` of two columns, which is no product of matrices."""
    tokens = (t for side in (read.statement.sides if read.statement else ()) for t in side)
    if not COLUMNS.search(read.judgement.reason) or all(t.text not in ("cdot", "times") for t in tokens):
        return None
    return read.decided(Verdict.UNPARSED, "a dot or cross product of columns")


def tuples(reading: Reading, read: Read) -> Read | None:
    """Has a tuple, which could be something else than a column: an interval, a pair of unlike things."""
    if not any(isinstance(n, Call) and n.name == "tuple" for side in read.sides for n in walk(side)):
        return None
    return read.decided(Verdict.UNPARSED, "a tuple")


def case_in_numbers(reading: Reading, read: Read) -> Read | None:
    """Puts numbers for matrices: the case of scalars is looked at."""
    try:
        sides = [reading.parse(side) for side in (read.statement.sides if read.statement else ())]
    except Unreadable:
        return None
    if not any(isinstance(side, Num) for side in sides):
        return None
    if not all(isinstance(side, Num) or shapes.plain_name(side) for side in sides):
        return None
    return read.decided(Verdict.SKIPPED, "a special case in numbers")


def one_of_several(reading: Reading, read: Read) -> bool:
    """`t = 2 or t = -3`: whether an alternative stands beside it."""
    text = reading.document.text
    before = [r.end for r in reading.relations if r.end <= read.start]
    return bool(OR_AFTER.match(text, read.end)) or bool(before and OR_BETWEEN.fullmatch(text, before[-1], read.start))


def alternative(reading: Reading, read: Read) -> Read | None:
    """Does not hold, but is one of several alternatives, and another holds or is yet to come: `t = 2 or t = -3`."""
    text = reading.document.text
    if OR_AFTER.match(text, read.end):
        return read.decided(Verdict.DISPUTED, ALTERNATIVE)
    at = read.start
    if any(is_one_sign_of(reading, read, r) for r in reading.relations[-AGAIN:]):
        return read.decided(Verdict.DISPUTED, ALTERNATIVE)
    for before in reversed([r for r in reading.relations if r.end <= at]):
        if not OR_BETWEEN.fullmatch(text, before.end, at):
            return None
        if before.judgement.verdict in TRUE or is_value_of_unknown(reading, before):
            return read.decided(Verdict.DISPUTED, ALTERNATIVE)
        at = before.start
    return None


def is_one_sign_of(reading: Reading, read: Read, both: Read) -> bool:
    r"""`4 - k = 4` after `4 - k = \\pm 4`: one of the cases that this has."""
    if both.op != "=" or both.left != read.left or both.right is None or EITHER not in names_in(both.right):
        return False
    ways = (put(both.right, sign) for sign in (1.0, -1.0))
    return read.right is not None and any(reading.judge.equation(read.right, way).verdict in TRUE for way in ways)


def is_value_of_unknown(reading: Reading, read: Read) -> bool:
    """`t = 1`: of a free number, which is neither true nor false of it."""
    found = reading.judge.general.scope.find(shapes.plain_name(read.left) or "") if read.left is not None else None
    free = found is not None and isinstance(found[1], Drawn) and found[1].shape == () and "fixed" not in found[1].kinds
    return free and read.right is not None and scopes.is_constant(read.right)


def names_in_doubt(reading: Reading, read: Read) -> Read | None:
    """Does not hold as it is read, and one of its names may mean something else here."""
    doubted = reading.points | reading.doubted
    if not doubted or read.left is None or read.right is None:
        return None
    both = Bin("=", read.left, read.right)
    name = next(iter(sorted({*names_in(both), *reading.judge.general.depends(both)} & doubted.keys())), None)
    if name is None:
        return None
    return read.decided(Verdict.DISPUTED, f"{name}: {doubted[name]}")


_GOES_ON = re.compile(r"\s*\\\\(?:\[[^\]\n]{0,8}\])?(?:\s|&|\\q?quad|\\hspace\*?\{[^}\n]{0,9}\})*[+](?!\s*\\infty)")
"""The end of a line of a display, and a plus at the beginning of the next one."""


def goes_on_a_sum(reading: Reading, read: Read) -> Read | None:
    """Begins with a plus, or the next line does: a sum goes on over the end of the line."""
    text = reading.document.text
    if text[read.start : read.start + 1] != "+" and not _GOES_ON.match(text, read.end):
        return None
    return read.decided(Verdict.UNPARSED, "goes on with the line before")


def beside_words(reading: Reading, read: Read) -> Read | None:
    """Stands in plain text right beside a word that may belong to it: `18 boxes of 2 = 40`."""
    text = reading.document.text
    span = next((s for s in reading.document.spans if s.start <= read.start < s.end), None)
    if span is None or not span.bare:
        return None
    before, after = (
        _WORD_BEFORE.search(text, max(0, read.start - NEAR_WORD), read.start),
        _WORD_AFTER.match(text, read.end),
    )
    if all(found is None or found[1].lower() in english.LINKS for found in (before, after)):
        return None
    return read.decided(Verdict.DISPUTED, "a word beside it may belong to it")


def in_plain_text(reading: Reading, read: Read) -> Read | None:
    """Is a calculation in plain text or has an exponent of two figures without braces, `2^10`: it may mean something else."""
    if not read.in_plain_text(reading.document) and not _TWO_FIGURES.search(
        reading.document.text, read.start, read.end
    ):
        return None
    if is_miscalculated(reading, read):
        return None
    return read.decided(Verdict.DISPUTED, "a calculation in plain text may mean something else")


def assumed_before(reading: Reading, read: Read) -> Read | None:
    """Gives a letter the number that it had in another sentence if something else holds: that case has ended."""
    left, right = read.sides
    if not (isinstance(left, Sym | Sub) and scopes.is_constant(right)):
        return None
    for before in reversed(reading.relations[-AGAIN:]):
        if before.left == left and before.right == right and before.section == read.section:
            between = reading.document.text[before.end : read.start]
            case = _CASE.search(reading.document.text, max(0, before.start - NEAR_CASE), before.start)
            again = before.judgement.verdict is Verdict.ASSUMPTION and not before.judgement.reason
            over = case is not None and re.search(r"[.;]\s", between) is not None
            return read.decided(Verdict.ASSUMPTION, "said before, of a case") if again and over else None
    return None


def no_shape(reading: Reading, read: Read) -> Read | None:
    """Goes on from a side that has no shape, a fault of the relation before alone; or may be meant entry by entry."""
    if any(isinstance(n, Call) and is_slope_of_known(n.name) for side in read.sides for n in walk(side)):
        return read.decided(Verdict.DISPUTED, "a slope entry by entry")
    place = (read.start, read.end)  # it may be judged once more, when others have been read
    before = next((r for r in reversed(reading.relations) if (r.start, r.end) < place), None)
    if before is None or read.left is None or (before.chain, before.right) != (read.chain, read.left):
        return None
    if before.judgement.verdict is not Verdict.ILL_TYPED and before.judgement.reason != NO_SHAPE:
        return None
    return None if reading.evaluates(read.left) else read.decided(Verdict.SKIPPED, NO_SHAPE)
