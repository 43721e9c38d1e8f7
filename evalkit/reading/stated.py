r"""Which one of the numbers in a stretch of a reply is its result. The staff's value is never looked at, so what
cannot be told is None for right and wrong replies alike.

Of several numbers, in this order, each step only where it leaves something:

1. those outside of brackets; of these the ones in bold
2. those behind the last mark of a result (`=`, `equals`, `which is`, `makes`, ...; an `or` behind a computation in
   words)
3. not a rounded restatement (`≈`), not what something is compared with (`down from 341 s`, `than 5`)
4. not of a clause or phrase in front of the main one (`After selling 5 of them, he has 79`)
5. not a number of the question (`for the 2 lamps`)
6. the one that was computed last before, if it is among them (`84 - 5 = 79. Of the 84 he sold 5 and has 79 left`)
7. the first one, if what follows is joined neither by `or`, `and` or a comma nor by a computation in words; else none

Not covered: several results that are all meant (`x = 5 and y = 7` is read as 7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from itertools import pairwise

from evalkit.reading import besides, english, exclusions, results
from evalkit.reading.cues import bracket_depths
from evalkit.reading.patterns import later
from evalkit.reading.plain import SAYS
from evalkit.reading.results import Result

_ABOUT = r"about|approximately|roughly|around|almost|nearly|just (?:over|under)|slightly (?:over|under|more|less)"
_MARK = later(
    rf"[=→⇒≈](?!\s?(?:{_ABOUT})\b)|\b(?!which (?:is|are) (?:{_ABOUT})\b)"
    r"(?:(?:which|that|this|it|there|answer|total|result|value)\s+(?:is|are|was|were|equals?"
    r"|makes?\b(?! sense)|gives?|leaves?|comes to|(?:should|must|has to) be)"
    r"|(?<=[,;] )(?:i\.e\.(?=\s)|(?:leaving|namely)\b|(?:al)?together\b|in (?:all|total)\b"
    r"|so(?= [$£€]?-?[\d.,]{1,20}\W*\Z))"
    r"|\b(?:we|you|they|i|one|to) gets?\b"
    r"|\band (?:now|still|thus|therefore|so) (?:has|have|is|are|needs?|gets?)\b"
    r"|(?:equals|equal to|makes(?! sense)|gives|yields|totals|for a total of|or a total of)\b)(?!\s+(?:not|\w+er"
    r"|(?:[\d.,]+ )?(?:more|less|fewer))\b)",
    re.IGNORECASE,
)
_COMPUTES = later(
    r"\b(?:times|plus|minus|divided|multiplied|added|subtracted)\b|% of\b|percent of\b|\d/\d{1,6} of\b"
    r"|\b(?:half|third|quarter|fifth|tenth)s? of\b",
    re.IGNORECASE,
)
_RESTATES = later(rf"(?:≈|\b(?:or|which (?:is|are))[ ](?:{_ABOUT}))[ ~\u2009$£€]{{0,4}}\Z", re.IGNORECASE)
"""`15 days, or about 2 weeks`."""
_SO = later(
    r"[,;] (?:so|thus|hence|therefore|that is(?! [\d.,]+ (?:more|less|fewer)))\b"
    r"|\band (?:\w+ )?(?:has|have|had|is|are|was|were|gets?)\b",
    re.IGNORECASE,
)
_OR = later(r",? or (?=[^\w]*[\d.])", re.IGNORECASE)
_COMPARED = later(
    r"(?:n['’]t|\b(?:than|from|instead of|rather than|not|compared (?:to|with)|out of|before,? (?:with|at)|below"
    r"|above|under|over"
    r"|at (?:least|most)|each of|of the|every|per|step|question|part|case|problem|equation|figure|table"
    r"|option|steps|no\.)"
    r"|\d (?:[^\W\d_]+ ){0,3}(?:of|out of)(?: (?:the|its|their|his|her|all|these|those))?"
    r"(?: (?:original|initial|total|first))?"
    r"|(?<![=-])[<>≤≥≠])\s*(?:the |its |about )?[$£€]?\Z",
    re.IGNORECASE,
)  # fmt: skip
_JOINED = later(
    r"[ \t]*\n\s*|[\s,;*$]*(?:(?:or|and|to|,|/|&|versus|vs\.?)[\s,;*$£€]*(?:about |only )?)+[$£€]?", re.IGNORECASE
)


_UNKNOWN = later(
    r"(?<![^\W_])\d{0,9}[a-z](?:\s?[\^/*·×+-]\s?[\d(|a-z]|\([^()]{1,40}\)\s?[-+*/])(?![a-z]{2})"
    r"|[\d)|]\s?[-+*/·×]\s?\(?\d{0,9}[a-z](?![a-z])"
)


def is_to_be_solved(text: str, found: Sequence[Result]) -> bool:
    """Whether a sentence ends with an equation in an unknown: `we get x/2 + x/3 = 5` gives no value."""
    last = found[-1] if found else None
    before = text[max(0, last.start - 120) : last.start] if last else ""
    sides = before.rstrip().rsplit("=", 1)
    if last is None or len(sides) < 2 or sides[1].strip() or "=" in sides[0] or re.search(r"\w", text[last.end :]):
        return False
    if re.search(r"\b(?:is|are|was|equals|of)\s[^\s=]{0,40}(?:\s?[-+*/·×]\s?[^\s=]{1,40}){0,4}\s?\Z", sides[0]):
        return False  # `the sum is a + b = 6` says what it comes to
    return _UNKNOWN.search(re.split(r"[,;:]\s", sides[0])[-1]) is not None


_DENIED = r"n['’]t (?:be )?|not be |\b(?:nicht|pas|no es|non è|não é|не)\s|不是"
_DENIES = later(
    r"(?:(?:\A\W*|\b(?:is|are|be|gets?|gives?) )(?:(?:more|less|\w+er) than|not|never)\s+|[A-Za-z]\s?[<>≠]\s?|\A\W*≠\s?"
    rf"|{_DENIED})[$£€]?\Z",
    re.IGNORECASE,
)
_BOUNDS = later(r"\s?[<>]\s?[A-Za-z]|,?\s(?:or|and)\s(?:more|less|fewer|above|below|beyond|[a-z](?![\w^(]))\b")
_IS_NOT = later(rf"(?:\b(?:is|are|be|equals?) not\s|{_DENIED})(?:equal to )?[\s$(\[\\*]*\Z", re.IGNORECASE)


_LEAST = later(
    r"(?:(?:\A\W*|\b(?:is|are|be) )(?:at (?:least|most)|up to|no (?:more|less|fewer|greater) than)|[A-Za-z]\s?[≤≥])\s+"
    r"(?:about )?[$£€]?\Z",
    re.IGNORECASE,
)
_ASKS_FOR_BOUND = later(
    r"\b(?:least|most|minim\w+|maxim\w+|smallest|largest|greatest|fewest|lowest|highest|bounds?|limit|enough"
    r"|needs?|needed"
    r"|required?|requires|can|could|must)\b|[<>≤≥]|\\[lg]eq?\b",
    re.IGNORECASE,
)
"""A question whose answer is a bound, or the number that has to be reached."""


def is_committed(text: str, chosen: Result, asked: str = "") -> bool:
    """Whether it is said that the number is the one: not `x > 9`, `more than 9`, `not 9`, `9 or more`, `9 or x`,
    `anything but 9`, nor `it is at least 9` where the question (`asked`) asks for no bound."""
    if exclusions.leaves_out(text[: chosen.start]) and not SAYS.search(text, chosen.end):
        return False
    before = text[: chosen.start][-60:]
    if "between" in before.lower() and _BETWEEN.search(before):
        return False
    before = before[-24:]
    bound = _LEAST.search(before) and not _ASKS_FOR_BOUND.search(asked)
    return not (bound or _DENIES.search(before) or _BOUNDS.match(text, chosen.end))


_BETWEEN = later(r"\bbetween\s[^.;:!?]{1,30}\sand\W{1,4}\Z|\bbetween\W{1,4}\Z", re.IGNORECASE)


def is_denied(before: str) -> bool:
    """Whether what stands right before a formula says that it is not the one."""
    return _IS_NOT.search(before[-40:]) is not None


def result(
    text: str,
    found: Sequence[Result],
    asked: Collection[Fraction],
    bold: Callable[[int], bool],
    computed: Callable[[], Fraction | None] = lambda: None,
) -> Sequence[Result]:
    """What is left of `found` (results of `text`, in order) after the steps above: one, or several that differ.

    asked: numbers of the question. bold: whether a place of `text` is in bold. computed: what was computed last before
    the text.
    """
    if len(found) <= 1:
        return found
    if _is_complement(text, found[-1]):
        return found[-1:]
    if "(" in text[: found[-1].end]:
        depth = bracket_depths(text[: found[-1].end])
        found = [r for r in found if depth[r.start] == 0] or found
    found = besides.of_the_writer(text, found)
    found = [r for r in found if not besides.is_compared(text, r)] or found
    unmarked = found = [r for r in found if bold(r.start)] or found
    behind = _behind_mark(text, found)
    marked = behind is not found or found[0].start <= 3  # an explicit answer begins with its number
    found = behind
    found = [r for r in found if not _RESTATES.search(text, max(0, r.start - 40), r.start)] or found
    found = [r for r in found if not _COMPARED.search(text, max(0, r.start - 50), r.start)] or found
    if _in_parallel(text, found):
        return found
    main = _main_clause(text)
    if any(r.start >= main and r.value not in asked for r in found) or all(r.value in asked for r in found):
        found = [r for r in found if r.start >= main] or found
    found = [r for r in found if r.value not in asked] or found
    if len(found) > 1 and behind is unmarked:
        last = computed()
        follows = _SO.search(text, found[0].end)
        if found[-1].value != last and follows and follows.end() <= found[-1].start:
            return (
                found  # `He has 79, so 5 are sold`, `He sold 5, so 79 are left`, `... and has 79`: either may be meant
            )
        found = [r for r in found if r.value == last] or found
    return _first(text, found, marked)


_VERB = later(r"\b(?:is|are|was|were|has|have|had|does|do|will|can|equals)\b|[=:;?]|,\s(?=[A-Za-z]{2})", re.IGNORECASE)
_IS = later(r"\b(?:is|are|equals)\s[$£€(*]{0,3}-?\Z", re.IGNORECASE)


def _is_complement(text: str, last: Result) -> bool:
    """Whether a sentence of one clause says what its subject is: `The factor that 144 and -72 share is 72.`"""
    before = text[: last.start]
    verb = _IS.search(before[-20:])
    return (
        verb is not None
        and not SAYS.search(text, last.end)
        and _VERB.search(_ASIDE.sub(" ", before[: len(before) - len(before[-20:]) + verb.start()])) is None
    )


_ASIDE = later(
    r"\{[^{}\n]{0,200}\}|\[[^\[\]\n]{0,200}\]|\([^()\n]{0,200}\)|\b(?:that|which|who)\s(?:is|are|was|were|has"
    r"|have|had)\b"
)
"""Brackets, and the verb of a relative clause."""


_IN_FRONT = later(
    rf"\W{{0,8}}(?:[A-Za-z]+:\W{{1,4}})?(?:(?:{english.any_of(english.CONNECTIVES)}|so|and|but|then|now|finally),? )?"
    r"(?:after|since|because|as|if|when|once|with|given|for|by|while|although|though|out of|of|in|on"
    r"|at(?! first| the (?:start|beginning|outset))|from|during|starting"
    r"|having|based on|considering|until|before|without|instead of)\b[^.;:!?\n=]{0,200}?(?P<comma>,(?!\d))",
    re.IGNORECASE,
)


_SUBJECT = later(r",(?=\s(?:he|she|it|they|we|you|I|there|this|these|the|each|[A-Z][a-z]+)\s(?!\w*er\b))")
"""The comma before the subject of a main clause."""


def _main_clause(text: str) -> int:
    """Where the main clause of a sentence begins that has another clause or a phrase in front of it; else 0."""
    front = _IN_FRONT.match(text)
    if front is None:
        return 0
    subjects = [m.end() for m in _SUBJECT.finditer(text, front.end("comma") - 1, front.end("comma") + 120)]
    return subjects[-1] if subjects else front.end("comma")


def computed_last(text: str) -> Fraction | None:
    """The value behind the last `=` of a text, if a number stands there."""
    at = text.rfind("=")
    found = results.read(text[at + 1 : at + 60], inside=True) if at >= 0 else []
    return found[0].value if found and not SAYS.search(text, at + 1, at + 1 + found[0].start) else None


def _behind_mark(text: str, found: Sequence[Result]) -> Sequence[Result]:
    marks = [m.end() for m in _MARK.finditer(text[: found[-1].end + 20]) if m.end() <= found[-1].start]
    marks += [m.end() for m in _OR.finditer(text) if _COMPUTES.search(text, max(0, m.start() - 80), m.start())]
    for mark in sorted(marks, reverse=True):
        behind = [r for r in found if r.start >= mark]
        if behind:
            return behind
    return found


def _same(first: Result, other: Result) -> bool:
    """Of one value, or the one an amount in dollars and the other the same in cents."""
    if first.value is None or other.value is None:
        return False
    in_cents = first.unit in results.WITH_CENTS and first.value.denominator > 1 and other.value == first.value * 100
    share = other.value / 100 if other.kind == "share" and first.kind != "share" else None
    rounded = share is not None and abs(first.value - share) <= abs(first.value) / 200
    return first.value == other.value or in_cents or rounded


def _first(text: str, found: Sequence[Result], marked: bool) -> Sequence[Result]:
    same = found[0].value is not None and all(_same(found[0], r) for r in found)
    if len(found) == 1 or same:
        return found[:1]
    before, after = found[:2]
    between = text[before.end : after.start]
    joined = _JOINED.fullmatch(between[:40]) or _COMPUTES.search(text[before.start : after.start][:80])
    # In a sentence that marks no result, two of the same unit may each be meant.
    alike = not marked and before.unit == after.unit and before.unit is not None
    contrast = not marked and _CONTRASTS.search(between)
    return found if joined or alike or contrast else found[:1]


_CONTRASTS = later(r"\b(?:while|whereas)\b", re.IGNORECASE)
_CLAUSE_JOIN = later(r"[^.:=]{0,40}?(?:, (?:and )?|;\s|\band )[^.:=]{0,80}")


def _in_parallel(text: str, found: Sequence[Result]) -> bool:
    """Whether three or more numbers count the same in clauses side by side: `Ann has 16 pens, Bo has 8 pens, ...`"""
    alike = len(found) > 2 and found[0].unit is not None and len({r.unit for r in found}) == 1
    return alike and all(_CLAUSE_JOIN.fullmatch(text, a.end, b.start) for a, b in pairwise(found[:20]))
