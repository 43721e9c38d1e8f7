r"""What a reply takes back some lines below: `My earlier calculation was wrong`, `$1/\sqrt\pi$, not $2/\sqrt\pi$`.

Of the first, the last chain before it that is false is meant; of the second what is true with the one in place of the other.
Looked at when all of the reply has been read. Not covered: corrections that say nothing of what was before, earlier chains.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.sentence import with_put_in
from evalkit.derivation.grammar.nodes import Node, Unreadable, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict

RULE = "corrected_below"
REACH, BESIDE = 3000, 60
"""How many characters before it a correction reaches, and what is right may stand before `not`."""
MAX_TRIES = 12
OWN_ERROR = re.compile(
    r"\b(?:(?:my|our|the)\s+(?:earlier|previous|above|first|original|initial|last)\s+(?:\w+\s+)?(?:calculation|computation|result"
    r"|answer|value|work|step|line|estimate|derivation|expression|equation|formula|product|sum)s?\s+(?:above\s+)?"
    r"(?:was|is|were|are)\s+(?:\w+\s+)?(?:wrong|incorrect|mistaken|off|in\s+error))\b",
    re.I,
)
NOT_THIS = re.compile(r"[,;(—–]\s*(?:and\s+)?not\s+(?=\$|\\\()", re.I)


def withdraw_the_corrected(reading: Reading) -> None:
    """Dispute what is false and taken back below."""
    text = reading.document.text
    chains: set[int] = set()
    for found in OWN_ERROR.finditer(text):
        before = [r for r in reading.relations if found.start() - REACH < r.start and r.end <= found.start()]
        chains |= {r.chain for r in [r for r in before if r.judgement.verdict in FALSE][-1:]}
    for at, read in enumerate(reading.relations):
        if read.chain in chains and read.judgement.verdict in FALSE:
            withdraw(reading, at)
    withdraw_what_is_replaced(reading)


def withdraw_what_is_replaced(reading: Reading) -> None:
    """Dispute what is false and true with what stands before `not ...`, below it, in place of what stands behind that."""
    text, tries = reading.document.text, 0
    for found in NOT_THIS.finditer(text):
        wrong, right = formula_behind(reading, found.end()), said_before(reading, found.start())
        for at, read in enumerate(reading.relations):
            false = read.judgement.verdict in FALSE and read.op in EQUAL and read.end <= found.start()
            if wrong is None or right is None or not false or read.start < found.start() - REACH or tries >= MAX_TRIES:
                continue
            if (
                read.left is None
                or read.right is None
                or not any(wrong == n for side in read.sides for n in walk(side))
            ):
                continue
            tries += 1
            judge = reading.judge_of(read)
            sides = ([with_put_in(side, wrong, put) for side in read.sides] for put in right.sides)
            if any(judge.equation(*both).verdict in TRUE for both in sides):
                withdraw(reading, at)


def withdraw(reading: Reading, at: int) -> None:
    judged = Judgement(Verdict.DISPUTED, reason="taken back below", rule=RULE)
    reading.relations[at] = replace(reading.relations[at], judgement=judged)


def formula_behind(reading: Reading, place: int) -> Node | None:
    """The expression that begins there; None where it is a relation or cannot be read."""
    span = next((s for s in reading.document.spans if s.start >= place), None)
    found = reading.tokens(span) if span is not None else ()
    if isinstance(found, Unreadable) or not found or found[0].ops:
        return None
    try:
        return reading.parse(found[0].sides[0])
    except Unreadable:
        return None


def said_before(reading: Reading, place: int) -> Read | None:
    """The equation that ends right before a place."""
    near = (r for r in reversed(reading.relations) if place - BESIDE <= r.end <= place)
    found = next(near, None)
    return found if found is not None and found.left is not None and found.right is not None else None
