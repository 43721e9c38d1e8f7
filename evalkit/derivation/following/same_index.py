r"""Two indices that are said to be equal beside a relation: `p_i (1 - p_i), \quad i = j`; and cases that lines name.

Looked at only where a relation fails without. Whose condition `i = j` is, its place tells: that of the relation right
before it in a formula, or right behind it where the formula begins with a condition; in the next formula where nothing
but `if` or `for` leads there and nothing goes on behind it; before a relation where it opens the sentence (`For i = j we
get`); above it where it has a line for itself, a heading or not (`Case 1: i = j`), as far as the block below.

Not covered: three indices in one condition; what `otherwise` means; conditions inside `cases` (worlds/cases.py).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evalkit.derivation.following.ranges import LEADS_ON
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Sym, Unreadable
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.grammar.tokens import Token
from evalkit.derivation.text.document import MathSpan
from evalkit.derivation.verdicts.in_world import Limits
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict

IN_BRACKETS = 5
"""Tokens of `(k = l)`."""
ENDS = re.compile(r"\s{0,2}(?:[.,;)]|and\b|\Z|\n\n)")
OPENS = re.compile(
    r"(?:\A|[.!?:]\s{1,3}|\n\s{0,8}|(?:\\\]|\$\$)\s{0,3})(?:[-*+]\s)?(?:for|if|when|let)\s\Z", re.IGNORECASE
)
LABEL = re.compile(
    r"[\s#>*_+\d.)(-]{0,12}(?:(?:case|for|if|when|the case)\b)?[\s\w.]{0,6}[\s:.(—–-]{0,4}", re.IGNORECASE
)
MARKS = re.compile(r"[\s*_:.,)]{0,6}(?:then)?[\s*_:.,]{0,3}")
OTHERWISE = re.compile(
    r"\b(?:otherwise|else|off|other|different|general\w*|all|any|both|together|combin\w*|mixed|instead)\b",
    re.IGNORECASE,
)
NEAR, LINE = 40, 200
"""Characters between a condition and its relation in one sentence; of a line."""

Parsed = Sequence[list[Statement] | Unreadable]
Pair = tuple[str, frozenset[str]]
"""`=` or `neq`, and two indices."""


def pair_of(reading: Reading, statement: Statement) -> Pair | None:
    """The two indices of which a statement says nothing but that they are equal, or differ."""
    op, sides = of_two(statement)
    try:
        parsed = [reading.parse(side) for side in sides]
    except Unreadable:
        return None
    names = frozenset(side.name for side in parsed if isinstance(side, Sym) and reading.is_index(side))
    return (op, names) if len(names) == 2 else None


def of_two(statement: Statement) -> tuple[str, Sequence[Sequence[Token]]]:
    """The sign and the sides where two letters may be said to be equal, or to differ; no sides elsewhere."""
    ops, sides = statement.ops, statement.sides
    if not ops and len(sides[0]) == IN_BRACKETS and sides[0][0].text == "(":
        _, one, op, other, _ = sides[0]
        ops, sides = (op.text.replace("\\", ""),), ((one,), (other,))
    if ops not in (("=",), ("neq",)) or any(len(side) > 1 for side in sides):
        return "", ()
    return ops[0], sides


def may_be_alone(parsed: Parsed) -> list[int]:
    """Numbers of the formulas of a reply that may say nothing but that two indices are equal, or differ."""
    return [at for at, f in enumerate(parsed) if not isinstance(f, Unreadable) and len(f) == 1 and of_two(f[0])[1]]


def heed(reading: Reading, spans: Sequence[MathSpan], parsed: Parsed) -> None:
    """Note for the present statement what is said of its indices beside it, and above it."""
    at, number = reading.place
    here = parsed[at]
    reading.cases = []
    if isinstance(here, Unreadable):
        return
    pairs = [pair_of(reading, s) for s in here]
    if pairs[number] is None:
        beside = list(beside_in(pairs, here, number)) or list(around(reading, spans, parsed))
        reading.cases = [pair for pair in beside if pair is not None]


def beside_in(pairs: Sequence[Pair | None], found: Sequence[Statement], number: int) -> Iterator[Pair]:
    """The condition of a statement in its own formula."""
    first = next((i for i, s in enumerate(found) if s.ops or pairs[i]), number)
    if pairs[first] is None:
        behind = pairs[number + 1] if number + 1 < len(pairs) else None
        if behind is not None:
            yield behind
        return
    before = next((pair for pair in reversed(pairs[:number]) if pair is not None), None)
    if before is not None:
        yield before


def around(reading: Reading, spans: Sequence[MathSpan], parsed: Parsed) -> Iterator[Pair]:
    """The condition of a formula in the next one, in the one before, or in a line above."""
    at, text = reading.place[0], reading.document.text
    if at + 1 < len(spans) and (pair := alone(reading, parsed[at + 1])):
        gap = text[spans[at].outer_end : spans[at + 1].outer_start]
        opened = spans[at].display and gap.strip()[:1].isupper()  # a sentence of its own, with the next formula
        if LEADS_ON.fullmatch(gap) and not opened and ENDS.match(text, spans[at + 1].outer_end):
            yield pair
            return
    if at and (pair := alone(reading, parsed[at - 1])):
        gap, low = text[spans[at - 1].outer_end : spans[at].outer_start], spans[at - 1].outer_start
        same = len(gap) <= NEAR and not re.search(r"[.;]|\n\s*\n", gap) and not OTHERWISE.search(gap)
        if same and OPENS.search(text, max(0, low - NEAR), low):
            yield pair
            return
    for above in reversed(reading.lone[: bisect_left(reading.lone, at)]):
        if (pair := alone(reading, parsed[above])) is not None:
            if is_line(text, spans[above]) and reaches(reading, spans[above], spans[at]):
                yield pair
            return


def alone(reading: Reading, found: list[Statement] | Unreadable) -> Pair | None:
    """What a formula says that says nothing else."""
    return None if isinstance(found, Unreadable) or len(found) != 1 else pair_of(reading, found[0])


def is_line(text: str, span: MathSpan) -> bool:
    """Whether a condition has a line for itself, with a label at most: `**Case 1: $i = j$**`."""
    low = text.rfind("\n", max(0, span.outer_start - LINE), span.outer_start) + 1
    end = text.find("\n", span.outer_end, span.outer_end + LINE)
    behind = text[span.outer_end : end if end >= 0 else len(text)]
    return LABEL.fullmatch(text[low : span.outer_start]) is not None and MARKS.fullmatch(behind) is not None


def reaches(reading: Reading, case: MathSpan, span: MathSpan) -> bool:
    """Whether a relation stands in the block of a case or in the one below, and no word between speaks of others."""
    outline, text = reading.outline, reading.document.text
    if reading.document.section(case.start) != reading.document.section(span.start):
        return False
    end = outline.block_end(case.start)
    if (
        end < len(text)
        and not outline.lines[outline.number(end)].level
        and not outline.lines[outline.number(case.start)].level
    ):
        end = outline.block_end(end)
    return span.start < end and not OTHERWISE.search(text, case.outer_end, span.outer_start)


def in_its_case(reading: Reading, read: Read) -> Read | None:
    """Fails, but holds where two of its indices are equal, or differ, as is said beside it."""
    for op, names in reading.cases:
        found = judged_in_case(reading.judge, read, (op, names))
        if found.verdict in TRUE:
            said = " and ".join(sorted(names)) + (" differ" if op == "neq" else " are equal")
            return replace(read, judgement=replace(found, reason=f"where {said}"))
    return None


def judged_in_case(judge: Judge, read: Read, case: Pair) -> Judgement:
    """What the worlds say of a relation where two indices are equal, or differ."""
    op, names = case
    limits = judge.limits
    others = limits.unequal - {names}
    equal, unequal = (limits.equal, {*others, names}) if op == "neq" else ({*limits.equal, names}, others)
    judge.limits = Limits(limits.ranges, unequal, equal, limits.sampled, limits.far_steps, limits.borne_out)
    try:
        return judge.equation(*read.sides)
    finally:
        judge.limits = limits


def fails_either_way(judge: Judge, read: Read, names: frozenset[str]) -> bool:
    """Whether a relation fails where two indices are equal and where they differ."""
    return all(judged_in_case(judge, read, (op, names)).verdict is Verdict.FAILS for op in ("=", "neq"))
