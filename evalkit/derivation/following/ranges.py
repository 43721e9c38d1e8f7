"""Ranges of indices: `for $i \\le k$`, stated beside a relation or earlier in the section."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Big, Bin, Dots, Grad, Node, Num, Sym, Unreadable, walk
from evalkit.derivation.grammar.relations import Statement
from evalkit.derivation.text import prose
from evalkit.derivation.text.document import MathSpan
from evalkit.derivation.verdicts.in_world import Range
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.indices import loose_indices

BETWEEN, LEAD = 40, 24
"""Characters between a relation and the range after it, and before a stretch that opens with "for"."""
MAX_GAP = 160
"""Characters between two stretches of the sentence that says a range."""
MAX_BACK = 3
"""How many stretches of mathematics back a sentence may have said a range."""
MAX_SIDE = 12
"""Tokens of a side: what is longer bounds no index."""
LEADS_ON = re.compile(r"[ \n]?,?\s{0,2}\(?(?:for|if|when|where|with)?\s{1,2}\Z|\s\(\Z", re.IGNORECASE)
"""Nothing but a word that leads to a condition."""
MEMBER = re.compile(r"[\^_]\(?([a-z])\)?$")
r"""`\hat y^(i)`: the member of a family that is one name."""


def stated_near(
    reading: Reading, spans: Sequence[MathSpan], parsed: Sequence[list[Statement] | Unreadable], at: int
) -> dict[str, Range]:
    """Ranges of indices stated in this stretch of mathematics or in the next one after "for"."""
    out = {}
    reading.judge.limits.unequal.clear()
    near, gap = [*said_before(reading, spans, at), at], ""
    if at + 1 < len(spans):
        gap = reading.document.text[spans[at].outer_end : spans[at + 1].outer_start]
        if (
            len(gap) < BETWEEN
            and "\n\n" not in gap
            and any(w in gap.lower() for w in ("for", "where", "when", "all", "each", "("))
        ):
            near.append(at + 1)
    for which in near:
        found = parsed[which]
        if isinstance(found, Unreadable):
            continue
        before = set(reading.judge.limits.unequal)
        out.update(stated_ranges(reading, found))
        if which > at and not LEADS_ON.fullmatch(gap):
            reading.judge.limits.unequal = before  # `..., and for $i \\ne j$ we get ...` begins the next case
    return out


def said_before(reading: Reading, spans: Sequence[MathSpan], at: int) -> list[int]:
    """Numbers of the stretches of the same sentence that open with "for" or the like: `for $i > k$ the vector ...`."""
    out: list[int] = []
    for i in range(at - 1, max(-1, at - 1 - MAX_BACK), -1):
        gap = reading.document.text[spans[i].outer_end : spans[i + 1].outer_start]
        said = gap.rstrip()
        said = said if said.endswith((":", ",")) else gap  # the sentence goes on over the display
        if len(gap) > MAX_GAP or (prose.SENTENCE_END.search(said) and gap.strip() not in ("", ",", ":")):
            break
        lead = reading.document.text[max(0, spans[i].outer_start - LEAD) : spans[i].outer_start]
        if prose.QUANTIFIER.search(lead):
            out.insert(0, i)
    return out


def stated_ranges(reading: Reading, found: Sequence[Statement]) -> dict[str, Range]:
    out: dict[str, Range] = {}
    for i, s in enumerate(found):
        if not s.ops or not all(len(side) < MAX_SIDE for side in s.sides):
            continue
        try:
            sides = [reading.parse(side) for side in s.sides]
        except Unreadable:
            continue
        following = found[i + 1 : i + 3]
        if (
            s.ops == ("=",)
            and reading.is_index(sides[0])
            and len(following) == 2
            and not following[0].ops
            and following[0].sides[0][0].text == "dots"
        ):
            try:
                out[index_name(sides[0])] = (sides[1], reading.parse(following[1].sides[0]), False)
            except Unreadable:
                continue
        elif s.ops == ("neq",) and all(isinstance(x, Sym) for x in sides) and any(map(reading.is_index, sides)):
            reading.judge.limits.unequal.add(frozenset(index_name(side) for side in sides))
        elif (
            s.ops == ("=",)
            and reading.is_index(sides[0])
            and isinstance(sides[1], Bin)
            and any(isinstance(n, Dots) for n in walk(sides[1]))
        ):
            continue
        elif set(s.ops) <= {"leq", "<", ">", "geq"}:
            out.update(bound(reading, sides, s.ops))
    return out


def bound(reading: Reading, sides: list[Node], ops: tuple[str, ...]) -> dict[str, Range]:
    if len(sides) == 3 and reading.is_index(sides[1]) and ops == ("leq", "leq"):
        return {index_name(sides[1]): (sides[0], sides[2], False)}
    if len(sides) == 2 and reading.is_index(sides[0]):
        name, limit = index_name(sides[0]), sides[1]
        match ops[0]:
            case "leq":
                return {name: (None, limit, False)}
            case "<":
                return {name: (None, Bin("-", limit, Num(1)), False)}
            case ">":
                return {name: (limit, None, True)}
            case "geq":
                return {name: (limit, None, False)}
    return {}


def index_name(node: Node) -> str:
    assert isinstance(node, Sym)  # noqa: S101 - it was seen to
    return node.name


def stated_range(reading: Reading, read: Read) -> Read | None:
    """Fails, but holds for the indices `i <= k` that the section spoke of before."""
    left, right = read.sides
    names = loose_indices(reading.judge.general, Bin("=", left, right), {})
    wanted = {n: reading.stated[n] for n in names if n in reading.stated and n not in reading.judge.limits.ranges}
    if not wanted:
        return None
    before, reading.judge.limits.ranges = reading.judge.limits.ranges, {**reading.judge.limits.ranges, **wanted}
    found = reading.judge.equation(left, right)
    reading.judge.limits.ranges = before
    if found.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(found, reason="in the range stated before"))


def bound_and_free(reading: Reading, read: Read) -> Read | None:
    r"""Has one index in two roles: `d/dy^(i) \sum_i`, where y^(i) is one name with a meaning for every i."""
    for grad in (n for side in read.sides for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym)):
        member = MEMBER.search(shapes.plain_name(grad.by) or "")
        if member and any(isinstance(n, Big) and member[1] in n.index for n in walk(grad.f)):
            return read.decided(Verdict.DISPUTED, "an index of the sum is that of the derivative, too")
    return None
