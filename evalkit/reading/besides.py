r"""Numbers that a sentence gives besides its result: of an earlier state, of another case, of what is compared with.

Not covered: other languages; what only the sense of a sentence tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction

from evalkit.reading import english
from evalkit.reading.patterns import later
from evalkit.reading.results import Result

_EARLIER = later(
    r"\b(?:before|previously|earlier|originally|initially|used to|beforehand)\b[^=;]{0,60}\Z", re.IGNORECASE
)


def of_an_earlier_state(text: str, found: Sequence[Result]) -> bool:
    """Whether all numbers of a sentence say what was before (`It was slower before, with 341 s`)."""
    return len(found) > 0 and all(_EARLIER.search(text, max(0, r.start - 80), r.start) for r in found)


_CASE = later(r"\b(?:if|unless|suppose)\b|\A\W*(?:had|were|with|for)\b", re.IGNORECASE)
_WOULD = later(r"\b(?:would|could|might)\b|['’]d\b", re.IGNORECASE)
_CLAUSE_ENDS = later(r",(?!\d)|[;:.!?](?=\s|\Z)|\b(?:would|could|might|then)\b|['’]d\b", re.IGNORECASE)


def speaks_of_above(text: str, found: Sequence[Result]) -> bool:
    """`This is higher than the second, who had 870` compares what the sentence above gives."""
    about = re.match(r"\W*(?:this|that|it|which)\b", text, re.IGNORECASE)
    return about is not None and all(is_compared(text, r) for r in found)


_SAYS_RESULT = later(
    r"=|\b(?:totals?|answer|result|altogether|in all|equals?|makes|(?:that|this|which) (?:is|are|gives|leaves))\b",
    re.IGNORECASE,
)


def says_result(text: str) -> bool:
    """Whether a sentence says that a number of it is a result. Any other number above a last sentence that gives only
    something besides may be an operand."""
    return _SAYS_RESULT.search(text) is not None or english.CONCLUDES.search(text) is not None


def of_another_case(text: str, found: Sequence[Result], known: Callable[[], Collection[Fraction]]) -> bool:
    """Whether a sentence says what would be with a number that neither the question nor the reply before it has
    (`If it ran for 10 hours, it would be 120`); known: those that one of them has."""
    case = _CASE.search(text) if len(found) > 1 and _WOULD.search(text) else None
    if case is None:
        return False
    ends = _CLAUSE_ENDS.search(text, case.end())
    stop = ends.start() if ends else len(text)
    supposed = {r.value for r in found if case.start() <= r.start < stop and r.value is not None}
    return bool(supposed) and len(supposed) < len({r.value for r in found}) and not supposed <= set(known())


_THAN = later(
    r"\b(?!(?:rather|other|whether|either|neither)\b)(?:\w{2,}er|more|less|fewer)\s{1,3}than\b[^.;:!?=]{0,200}\Z",
    re.IGNORECASE,
)
_THAN_ENDS = later(
    r"\b(?:so|by|but|thus|hence|therefore|which (?:is|makes|gives)|is|are|gives|makes|leaving)\b"
    r"|, (?:we|you|they|he|she|it|i|one|this|that|there|the \w+)\s",
    re.IGNORECASE,
)
_TAKES_FROM = later(
    r"\b(?:subtract\w*|deduct\w*|tak(?:e|es|en|ing) (?:away )?[$£€]?\d)[^.;:!?\n=]{0,60}\bfrom\W{1,4}\Z", re.IGNORECASE
)


def is_compared(text: str, result: Result) -> bool:
    """Whether a number belongs to what something is compared with (`higher than the second, who had 870`), or is what
    something has to be taken from."""
    before = text[max(0, result.start - 220) : result.start]
    than = _THAN.search(before)
    return bool(than and not _THAN_ENDS.search(than.group())) or _TAKES_FROM.search(before) is not None


def is_rate(text: str, result: Result) -> bool:
    """`11.5 assists per game`"""
    return (
        result.unit is not None
        and re.compile(r"\s?(?:per|/|(?:a|each|every)(?= (?:day|week|game|hour)))\s?[a-z]").match(text, result.end)
        is not None
    )


_THOUGHT = later(
    r"\b(?:(?:might|may|could|would) (?:\w+ )?(?:think|say|guess|expect|believe|suppose|assume|answer)"
    r"|thought|guess(?:ed)?"
    r"|tempt(?:ing|ed|s)|seems?|looks? like"
    r"|(?:often|many|some|people|most) (?:\w+ )?(?:say|think|answer|guess|believe))\b"
    r"[^.;!?\n]{0,60}\bbut\b(?! not\b)",
    re.IGNORECASE,
)
_WHERE = later(r"[,;]?\s(?:where|with|given that)\s[$\\(]{0,3}[A-Za-z]\w{0,3}[$\\)]{0,3}\s?(?:=|is\b)", re.IGNORECASE)
_FORMULA = later(r"=[^,;=]*[A-Za-z][^,;=]*\Z|[A-Za-z]\s?[-+*/^]|[-+*/^(]\s?[A-Za-z]\b(?!')")
"""What stands before the `where` is no value but a formula in letters."""


_WHY = later(r"\b(?:because|since)\b", re.IGNORECASE)


def of_the_writer(text: str, found: Sequence[Result]) -> Sequence[Result]:
    """Not what others think (`You might think it is 19, but it is 84`), nor what a name stands for (`where t = 7`),
    nor a reason behind the result (`84, since there are 7 boxes`)."""
    thought, where, why = _THOUGHT.search(text), _WHERE.search(text), _WHY.search(text)
    if why and not english.CONCLUDES.search(text, why.end()):
        found = [r for r in found if r.end <= why.start()] or found
    if thought and found[0].start > 3:  # an explicit answer begins with its number
        found = [r for r in found if r.start >= thought.end()] or found
    if where is None or _FORMULA.search(text[max(0, where.start() - 300) : where.start()]):
        return found
    return [r for r in found if r.end <= where.start()] or found
