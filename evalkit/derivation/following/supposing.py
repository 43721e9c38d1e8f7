r"""Doubts by what a relation that fails rests on, said without an equation: an implication, a property in words, a root.

`a(x - 1) = bx \implies x = \frac{a}{a - b}` claims that the one follows from the other, and neither of them; "suppose A is
symmetric", "A and B commute" and "x is orthogonal to w" make true what is false of all; `x = \sqrt y` may be said of the
positive root. Every public function that takes grounds and a relation is a doubt (doubts.py).
Not covered: properties of three things, of functions and of random variables; ranges in words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sym, Un, is_derivative, is_zero, walk
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role, role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry

FITS = TRUE | {Verdict.VACUOUS}
"""What a relation is where its condition holds: true, or with a term that is 0 there."""
ARROWS = frozenset({"Rightarrow", "Leftrightarrow"})
OPEN = frozenset({Verdict.DISPUTED, Verdict.ASSUMPTION, Verdict.SKIPPED, Verdict.UNBOUND})
REACH, FAR, MAX_NAMES, MAX_TRIED = 600, 4000, 4, 6
"""Characters before a relation in its paragraph that may say a property, and before it in all that columns have the length 1; names that are tried with one, and pairs of them."""
OF_ONE = frozenset({"symmetric", "orthogonal", "diagonal", "invertible", "pd", "psd"})
COMMUTE = re.compile(r"\bcommut\w+", re.I)
APART = re.compile(r"\b(?:orthogonal|perpendicular|at right angles)\b|\\perp(?![a-z])|⊥", re.I)
OF_LENGTH_ONE = re.compile(
    r"\b(?:unit|normali[sz]ed|orthonormal)\b|\b(?:length|norm)s?\W{0,3}(?:is |are |of |equal to )*\W{0,3}(?:one|1)\b|"
    r"(?:\\\||\\[lr]?Vert|‖|\|)\s*(?:_2|_\{2\}|₂)?\s*(?:\^2|\^\{2\}|²)?\s*=\s*1(?![\d.])|"
    r"(\w)\s*\^\{?\s*(?:T|\\top|\\intercal)\s*\}?\s*\1\s*=\s*1(?![\d.])"
)
"""What says of something that it has the length 1."""
SUMS_TO_ONE = re.compile(
    r"\bone[- ]hot\b|\b(?:sums?|adds?|add up|summing|adding up)\s+(?:up\s+)?to\W{0,3}(?:one|1)\b|\bprobabilit(?:y|ies)\b|\bdistributions?\b",
    re.I,
)
"""What says of something that it has parts which make 1 in all."""
DENIED = re.compile(r"\b(?:not|never|nor|neither|non)\b|n't\b", re.I)
OF_UNKNOWNS = frozenset({"sin", "cos", "tan", "exp", "log", "sqrt", "abs"})
"""Functions of what an equation is solved for."""
SPARE = "@apart"


def heads_implication(grounds: Grounds, read: Read) -> str:
    """Is what an arrow behind it starts from: only that the one follows from the other is claimed."""
    if read.judgement.verdict is not Verdict.FAILS or role(read.words) is Role.CLAIMED:
        return ""
    first = next((r for r in grounds.relations if r.start > read.start and r.chain != read.chain), None)
    if first is None or first.statement is None or first.statement.joined not in ARROWS:
        return ""
    if any(r.chain == read.chain and r is not read for r in grounds.relations) or grounds.slip_of_rewriting(read):
        return ""  # `(a + b)^2 = a^2 + b^2 \implies ...` is said of all numbers
    if any(is_computed(grounds, read, side) for side in read.sides) or grounds.slip_in_special(read):
        return ""
    return "what an arrow starts from may be supposed"


def is_computed(grounds: Grounds, read: Read, side: Node) -> bool:
    """Whether a whole side is a derivative, or a function or a name of the problem: the other says what it is."""
    if is_derivative(side) or (isinstance(side, Call) and side.name not in OF_UNKNOWNS):
        return True
    found = grounds.judge(read).scope.find(plain_name(side) or "")
    return found is not None and not isinstance(found[1], Drawn) and getattr(found[1], "source", "problem") == "problem"


def implied_by_open(grounds: Grounds, read: Read) -> str:
    """Stands behind an arrow that starts from something which may be supposed."""
    statement = read.statement
    if read.judgement.verdict is not Verdict.FAILS or statement is None or statement.joined not in ARROWS:
        return ""
    before = [r for r in grounds.reading.relations if r.end <= read.start and r.chain != read.chain]
    if not before or before[-1].judgement.verdict not in OPEN or grounds.slip_of_rewriting(read):
        return ""
    return "said to follow from what may be supposed"


def property_in_words(grounds: Grounds, read: Read) -> str:
    """Is true of matrices with a property that its paragraph names, or of two that commute or are orthogonal."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    text = grounds.reading.document.text
    paragraph = text.rfind("\n\n", 0, read.start)
    begins = max(min(paragraph, sentence_of(text, read.start, read.end)[0]), read.start - REACH, 0)
    words = text[begins : read.start]
    unit = OF_LENGTH_ONE.search(text, max(0, read.start - FAR), read.start)
    named = OF_ONE & prose.properties(words)
    if not (unit or named or any(said.search(words) for said in (COMMUTE, APART, SUMS_TO_ONE))):
        return ""
    judge, names = grounds.judge(read), sorted(grounds.names(read))
    sought = [*supposed(judge, names, words), *(columns_that_are("unit", "of length 1", judge, names) if unit else ())]
    for entries, assumed, what in sought:
        there = judge.branch()
        there.define(entries)
        there.assume(assumed)
        if there.computed(*read.sides).verdict in FITS:
            return f"true of what is {what}, as the words before it say of something"
    return ""


Supposition = tuple[Mapping[str, Entry], Mapping[str, Entry], str]
"""Letters to be defined and to be assumed, and the property."""


def supposed(judge: Judge, names: list[str], words: str) -> Iterator[Supposition]:
    """What the words may say of these names."""
    anew = {n: e for s in judge.setting.specials for n, e in s.matrices.items()}
    drawn = {n: e for n in names if isinstance(e := judge.scope.entries.get(n), Drawn) or (e := anew.get(n)) if e.shape}
    square = [n for n, e in drawn.items() if len(e.shape) == 2 and e.shape[0] == e.shape[1]][:MAX_NAMES]
    for kind in sorted(OF_ONE & prose.properties(words)):
        for some in ([n] for n in square) if len(square) < 2 else ([[n] for n in square] + [square]):
            yield {}, {n: replace(drawn[n], kinds=drawn[n].kinds | {kind}) for n in some}, kind
    if COMMUTE.search(words):
        for a, b in list(combinations(square, 2))[:MAX_TRIED]:
            yield {}, {b: Defined(Bin("+", Bin("*", Sym(a), Sym(a)), Sym(a)), (), None, "reply")}, "commuting"
    if SUMS_TO_ONE.search(words):
        yield from columns_that_are("probability", "a distribution", judge, names)
    if APART.search(words):
        columns = [n for n, e in drawn.items() if len(e.shape) == 1][:MAX_NAMES]
        for a, b in list(combinations(columns, 2))[:MAX_TRIED]:
            if drawn[a].shape == drawn[b].shape:
                yield {f"{b}{SPARE}": replace(drawn[b], source="reply")}, {b: beside(a, f"{b}{SPARE}")}, "orthogonal"


def columns_that_are(kind: str, what: str, judge: Judge, names: list[str]) -> Iterator[Supposition]:
    """Columns of one kind, one of them or all."""
    found = ((n, judge.scope.entries.get(n)) for n in names)
    columns = {n: e for n, e in found if isinstance(e, Drawn) and len(e.shape) == 1}
    some = list(columns)[:MAX_NAMES]
    for these in [[n] for n in some] + ([some] if len(some) > 1 else []):
        yield {}, {n: replace(columns[n], kinds=columns[n].kinds | {kind}) for n in these}, what


def beside(a: str, b: str) -> Defined:
    """The part of b that is orthogonal to a."""
    x, y = Sym(a), Sym(b)
    share = Bin("/", Bin("*", Un("T", x), y), Bin("*", Un("T", x), x))
    return Defined(Bin("-", y, Bin("*", x, share)), (), None, "reply")


def of_a_root(grounds: Grounds, read: Read) -> str:
    r"""Has a root on one side, and is true but for the sign, which is not always the other: `x = \sqrt y`."""
    left, right = read.sides
    if read.judgement.verdict is not Verdict.FAILS or is_zero(left) or is_zero(right):
        return ""
    if sum(any(map(is_rooted, walk(side))) for side in read.sides) != 1:
        return ""
    judge = grounds.judge(read)
    squares = (Bin("^", side, Num(2.0)) for side in read.sides)
    if judge.computed(*squares).verdict not in TRUE:
        return ""
    fixed = judge.computed(left, Un("-", right)).verdict in TRUE and all(map(is_of_one_sign, read.sides))
    return "" if fixed else "true of one of two roots"


def is_rooted(node: Node) -> bool:
    match node:
        case Call("sqrt"):
            return True
        case Bin("^", _, Num(v)):
            return not float(v).is_integer()
        case Bin("^", _, Bin("/", Num(a), Num(b))):
            return bool(b) and a % b != 0
    return False


def is_of_one_sign(side: Node) -> bool:
    """Whether a side is a root, a norm or an absolute value, or the negative of one: its sign is known."""
    inner = side.x if isinstance(side, Un) and side.op == "-" else side
    return is_rooted(inner) or (isinstance(inner, Call) and inner.name.startswith("norm"))
