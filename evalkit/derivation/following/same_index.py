r"""Two indices that are said to be equal, or to differ, beside a relation: `p_i (1 - p_i), \quad i = j`.

A condition belongs to the statement that it follows in the same formula, or to all of a formula that it opens. One in the
next formula belongs to it where words such as `if` or `for` lead there, and one in words before it where it opens the
sentence. One that stands above, in a heading or a line of its own (`Case 1: i = j`), is tried where a relation fails
without it; it reaches over the block that follows and the next one.

Not covered: three indices in one condition; conditions inside `cases` (worlds/cases.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Sym, Unreadable
from evalkit.derivation.grammar.relations import EQUAL, Statement
from evalkit.derivation.text import prose
from evalkit.derivation.text.document import MathSpan
from evalkit.derivation.verdicts.in_world import Limits
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict

LEADS_ON = re.compile(r"(?i)\b(?:for|where|when|whenever|all|each|if)\b|\(")
GAP = 40
"""Characters between a relation and the condition after it."""
IN_BRACKETS = 5
"""Tokens of `(k = l)`."""
BLOCKS = 2
"""Blocks of text over which a case reaches that was named above."""

Parsed = Sequence[list[Statement] | Unreadable]
Pair = tuple[str, frozenset[str]]
"""`=` or `neq`, and two indices."""


def pair_of(reading: Reading, statement: Statement) -> Pair | None:
    """The two indices of which a statement says nothing but that they are equal, or differ."""
    ops, sides = statement.ops, statement.sides
    if not ops and len(sides[0]) == IN_BRACKETS and sides[0][0].text == "(":
        _, one, op, other, _ = sides[0]
        ops, sides = (op.text.replace("\\", ""),), ((one,), (other,))
    if ops not in (("=",), ("neq",)) or any(len(side) > 1 for side in sides):
        return None
    try:
        parsed = [reading.parse(side) for side in sides]
    except Unreadable:
        return None
    names = frozenset(side.name for side in parsed if isinstance(side, Sym) and reading.is_index(side))
    return (ops[0], names) if len(names) == 2 else None


def heed(reading: Reading, spans: Sequence[MathSpan], parsed: Parsed, before: Sequence[int]) -> None:
    """Put in force what is said of indices beside the present statement. before: numbers of the stretches of the same
    sentence that open with "for" or the like."""
    at, number = reading.place
    here = parsed[at]
    if isinstance(here, Unreadable):
        return
    pairs = [pair_of(reading, s) for s in here]
    mine = leading(pairs[number + 1 :]) or leading(pairs)
    if not mine and at + 1 < len(spans):
        gap = reading.document.text[spans[at].outer_end : spans[at + 1].outer_start]
        same = len(gap) < GAP and "\n\n" not in gap and not prose.SENTENCE_END.search(gap)
        if same and LEADS_ON.search(gap):
            mine = leading(said_in(reading, parsed[at + 1]))
    for which in before:
        mine = [*mine, *(pair for pair in said_in(reading, parsed[which]) if pair is not None)]
    limits = reading.judge.limits
    limits.equal = {names for op, names in mine if op == "="}
    limits.unequal = {names for op, names in mine if op == "neq"}


def said_in(reading: Reading, found: list[Statement] | Unreadable) -> list[Pair | None]:
    return [] if isinstance(found, Unreadable) else [pair_of(reading, s) for s in found]


def leading(pairs: Sequence[Pair | None]) -> list[Pair]:
    """Those that stand first, one after the other."""
    out: list[Pair] = []
    for pair in pairs:
        if pair is None:
            break
        out.append(pair)
    return out


def in_its_case(reading: Reading, read: Read) -> Read | None:
    """Fails, but holds where two indices are equal, or differ, as a line above says: a case."""
    case = case_above(reading, read)
    if case is None:
        return None
    op, names = case
    found = judged_in_case(reading.judge, read, case)
    if found.verdict not in TRUE:
        return None
    said = " and ".join(sorted(names)) + (" differ" if op == "neq" else " are equal")
    return replace(read, judgement=replace(found, reason=f"where {said}"))


def judged_in_case(judge: Judge, read: Read, case: Pair) -> Judgement:
    """What the worlds say of a relation where two indices are equal, or differ."""
    op, names = case
    limits = judge.limits
    equal, unequal = (
        (limits.equal, {*limits.unequal, names}) if op == "neq" else ({*limits.equal, names}, limits.unequal)
    )
    judge.limits = Limits(limits.ranges, unequal, equal, limits.sampled)
    try:
        return judge.equation(*read.sides)
    finally:
        judge.limits = limits


def fails_either_way(judge: Judge, read: Read, names: frozenset[str]) -> bool:
    """Whether a relation fails where two indices are equal and where they differ."""
    return all(judged_in_case(judge, read, (op, names)).verdict is Verdict.FAILS for op in ("=", "neq"))


def case_above(reading: Reading, read: Read) -> Pair | None:
    """The last condition on two indices above a relation, in its own section and not too far away."""
    outline = reading.outline
    for other in reversed(reading.relations):
        if other.section != read.section:
            return None
        names = frozenset(side.name for side in (other.left, other.right) if isinstance(side, Sym))
        if len(names) != 2 or other.op not in (*EQUAL, "neq") or other.judgement.verdict in TRUE:
            continue
        if not all(reading.is_index(Sym(name)) for name in names):
            continue
        end = other.end
        for _ in range(BLOCKS + 1):
            end = outline.block_end(end)
            if end < len(outline.text) and outline.lines[outline.number(end)].level:
                break  # a heading ends what stands above it
        return ("neq" if other.op == "neq" else "=", names) if read.start < end else None
    return None
