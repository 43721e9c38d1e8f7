r"""`t \in [0, 1]`, `0 \le t \le 1`: the values of a number of which the text speaks, where more is true of it than of other numbers.

What fails in general and holds for numbers of the interval is true beside it: in the same block, or in the same section as long as
nothing else is said of the letter. Where the interval is denied, one of two cases, or no longer meant, it is disputed.
Not covered: intervals without a beginning, sets of other kinds, names that are no number of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

from evalkit.derivation.following import shapes
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Unreadable, walk
from evalkit.derivation.grammar.relations import ORDER, OTHER, Statement
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_in

SHARES = (0.03, 0.27, 0.55, 0.81, 0.96)
"""How far between the ends of its interval a letter is taken to lie: what holds for some part of it alone is not accepted."""
LONG = 12.0
"""Up to where numbers are tried of an interval that has no end."""
MAX_NAMES, FAR = 3, 200
"""Letters of a relation with an interval; relations back that may say it."""
OPENING, CLOSING = frozenset("[("), frozenset("])")
_DENIED = re.compile(
    r"\b(?:not|no|never|\w+n['’]t|unlike|without|outside|except|unless|instead|than|false|wrong|untrue|had|were|would|whether|drop\w*|beyond)\b",
    re.I,
)
_OR = re.compile(r"\bor\b", re.I)
_ENDED = re.compile(
    r"\b(?:otherwise|outside|elsewhere|everywhere|general\w*|arbitrary|(?:any|all|every|each)(?! (?:such|these|those|this)\b)|"
    r"real|drop\w*|lift\w*|remov\w*|relax\w*|no longer|without|instead|beyond|negative|not|but|however|yet|unlike|other|second|"
    r"extend\w*|contradict\w*|mov(?:e|es|ing)|replac\w*|substitut\w*)\b",
    re.I,
)
"""Words behind an interval after which it is perhaps not meant."""
_CASE = re.compile(
    r"\b(?:if|when|whenever|unless|provided|once|while|where|on|for(?! (?:such|these|those|this)\b)|otherwise|outside|elsewhere|"
    r"everywhere|always|whatever|regardless)\b",
    re.I,
)
"""Words in the sentence of a relation that give it a case of its own."""
_SUPPOSED = re.compile(r"\b(?:let|take|taking|suppos\w+|assum\w+|consider\w*|for|if|when|set|any|all|every|be)\b", re.I)
Interval = tuple[Node, Node]


def in_its_interval(reading: Reading, read: Read) -> Read | None:
    """Fails, but holds for the numbers of an interval that the text spoke of before."""
    found: dict[str, tuple[Interval, Read]] = {}
    names = set(names_in(Bin("=", *read.sides)))
    for other in reading.relations[-FAR:]:
        if other.end > read.start:
            continue
        found.update({n: (ends, other) for n, ends in said_by(reading, other) if n in names and is_number(reading, n)})
    if not 0 < len(found) <= MAX_NAMES:
        return None
    judgement = read.judgement
    for at in range(len(SHARES)):
        with reading.judge.trying({n: inside(e, at + k) for k, (n, (e, _)) in enumerate(sorted(found.items()))}):
            judgement = reading.judge.equation(*read.sides)
        if judgement.verdict not in TRUE:
            return None
    if all(is_meant(reading, read, name, other) for name, (_, other) in found.items()):
        return replace(read, judgement=replace(judgement, reason="in the range stated before"))
    return read.decided(Verdict.DISPUTED, "holds in a range that is perhaps not meant here")


def is_meant(reading: Reading, read: Read, name: str, other: Read) -> bool:
    """Whether a relation stands where a letter surely lies in the interval that another one says."""
    document, text = reading.document, reading.document.text
    low, high = end_of(other), read.start
    begins, ends = prose.sentence_at(text, other.start, low)
    if (
        other.negated
        or _DENIED.search(document.masked(begins, other.start))
        or _OR.search(document.masked(begins, ends))
    ):
        return False
    begins, ends = prose.sentence_at(text, high, end_of(read))
    if _ENDED.search(document.masked(low, high)) or _CASE.search(document.masked(max(low, begins), high)):
        return False
    if _CASE.search(document.masked(end_of(read), ends)):
        return False
    here = reading.outline.block_end(other.start) > high
    if not here and reading.outline.part_end(other.start) <= high:
        return False
    return not any(
        bounds(reading, name, statement) or (statement.start < high and is_about(reading, name, statement, alone=here))
        for statement in statements_between(reading, low, ends)
        if statement is not read.statement
    )


def end_of(read: Read) -> int:
    """Where its whole chain ends."""
    return read.statement.end if read.statement is not None else read.end


def statements_between(reading: Reading, low: int, high: int) -> Iterator[Statement]:
    for span in reading.document.spans:
        found = reading.statements[span.start] if low <= span.end and span.start <= high else []
        yield from (s for s in ([] if isinstance(found, Unreadable) else found) if low <= s.start and s.end <= high)


def bounds(reading: Reading, name: str, statement: Statement) -> bool:
    """Whether a statement says between which numbers a letter lies, or in what set."""
    if not set(statement.ops) & (ORDER | OTHER):
        return False
    return any(t.text == name for side in (*statement.before, *statement.sides) for t in side)


def is_about(reading: Reading, name: str, statement: Statement, *, alone: bool) -> bool:
    """Whether a statement is about a letter itself: `x = 2`, or a mention. alone: only where the words suppose something of it."""
    sides = (*statement.before, statement.sides[0])
    if not any([t.text for t in side if t.kind not in ("sp", "qd")] == [name] for side in sides):
        return False
    if not alone:
        return True
    return bool(_SUPPOSED.search(prose.sentence(reading.document.text, statement.start, statement.end)))


def inside(ends: Interval, at: int) -> Entry:
    """A number of the interval."""
    low, high = ends
    length = Num(LONG) if is_endless(high) else Bin("-", high, low)
    return Defined(Bin("+", low, Bin("*", Num(SHARES[at % len(SHARES)]), length)), (), None, "reply")


def is_endless(node: Node) -> bool:
    return any(isinstance(n, Num) and abs(n.value) == float("inf") for n in walk(node))


def is_number(reading: Reading, name: str) -> bool:
    entry = reading.judge.scope.entries.get(name)
    return isinstance(entry, Drawn) and entry.shape == () and entry.subset is None


def said_by(reading: Reading, read: Read) -> list[tuple[str, Interval]]:
    r"""The letters for which a relation says an interval: `t \in [0, 1]`, or `0 \le t \le 1` as the second part of its chain."""
    if read.op == "in" and read.statement is not None:
        return [(name, ends) for ends in [ends_of(reading, read)] if ends for name in members(reading, read.statement)]
    if read.op not in ("<", "leq") or read.right is None or not is_constant(read.right):
        return []
    name = shapes.plain_name(read.left) if read.left is not None else None
    chain = [r for r in reading.relations if r.chain == read.chain and r.end <= read.end]
    for before, this in pairwise(chain):
        low = before.left
        if this is read and before.op in ("<", "leq") and before.right == read.left and low is not None and name:
            return [(name, (low, read.right))] if is_constant(low) else []
    return []


def members(reading: Reading, statement: Statement) -> Iterator[str]:
    """The letters before a sign of membership."""
    for side in (*statement.before, statement.sides[0]):
        with suppress(Unreadable):
            if name := shapes.plain_name(reading.parse(side)):
                yield name


def ends_of(reading: Reading, read: Read) -> Interval | None:
    """The two numbers in the brackets behind a sign of membership."""
    tokens = read.statement.sides[-1] if read.statement is not None else []
    texts = [t.text for t in tokens]
    if len(tokens) < 5 or texts[0] not in OPENING or texts[-1] not in CLOSING or texts.count(",") != 1:
        return None
    at = texts.index(",")
    try:
        low, high = reading.parse(tokens[1:at]), reading.parse(tokens[at + 1 : -1])
    except Unreadable:
        return None
    values = [number_in(reading.judge.general, n) if is_constant(n) else None for n in (low, high)]
    apart = None in values or (values[0] or 0.0) < (values[1] or 0.0)
    return (low, high) if apart and not is_endless(low) else None
