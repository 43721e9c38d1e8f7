r"""What is quoted as somebody else's, and what was tried in vain: `A student writes $\det(2A) = 2\det(A)$`.

The formula stands right behind a person and a verb of saying, or `as if` stands right behind it. A number set equal to an expression
that is "too small" was tried. Not covered: mistakes that a sentence begins with (told_wrong.py), or a heading announces (elsewhere.py).
"""

from __future__ import annotations

import re

from evalkit.derivation.following.beside import sentence_of
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Num
from evalkit.derivation.verdicts.verdict import TRUE, Verdict

_BEFORE_IT = r"[\s*_]*(?:[$({]|\\[(\[]|\\(?:displaystyle|boxed)(?![a-z]))*\s*"
SOMEBODY = re.compile(
    rf"\b(?:students?|pupils?|beginners?|learners?|people|someone|somebody|classmate|friend)\s+(?:(?:once|often|first|wrongly"
    r"|incorrectly|mistakenly)\s+)?(?:writes?|wrote|claims?|claimed|thinks?|thought|says?|said|argues?|argued|states?|stated"
    rf"|believes?|believed|assumes?|assumed)(?:\s+that)?[\s:]*{_BEFORE_IT}\Z",
    re.I,
)
AS_IF = re.compile(r"(?:[\s$)}\].,]|\\[)\]])*as\s+(?:if|though|an\s+identity)\b", re.I)
IN_VAIN = re.compile(
    r"(?:[\s$)}\]]|\\[)\]])*[(,—–-]\s*(?:(?:still|much|far|way|slightly|a bit|just)\s+)*too\s+(?:small|large|big|high|low)\b\s*[).,;]",
    re.I,
)


def quoted(reading: Reading, read: Read) -> Read | None:
    """Fails and is quoted as somebody's, or was tried in vain."""
    text, statement = reading.document.text, read.statement
    first, last = (statement.start, statement.end) if statement is not None else (read.start, read.end)
    said = text[sentence_of(text, first, read.end)[0] : first]
    if read.judgement.verdict in TRUE:
        return None
    if SOMEBODY.search(said) or AS_IF.match(text, last):
        return read.decided(Verdict.DISPUTED, "quoted, and not claimed")
    target = isinstance(read.left, Num) and not isinstance(read.right, Num) and read.start == first
    return read.decided(Verdict.DISPUTED, "tried in vain") if target and IN_VAIN.match(text, last) else None
