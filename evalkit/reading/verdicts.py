r"""What a reply says of the statement that it was asked to judge: `the claim is correct`, `the statement is not true`.

The last of them counts; None where two disagree, and where it is only supposed.

Not covered: a verdict on something else than a statement or claim (`the proof is wrong`), other languages.
"""

from __future__ import annotations

import re
from itertools import islice

from evalkit.reading import english

MOST = 40
_SAID_OF = re.compile(
    r"\b(?:statement|claim|assertion|proposition|conjecture)\b(?:\s(?:that|about|of|in)\b[^.!?\n]{0,150}?|\s[\"“'][^\"”\n]{0,150}[\"”'])?"
    r"[\s,]{1,3}(?:is|was)\s(?:(?:\w+ly|thus|therefore|hence|also|in fact|indeed)\s){0,2}[*_]{0,3}"
    rf"(?P<not>not\s(?:\w+ly\s)?)?(?:(?P<false>{english.any_of(english.CALLED_FALSE)}|\binvalid\b|\binaccurate\b)"
    r"|(?P<true>true|correct|right|valid|accurate)\b)",
    re.IGNORECASE,
)


def of_statement(reply: str) -> tuple[bool, tuple[int, int]] | None:
    """(whether it is called true, where) of the last verdict on a statement."""
    said: list[tuple[bool, tuple[int, int]]] = []
    for match in islice(_SAID_OF.finditer(reply), MOST):
        begins = max(reply.rfind(sign, max(0, match.start() - 300), match.start()) for sign in ".!?\n")
        if _SUPPOSED.search(reply, max(begins, 0), match.start()) or _ON_CONDITION.match(reply, match.end()):
            continue
        said.append(((match["true"] is not None) != (match["not"] is not None), match.span()))
    return said[-1] if said and len({true for true, _ in said}) == 1 else None


_SUPPOSED = re.compile(
    r"\b(?:if|whether|suppose|assum\w+|say|says|think|thinks|prove|show|check|verify|determine)\b", re.IGNORECASE
)
_ON_CONDITION = re.compile(
    r"[*_\s]{1,4}(?:if|when|only|unless|for (?:some|small|large|even|odd|positive)|or)\b|\s?\?", re.IGNORECASE
)
