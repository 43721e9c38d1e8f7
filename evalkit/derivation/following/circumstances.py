"""Doubts by what stands before a relation that fails: it is named again, said to be a definition, or rests on a condition.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: conditions on matrices, and
two conditions that only together make a relation true.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.readings import is_asked_for
from evalkit.derivation.following.scopes import is_constant
from evalkit.derivation.following.sentence import said_before
from evalkit.derivation.grammar.nodes import Bin, Call, Grad, Node, Sym, Un
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.entries import Solved
from evalkit.derivation.worlds.scope import Defined, Drawn

THE_EQUATION = re.compile(r"\bthe (?:\w+ )?equation\W*$", re.I)
SAID_TO_DEFINE = re.compile(r"(?:\b(?:let us|let['’]s|we|I)|^|[.:])\s+(?:\w+ )?define\b[^.$\\]*[.:]\s*$", re.I)
OPENING = re.compile(r"(?:\s|&|\$\$?|\\\[|\\\(|\\begin\{[a-z]+\*?\})*$")
"""What stands between a sentence and the first relation of a display."""
SO = re.compile(r"\bso\b")
DISPLAY = re.compile(r"\$\$|\\\[")
"""The sign that a display begins or ends: behind a first one, another circumstance may hold."""
CHARACTERS = 300
MAX_CONDITIONS = 4
"""Equations before a relation that are tried as conditions, the nearest first."""
REACH = 4000
"""How many characters back a condition is looked for."""
GIVEN = frozenset({Verdict.DEFINITION, Verdict.ASSUMPTION})
CIRCUMSTANCE = re.compile(
    r"\W*(?:(?:and|so|but|then|now|thus|hence)\b\W*)?"
    r"(?:at|for|with|in|on|per|as|if|when|whenever|under|after|without|once|while|during|dropping|ignoring|omitting|neglecting|up\s+to)\s+"
    r"(?!(?:all|any|every|each|general|particular|fact|total|short|summary|this|that|our|these|other|terms|before|expected|required|desired|a\s+result|loss|instance|example)\b"
    r"|(?:the\s+)?\w+\s+(?:form|notation|norm|terms)\b)"
    r"[a-z][a-z'’-]*\s",
    re.I,
)
"""A sentence begins with a preposition and words: `In the second experiment`, `As a row`, `Per unit mass`. No reason (`by`, `from`,
`since`), and no formula, which is read for itself."""
OF_A_LETTER = re.compile(
    r"\W*(?:(?:and|so|but|then|now|thus|hence)\b\W*)?(?:if|when|whenever|where|once)\s+(?:\$|\\\()\s*\\?[A-Za-z]\w*(?:_\{?\w\}?)?\s*(?:\$|\\\))\s+"
    r"(?:is|are|was|counts?|measures?|denotes|stands|means|includes?|runs)\s+(?:not\s+)?[a-z]+[^$=]*$",
    re.I,
)
"""A sentence begins with what a letter is there: `If $t$ counts days,`; nothing else in signs stands between."""


def named_again(grounds: Grounds, read: Read) -> str:
    """Is named as an equation that stands before: it was judged there."""
    if not THE_EQUATION.search(read.words):
        return ""
    before = (r for r in grounds.readable if r.end <= read.start and r.chain != read.chain)
    return "an equation of before that is named again" if any(r.sides == read.sides for r in before) else ""


def said_to_define(grounds: Grounds, read: Read) -> str:
    """Is the first of what the sentence before says to be definitions."""
    name = headed(read)
    if name is None or read.words.strip() or is_asked_for(grounds.reading, name):
        return ""
    before = grounds.reading.document.text[max(0, read.start - CHARACTERS) : read.start]
    before = OPENING.sub("", before)
    return f"{name}: said to be defined here" if SAID_TO_DEFINE.search(before) else ""


def under_circumstances(grounds: Grounds, read: Read) -> str:
    """Gives a name of the problem, or its gradient, another value in a sentence that begins with the circumstances."""
    name = headed(read) or headed_by_slope(read)
    said = said_before(grounds, read)
    begins = CIRCUMSTANCE.match(said) or OF_A_LETTER.match(said.rstrip(r" $\("))
    if name is None or not begins or len(DISPLAY.findall(said)) > 1 or is_at_a_point(grounds, read):
        return ""
    follows = SO.search(said)
    if follows and "=" not in said[: follows.start()]:
        return ""  # it follows from what the words say
    return f"{name}: under the circumstances that its sentence begins with"


def is_at_a_point(grounds: Grounds, read: Read) -> bool:
    r"""Whether it is of a function at other arguments than its own, which say what the circumstances are: `\ell(\bar x, K)`."""
    left = read.left
    entry = grounds.judge(read).scope.entries.get(left.name) if isinstance(left, Call) else None
    return isinstance(left, Call) and isinstance(entry, Defined) and {*left.args} != {*map(Sym, entry.params)}


def headed_by_slope(read: Read) -> str | None:
    """The name of which the first side is a gradient."""
    left = read.left
    if not isinstance(left, Grad) or read.statement is None or read.statement.sides[0][0].start != read.start:
        return None
    return pretty(left.f)


def on_a_condition(grounds: Grounds, read: Read) -> str:
    """Holds for all letters that obey an equation before it, which may be a condition."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    tried = 0
    for other in reversed(grounds.reading.relations):  # as they are now: the one before may have been doubted
        if other.end > read.start or other.chain == read.chain or not may_be_a_condition(other):
            continue
        if other.end < read.start - REACH or tried >= MAX_CONDITIONS:
            return ""
        names = sorted(numbers_in(grounds, other) & numbers_in(grounds, read))
        if not names:
            continue
        tried += 1
        for forgets in (False, True):  # what was assumed of the other letters may stand in a part that has ended
            judge = grounds.judge(read).branch()
            if forgets:
                judge.forget()
            judge.assume({names[-1]: Solved(*other.sides)})
            if judge.equation(*other.sides).verdict in TRUE and judge.equation(*read.sides).verdict in TRUE:
                return "holds where an equation before it does, which may be a condition"
            if not grounds.judge(read).assumed:
                break
    return ""


def two_values(grounds: Grounds, read: Read) -> str:
    """Says that two values are equal which the text before it gives to one letter: `y = 2x - c` at `y = 4`."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    given: dict[Node, list[Node]] = {}
    for other in grounds.readable:
        near = read.start - REACH < other.start and other.end < read.start
        if near and other.op in EQUAL and isinstance(other.left, Sym) and other.judgement.verdict in GIVEN:
            given.setdefault(other.left, []).append(other.sides[1])
    judge, gap = grounds.judge(read), Bin("-", *read.sides)
    for name, values in list(given.items())[-MAX_CONDITIONS:]:
        if len(values) < 2 or values[-1] == values[-2]:
            continue
        if all(map(is_constant, values[-2:])) and all(grounds.free(read, side) for side in read.sides):
            continue  # two expressions that differ by a number are no two numbers
        theirs = Bin("-", values[-2], values[-1])
        if any(judge.equation(gap, side).verdict in TRUE for side in (theirs, Un("-", theirs))):
            return f"equates two values of {pretty(name)}"
    return ""


def may_be_a_condition(read: Read) -> bool:
    """Whether an equation is neither true nor false as it stands."""
    if read.op not in EQUAL or read.left is None or read.right is None:
        return False
    return read.judgement.verdict in (Verdict.DISPUTED, Verdict.ASSUMPTION, Verdict.SKIPPED)


def numbers_in(grounds: Grounds, read: Read) -> frozenset[str]:
    """The free numbers on which a relation rests."""
    env = grounds.judge(read).general
    found = ((n, env.scope.entries.get(n)) for n in env.depends(Bin("=", *read.sides)))
    return frozenset(
        n for n, e in found if isinstance(e, Drawn) and e.shape == () and not e.kinds & {"data", "fixed", "integer"}
    )
