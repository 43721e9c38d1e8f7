"""What the words around mathematics say: cues for definitions, assumptions and conclusions, and properties of matrices."""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from evalkit.reading import english
from evalkit.reading.english import CLAUSE_END

DEFINE = re.compile(
    r"\b(?:let|defin\w+|denot\w+|set|where|with|call|introduc\w+|abbreviat\w+|notation|write|writing)\b", re.I
)
STRONG_DEFINE = re.compile(
    r"\b(?:let|defin\w+|denot\w+|call|introduc\w+|abbreviat\w+|notation|write|writing|put|set)\b", re.I
)
WORKS_OUT = re.compile(
    r"\blet(?:['’]?s|\s+us)\s+(?:\w+\s+)?"
    r"(?:solv|rearrang|simplif|comput|calculat|find|evaluat|expand|deriv|rewrit|work|check|verif)\w*",
    re.I,
)
"""`let's solve for a` and the like give no meaning to what they lead to."""
SAYS = re.compile(
    rf"\b(?:is|are|was|becomes?|equals?|reads?|gives?|yields?|have|get|obtain|then)\b|{english.CONCLUDES.pattern}", re.I
)
SELECTS = re.compile(r"\b(?:with|for which|where|those|whose|such that)\s*$", re.I)
RECALL = re.compile(r"\b(?:recall|known|given|original|as before|same)\b", re.I)
ASSUME = re.compile(
    r"\b(?:assum\w+|suppos\w+|let|take|taking|choos\w+|consider|set|setting|if|when|case|restrict\w*|substitut\w+|plug\w*|insert\w*|"
    r"parametri[sz]\w+|ansatz|try|given|where|with|for|at|require|impos\w+|constrain\w*|subject to|propos\w+|candidate|use|using)\b",
    re.I,
)
EQUALITY = re.compile(
    r"\b(?:equality|only (?:for|if|when|at)|if and only if|iff|exactly (?:when|if|for|at)|precisely (?:when|if|for|at)|"
    r"(?:smallest|least|largest|minimal|maximal|minimum|maximum|minimi[sz]ed|maximi[sz]ed) (?:at|for|when|if)|attained)\b",
    re.I,
)
RESTRICTION = re.compile(r"\b(?:with|whose|for which|such that|where|for all|for every|for each)$", re.I)
CONDITION = re.compile(
    r"\b(?:zero|vanish\w*|first[- ]order|stationar\w+|optimality|critical|normal equations?|equate|equating|KKT|solve|solving)\b",
    re.I,
)
CONCLUDE = re.compile(
    rf"{english.CONCLUDES.pattern}|\b(?:conclud\w+|obtain\w*|yields?|gives?|implies|follows?|must|means|shows?|proves?)\b",
    re.I,
)
SVD = re.compile(r"\b(?:SVDs?|singular[- ]value decompositions?|singular value)\b", re.I)
EIGEN = re.compile(
    r"\b(?:eigen[- ]?decompositions?|eigenvalue decompositions?|(?:orthonormal )?eigenbas[ei]s|diagonali[sz]\w+|spectral (?:theorem|decomposition)|EVD)\b",
    re.I,
)
THIN = re.compile(r"\b(?:thin|compact|reduced|economy|truncated)\b", re.I)
FULL = re.compile(r"\bfull\b", re.I)
UNIT_VECTORS = re.compile(
    r"\b(?:(?:standard|canonical|coordinate) (?:basis|unit) ?(?:vectors?)?|unit vectors?|basis vectors?)\b", re.I
)
SINGULAR_VALUES = re.compile(r"\b(?:singular[- ]values?)\b", re.I)
EIGENVALUES = re.compile(r"\beigenvalues?\b", re.I)
_TENTATIVE_WORD = re.compile(r"\b(?:unless|would|tempt\w*)\b|≠", re.I)
TENTATIVE, SUPPOSITION = 60, 250
"""How many characters before a formula a word may stand that makes it tentative, or that supposes something of it."""

_PROPERTIES = (
    (re.compile(r"\b(?:orthogonal|orthonormal|unitary|rotation)\b", re.I), "orthogonal"),
    (re.compile(r"\b(?:invertible|non-?singular|full[- ]rank)\b", re.I), "invertible"),
    (re.compile(r"(?<!skew-)(?<!skew )\bsymmetric\b", re.I), "symmetric"),
    (re.compile(r"\bdiagonal\b", re.I), "diagonal"),
    (re.compile(r"\bpositive[- ]definite\b", re.I), "pd"),
    (re.compile(r"\bpositive[- ]semi-?definite\b|\bPSD\b", re.I), "psd"),
    (re.compile(r"\bunit\b", re.I), "unit"),
    (re.compile(r"\bpositive (?:scalar|number|constant|real)\b", re.I), "positive"),
)
QUANTIFIER = re.compile(r"\b(?:for|where|when|whenever|if|every|each|all|any)\b[^.$]{0,14}$", re.I)
SENTENCE_END = english.SENTENCE_END
STOP = english.STATEMENT_END
"""Where a sentence ends that may go on over a displayed formula."""
NECESSARY = re.compile(r"\bonly\b[^.;:¤]*\b(?:if|when|where)\W*$", re.I)
"""`This is only possible when x = y`: what follows is claimed to be needed, and not given."""
UP_TO = re.compile(
    r"^\W*(?:holds? |is true |only )*(?:up to|modulo|to (?:first|leading|second) order)\b(?! (?:here|now|this|that)\b)",
    re.I,
)
"""A hedge right behind a formula: it holds up to a rotation, a constant, an order."""


SENTENCE = 400
"""How many characters before and after a place its sentence may have."""


def sentence(text: str, start: int, end: int) -> str:
    """The sentence around a place; it goes on over a displayed formula."""
    begins, ends = sentence_at(text, start, end)
    return text[begins:ends]


def sentence_at(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around a place begins and ends."""
    begins = max(0, start - SENTENCE)
    behind = STOP.search(text, end, end + SENTENCE)
    begins = max((m.end() for m in STOP.finditer(text, begins, start)), default=begins)
    return begins, behind.start() if behind else min(len(text), end + SENTENCE)


def clause(before: str) -> str:
    """The last sentence or item of the prose before a formula. A colon that leads to the formula does not cut."""
    text = before.rstrip()
    if english.is_closed(text):
        return ""
    body = text[:-1] if text.endswith((":", ";", ",")) else text
    last = 0
    for found in CLAUSE_END.finditer(body):
        if found.end() < len(body):
            last = found.end()
    return text[last:]


def negates(before: str) -> bool:
    """Whether the words right before a formula deny it. `what the bottleneck cannot represent:` leads to it instead, and
    only what calls it wrong denies what a colon leads to."""
    text = before.rstrip()
    leads = text.endswith(":")
    text = text[:-1] if leads else text
    found = english.words(text)
    supposed = None if leads else _TENTATIVE_WORD.search(text[-TENTATIVE:])
    return supposed is not None or english.denied_before(text, found, len(found), as_false=leads)


def defines(words: str) -> bool:
    """Whether a defining word governs the formula that follows: "With $a = b$ the loss is" speaks of a, not of the loss."""
    found = list(DEFINE.finditer(words))
    return bool(found) and not SAYS.search(re.sub(r"\$[^$]*\$", " ", words[found[-1].end() :]))


SPECIAL = re.compile(
    r"\b(?:stationar\w+|first[- ]order|optim\w+|critical|minimi[sz]\w*|maximi[sz]\w*|minimum|maximum|condition\w*|"
    r"(?:at|for|of) (?:the|an?|any|every) (?:\w+ ){0,2}solution|(?:to|equal|equals|is|are) zero|vanish\w*)\b",
    re.I,
)
SUPPOSED = re.compile(r"\b(?:assume|assuming|suppos\w+)\b", re.I)

LIMIT = re.compile(r"\b(?:limit\w*|tends?|goes|approach\w*|large|small|infinit\w+)\b|→|\\to\b|\\infty\b|\\lim\b", re.I)

TENDS = re.compile(
    r"\b(?:limit\w*|tends?|approach\w*|approximat\w*|nearly|almost)\b|→|\\to\b|\\lim\b|\\approx\b|≈", re.I
)
"""The sentence speaks of a limit or an approximation itself."""


@lru_cache(maxsize=64)
def of_every(parameter: str) -> re.Pattern[str]:
    """`for every \\lambda`, `whatever λ is`, `does not depend on the value of lambda`."""
    name = parameter.lstrip("\\")
    spellings = "|".join(map(re.escape, {parameter, unescape(f"&{name};"), name}))
    return re.compile(
        rf"\b(?:every|any|all|each|whatever|regardless of|independent(?:ly)? of|not depend on)\b[^.;=]{{0,30}}?(?:{spellings})(?!\w)",
        re.I,
    )


STATED = 4000
"""How many characters before a relation a premise may stand."""
GOAL = re.compile(
    r"\b(?:want|wish|aim|goal|task|asked|hope|to (?:show|prove|find|derive|determine|verify|establish|minimi[sz]e|maximi[sz]e)|"
    r"(?:will|shall) (?:show|prove|see|find|derive)|whether)\b[^,;:.!?]*",
    re.I,
)
"""What is still to be shown or found, up to the end of its clause."""


def states(premise: str, text: str) -> bool:
    """Whether a text says what a premise says: words of an optimum or an assumption, or most of the premise's own. What is
    named as a goal, or stands too far before the end, is not said."""
    text = GOAL.sub(" ", text[-STATED:])
    if SPECIAL.search(text) or SUPPOSED.search(text[-SUPPOSITION:]) or (LIMIT.search(premise) and LIMIT.search(text)):
        return True
    words = {
        w for w in re.findall(r"[a-z]{4,}", premise.lower()) if w not in ("with", "that", "where", "when", "which")
    }
    low = text.lower()
    return bool(words) and 2 * sum(w[:6] in low for w in words) > len(words)


def opening(after: str) -> str:
    """The rest of the sentence after a formula."""
    line = after.partition("\n")[0]
    found = CLAUSE_END.search(line)
    return line[: found.start()] if found else line


def properties(text: str) -> frozenset[str]:
    """Kinds of matrices that words name."""
    return frozenset(kind for pattern, kind in _PROPERTIES if pattern.search(text))
