r"""A step of solving that is wrong by itself: `6x = x^2 + y \implies y = 6x + x^2`.

The condition from which it is concluded stands right before it, nothing but an arrow or a word that concludes between them.
It does not hold where that does, and with one edit of its right side it would.
Not covered: steps from several conditions, and from one that is itself concluded wrongly; two slips in one step.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from evalkit.derivation.following import shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num
from evalkit.derivation.verdicts.nearness import everywhere, plain_edits
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import names_in

RULE = "misstep"
SLIPS = frozenset({"sign", "number", "factor", "term", "inverse", "exponent"})
MAX_EDITS, MAX_STEPS = 24, 12
"""Edits of one step that are tried, and steps of one reply."""
BETWEEN = re.compile(
    r"(?:[\s$&,;:.]|\\[\[\]()]|\\\\|\\(?:q?quad|text|mbox|[,;! ])|[{}])*"
    r"(?:\\(?:implies|Rightarrow|Longrightarrow|therefore)|[⟹⇒∴]|=>|\b(?:so|thus|hence|therefore|gives|and so|which gives|we get)\b)"
    r"(?:[\s$&,;:]|\\[\[\]()]|\\(?:q?quad|text|mbox|[,;! ])|[{}]|\bthat\b|\bwe (?:get|have|obtain)\b)*",
    re.I,
)
"""What stands between a condition and what is concluded from it alone."""
WAITING = frozenset({"assumption", "open_condition", "unclaimed", "unmodelled", "solved"})
"""Rules that leave a conclusion open: it gives a letter a value, or asks for one."""


def is_misstep(reading: Reading, read: Read, premise: Read | None, follows: Callable[[Read], bool]) -> bool:
    """Whether it is concluded from a condition and does not follow, and would but for one edit. follows: from the premise."""
    if premise is None or read.judgement.rule not in WAITING or shapes.plain_name(read.sides[0]) is None:
        return False
    if not BETWEEN.fullmatch(reading.document.text, premise.end, read.start) or read.op != "=":
        return False
    known = {n for side in premise.sides for n in names_in(side)}
    if not {n for side in read.sides for n in names_in(side)} <= known:
        return False
    return any(follows(replace(read, right=side)) for side in islice(edited(read.sides[1]), MAX_EDITS))


def edited(side: Node) -> list[Node]:
    """A side with one edit, each once; of a product also both quotients."""
    found = [e.side for e in everywhere(side, plain_edits, ()) if e.kind in SLIPS]
    if isinstance(side, Bin) and side.op == "*":
        found.append(Bin("/", side.right, side.left))
    return list(dict.fromkeys(n for n in found if n != side and not (isinstance(n, Num) and n.value == 0)))


def misstep(read: Read) -> Read:
    """It, as a false step."""
    return replace(read, judgement=Judgement(Verdict.FAILS, reason="does not follow from what stands before it", rule=RULE))
