r"""A step of solving that is wrong by itself: `6x = x^2 + y \implies y = 6x + x^2`.

The condition from which it is concluded stands right before it, nothing but an arrow or a word that concludes between them.
It does not hold where that does, and with one edit it would; or it gives the only unknown of that condition a number that
does not solve it (`x^2 = 5x - 6, so x = 2 or x = 4`).
Not covered: steps from several conditions, and from one that is itself concluded wrongly; two slips in one step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.systems import system_of
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Un, walk
from evalkit.derivation.verdicts.nearness import everywhere, plain_edits
from evalkit.derivation.verdicts.solutions import FAULTS, Effort, Pair, gap, obeys, solutions
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import names_in
from evalkit.derivation.worlds.values import number

RULE = "misstep"
SLIPS = frozenset({"sign", "number", "factor", "term", "inverse", "exponent"})
MAX_EDITS = 24
"""Edits of one step that are tried."""
OTHERWISE = frozenset({"sin", "cos", "tan", "cot", "arcsin", "arccos", "arctan", "log", "floor", "ceil", "mod"})
"""Functions of angles, that may be in degrees, logarithms of any base, and what is solved in whole numbers."""
ROOTS = frozenset({"sqrt", "abs"})
MAX_VALUES = 4
"""Values of one unknown beside each other."""
ROUNDED = 0.03
"""By how much a value may be off that was rounded."""
_SIGNS = r"[\s$&,;:.{}]|\\[\[\]()]|\\\\|\\(?:q?quad|text|mbox|[,;! ])"
_CONCLUDES = r"so|then|thus|hence|therefore|consequently|gives?|giving|yields?|get|obtain|find|follows|implies"
_LINKS = r"and|which|that|we|it|this|from|have"
BETWEEN = re.compile(
    rf"(?:{_SIGNS}|\b(?:{_LINKS})\b){{0,40}}"
    rf"(?:\\(?:implies|Rightarrow|Longrightarrow|therefore)(?![a-z])|[⟹⇒∴]|=>|\b(?:{_CONCLUDES})\b)"
    rf"(?:{_SIGNS}|\b(?:{_LINKS}|{_CONCLUDES})\b){{0,40}}",
    re.I,
)
"""What stands between a condition and what is concluded from it alone."""
BESIDE = re.compile(rf"(?:{_SIGNS})*(?:\b(?:or|and)\b|,|\\(?:lor|vee)(?![a-z]))?(?:{_SIGNS})*", re.I)
"""What stands between two values of one unknown."""
WAITING = frozenset(
    {
        "assumption",
        "open_condition",
        "unclaimed",
        "unmodelled",
        "solved",
        "alternative",
        "implied_by_open",
        "heads_implication",
    }
)
"""Rules that leave a conclusion open: it gives a letter a value, or asks for one."""


def premise_of(reading: Reading, at: int, known: Sequence[Read]) -> Read | None:
    """The condition from which relation number `at` is concluded, no other between; None where there is none."""
    read, text = reading.relations[at], reading.document.text
    for back in range(1, MAX_VALUES + 1):
        if at < back:
            return None
        other, then = reading.relations[at - back], reading.relations[at - back + 1]
        if BETWEEN.fullmatch(text, other.end, then.start):
            return next((r for r in reversed(known) if (r.start, r.end) == (other.start, other.end)), None)
        if other.left != read.left or not BESIDE.fullmatch(text, other.end, then.start):
            return None
    return None


def is_misstep(reading: Reading, read: Read, premise: Read, follows: Callable[[Read], bool], effort: Effort) -> bool:
    """Whether it does not follow from its premise, and would but for one edit. follows: from the premise."""
    if read.judgement.rule not in WAITING or read.op != "=" or is_value(premise):
        return False
    known = {n for side in premise.sides for n in names_in(side)}
    if not {n for side in read.sides for n in names_in(side)} <= known:
        return False
    if is_value(read):
        return is_no_solution(reading, read, premise, effort)
    system = system_of(reading, read, [premise])
    points = list(solutions(system.env, system.conditions, system.unknown, {}, effort)) if system is not None else []
    if system is None or not points or any(obeys(system.env, p, at) for p in branches(read) for at in points):
        return False
    return any(map(follows, islice(edited(read), MAX_EDITS)))


def branches(read: Read) -> list[Pair]:
    r"""The equation, and of `x = \sqrt y` that with the other root: a condition that leaves the sign open may be met by one."""
    left, right = read.sides
    rooted = any((isinstance(n, Call) and n.name in ROOTS) or (isinstance(n, Bin) and n.op == "^") for n in walk(right))
    return [(left, right), *([(left, Un("-", right))] if rooted and shapes.plain_name(left) is not None else [])]


def is_value(read: Read) -> bool:
    return shapes.plain_name(read.sides[0]) is not None and scopes.is_constant(read.sides[1])


def is_no_solution(reading: Reading, read: Read, premise: Read, effort: Effort) -> bool:
    """Whether a number is far from solving a condition whose only unknown it is said to be, and which has a solution."""
    other = {n.name for side in premise.sides for n in walk(side) if isinstance(n, Call)} & OTHERWISE
    system = system_of(reading, read, [premise]) if not other else None
    if system is None or system.value is None or system.unknown.keys() != {system.name}:
        return False
    try:
        gaps, size = gap(system.env, system.conditions, {system.name: number(system.value)})
    except FAULTS:
        return False
    if float(np.abs(gaps).max(initial=0.0)) <= ROUNDED * size:
        return False
    found = [p[system.name].item() for p in solutions(system.env, system.conditions, system.unknown, {}, effort)]
    off = [system.value * times for times in (1.0, 100.0, 0.01)]  # a share in percent
    return bool(found) and all(abs(x - y) > ROUNDED * (1 + abs(x)) for x in found for y in off)


def edited(read: Read) -> Iterator[Read]:
    """An equation with one edit, each once; of a product also both quotients."""
    left, right = read.sides
    seen: set[tuple[Node, Node]] = {(left, right)}
    for first, side in ((False, right), (True, left)):
        found = [e.side for e in everywhere(side, plain_edits, ()) if e.kind in SLIPS]
        if isinstance(side, Bin) and side.op == "*":
            found.append(Bin("/", side.right, side.left))
        for new in found:
            pair = (new, right) if first else (left, new)
            if pair not in seen and any(map(names_in, pair)) and new != Num(0.0):
                seen.add(pair)
                yield replace(read, left=pair[0], right=pair[1])


def misstep(read: Read) -> Read:
    """It, as a false step."""
    judged = Judgement(Verdict.FAILS, reason="does not follow from what stands before it", rule=RULE)
    return replace(read, judgement=judged)
