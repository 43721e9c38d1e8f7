r"""A step of solving that is wrong by itself: `6x = x^2 + y \implies y = 6x + x^2`.

The condition from which it is concluded stands right before it, nothing but an arrow or a word that concludes between them.
It does not hold where that does, and with one edit it would; each letter that it may be solved for stands in the condition to
the first power, so that no other root is meant.
Not covered: numbers (units, rounding, guesses and quotations explain too many); steps from several conditions, and from one
that is itself concluded wrongly; two slips in one step; anything beside words that deny, doubt, quote or ask.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.supposing import is_rooted
from evalkit.derivation.following.systems import System, system_of, unknown_in
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sym, walk
from evalkit.derivation.verdicts.edits import everywhere, plain_edits
from evalkit.derivation.verdicts.solutions import FAULTS, Effort, gap, obeys, solutions
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import names_in

RULE = "misstep"
SLIPS = frozenset({"sign", "number", "factor", "term", "inverse", "exponent"})
MAX_EDITS = 24
"""Edits of one step that are tried."""
PLACES = (0.7, 1.9, 3.1)
"""Multiples of one letter, equally far from each other."""
AROUND = 200
"""Characters before and behind a step that may cast doubt on it."""
_SIGNS = r"[\s$&,;:.{}]|\\[\[\]()]|\\\\|\\(?:q?quad|text|mbox|[,;! ])"
_CONCLUDES = r"so|then|thus|hence|therefore|consequently|gives?|giving|yields?|get|obtain|find|follows|implies"
_LINKS = r"and|which|that|we|it|this|from|have"
BELOW = re.compile(rf"(?:{_SIGNS}){{0,40}}")
"""What stands between two displays, or two lines of one."""
ASSUMPTIONS, NEAR = "assumptions", 1e-9
BETWEEN = re.compile(
    rf"(?:{_SIGNS}|\b(?:{_LINKS})\b){{0,40}}"
    rf"(?:\\(?:implies|Rightarrow|Longrightarrow|therefore)(?![a-z])|[⟹⇒∴]|=>|\b(?:{_CONCLUDES})\b)"
    rf"(?:{_SIGNS}|\b(?:{_LINKS}|{_CONCLUDES})\b){{0,40}}",
    re.I,
)
"""What stands between a condition and what is concluded from it alone."""
ENDS = re.compile(rf"(?:{_SIGNS})*?(?:[.;,]|\n\s*\n|\\(?:implies|Rightarrow|Longrightarrow)(?![a-z])|[⟹⇒]|\Z)")
"""What stands behind a step of which nothing more is said."""
DOUBTING = (
    r"\b(?:not?|never|nor|cannot|wrong\w*|incorrect\w*|false\w*|invalid\w*|mistake\w*|error\w*|fallac\w*|trap|slip|fails?|might|may|could"
    r"|would|should|students?|people|often|some(?:one|times)?|says?|claims?|thinks?|tempt\w*|options?|your?|instead|actually"
    r"|correct\w*|check\w*|mod(?:ulo)?|rounded|roughly|either)\b|n't\b|\?|≠|\\neq?(?![a-z])|\\pm|\\mp|±|\\b[pb]?mod(?![a-z])"
)
DOUBTED, DOUBTED_VALUE = re.compile(rf"{DOUBTING}|-\s*1(?![\d.])", re.I), re.compile(DOUBTING, re.I)
"""What denies, doubts, quotes or asks; a letter that is 1 or -1 is its own inverse."""
WAITING = frozenset(
    {
        "assumption",
        "open_condition",
        "nothing_to_work_out",
        "uneven",
        "called_an_equation",
        "of_what_is_set_to_zero",
        "needed",
        "from_what_is_needed",
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
    other = reading.relations[at - 1] if at else None
    if other is None or not BETWEEN.fullmatch(text, other.end, read.start) or not ENDS.match(text, read.end):
        return None
    if DOUBTED.search(text, max(0, other.start - AROUND), read.end + AROUND):
        return None
    return next((r for r in reversed(known) if (r.start, r.end) == (other.start, other.end)), None)


def is_misstep(reading: Reading, read: Read, premise: Read, follows: Callable[[Read], bool], effort: Effort) -> bool:
    """Whether it does not follow from its premise, and would but for one edit. follows: from the premise."""
    if read.judgement.rule not in WAITING or read.op != "=" or is_value(premise) or is_value(read):
        return False
    known = {n for side in premise.sides for n in names_in(side)}
    if not {n for side in read.sides for n in names_in(side)} <= known:
        return False
    system = system_of(reading, read, [premise])
    points = list(solutions(system.env, system.conditions, system.unknown, {}, effort)) if system is not None else []
    if system is None or not points or any(obeys(system.env, system.claim, at) for at in points):
        return False
    if any(is_rooted(n) for side in premise.sides for n in walk(side)) or not has_one_root(system, read):
        return False
    return any(map(follows, islice(edited(read), MAX_EDITS)))


def has_one_root(system: System, read: Read) -> bool:
    """Whether the condition has the letters to the first power that the step may be solved for: its left side, or any."""
    found = system.env.scope.find(shapes.plain_name(read.sides[0]) or "")
    names = [found[0]] if found is not None else list(unknown_in(system.env, [system.claim]))
    try:
        for name in names:
            x = np.asarray(system.env.value(Sym(name), {}))
            a, b, c = (gap(system.env, system.conditions, {name: at * x})[0] for at in PLACES)
            if not np.allclose(a + c, 2 * b, rtol=1e-9, atol=1e-9):
                return False
    except FAULTS:
        return False
    return bool(names)


def is_value(read: Read) -> bool:
    return shapes.plain_name(read.sides[0]) is not None and scopes.is_constant(read.sides[1])


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


def is_wrong_value(reading: Reading, at: int) -> bool:
    """Whether a letter is given a whole number right below an equation in it alone that holds in the problem's worlds, and
    whose only root is another: its negative, double or half, or the one beside it."""
    read, text = reading.relations[at], reading.document.text
    premise = reading.relations[at - 1] if at else read
    name, judged = shapes.plain_name(read.sides[0]), premise.judgement
    if judged.verdict is not Verdict.HOLDS or judged.world == ASSUMPTIONS or premise.op != "=" or is_value(premise):
        return False
    if (
        read.judgement.rule != "assumption"
        or not is_value(read)
        or {n for x in premise.sides for n in names_in(x)} != {name}
    ):
        return False
    behind = reading.relations[at + 1] if at + 1 < len(reading.relations) else None
    if behind is not None and behind.left == read.left and not text[read.end : behind.start].count("\n"):
        return False  # one of several values
    between = text[premise.end : read.start]
    if not BELOW.fullmatch(between) or "\n" not in between or not ENDS.match(text, read.end):
        return False
    if DOUBTED_VALUE.search(text, max(0, premise.start - AROUND), read.end + AROUND):
        return False
    system = system_of(reading, read, [premise])
    if system is None or system.value is None or not system.value.is_integer() or not has_one_root(system, read):
        return False
    low, high = (
        float(gap(system.env, system.conditions, {system.name: np.full((1, 1), x)})[0].item()) for x in (0.0, 1.0)
    )
    root = low / (low - high) if low != high else system.value
    return any(
        abs(system.value - other) < NEAR * (1 + abs(root)) for other in (-root, 2 * root, root / 2, root + 1, root - 1)
    )


def misstep(read: Read) -> Read:
    """It, as a false step."""
    judged = Judgement(Verdict.FAILS, reason="does not follow from what stands before it", rule=RULE)
    return replace(read, judgement=judged)
