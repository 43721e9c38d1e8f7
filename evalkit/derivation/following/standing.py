"""Is a relation claimed, supposed, or only named? Told by its place before any word of its subject."""

from __future__ import annotations

import re

from evalkit.derivation.following import shapes
from evalkit.derivation.following.continued import GOES_ON
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import has_derivative
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import (
    Role,
    names_a_system,
    names_conditions,
    role,
    says_what_is_given,
)
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import names_in

_CLAIMING = frozenset({"Rightarrow", "Leftrightarrow", "rightarrow", GOES_ON})
CASE = re.compile(
    r"[\s#>*_+-]{0,8}(?:\d{1,2}[.)]\s)?(?:(?:sub)?case|scenario)s?\s(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)?[\s*_]{0,4})?[\s:.,(–—-]{0,4}(?:where|when|if|for)?[\s$(\\]{0,4}",
    re.I,
)
"""What stands before the condition of a case in its line: `**Case 2 (`, `- Case b: if`."""
MAX_HEAD = 60
REWRITTEN = re.compile(
    r"\b(?:(?:re)?(?:writ\w+|wrote|stat\w+|phras\w+|formulat\w+|arrang\w+|cast)|(?:simplif|reduc|transform|convert|translat|turn|express|boil|amount)\w*)\b"
    r"[^.;:]*?\b(?:as|to|into)[\s$]*(?:¤[\s,]*(?:or|and|so)[\s,]*)*$",
    re.I,
)
"""`The constraint can be rewritten as`, `we simplify it to ¤, or`: something of before in another form."""
OF_ITS_OWN = re.compile(
    r"\b(?:second|third|other|another|next|new|also|similarly|likewise|remaining|latter|last)\b", re.I
)
"""It is another condition than the one before."""


def standing(reading: Reading, read: Read) -> Role:
    """What its place makes of a relation: a chain that goes on and the head of an arrow claim, a label claims nothing."""
    if not read.words and read.left is not None and shapes.plain_name(read.left) and goes_on_supposing(reading, read):
        return Role.SUPPOSED
    if not read.words or (read.statement is not None and read.statement.joined in _CLAIMING):
        return Role.CLAIMED
    found = role(read.words)
    if found in (Role.SUPPOSED, Role.GIVEN):
        return found
    if opens_a_case(reading, read):
        return Role.SUPPOSED
    if names_a_system(read.words):
        return Role.GIVEN
    if reading.document.in_label(read.start):
        return Role.GIVEN
    if found is not Role.CLAIMED and says_what_is_given(reading.document.label(read.start)):
        return Role.GIVEN
    labels = (reading.document.label(read.start), own_label(reading, read), read.words)
    if found is not Role.CLAIMED and any(map(names_conditions, labels)):
        return Role.GIVEN
    return found


def is_another_form(reading: Reading, read: Read) -> bool:
    """Whether the words say that something of before is written otherwise, and an open equation of before has all of its letters:
    a conclusion, which may be wrong, and no condition of its own."""
    if read.left is None or read.right is None or not REWRITTEN.search(read.words) or OF_ITS_OWN.search(read.words):
        return False
    names = letters(read)
    before = (r for r in reading.relations if r.end <= read.start and r.left is not None and r.right is not None)
    return bool(names) and any(r.judgement.verdict not in TRUE and names <= letters(r) for r in before)


def letters(read: Read) -> set[str]:
    return {n for side in read.sides for n in names_in(side)}


def opens_a_case(reading: Reading, read: Read) -> bool:
    """`Case 2 ($x = 0$):`: nothing but the head of a case stands before it in its line, and it speaks of letters."""
    if read.left is None or read.right is None:
        return False
    if not any(map(names_in, read.sides)) or any(map(has_derivative, read.sides)):
        return False
    text = reading.document.text
    line = text.rfind("\n", 0, read.start) + 1
    return read.start - line <= MAX_HEAD and bool(CASE.fullmatch(text, line, read.start))


def is_concluded(read: Read) -> bool:
    """Whether a relation is said to follow: behind an arrow or a word of concluding."""
    arrow = read.statement is not None and read.statement.joined in _CLAIMING - {GOES_ON}
    return arrow or (role(read.words) is Role.CLAIMED and bool(prose.CONCLUDE.search(read.words)))


def goes_on_supposing(reading: Reading, read: Read) -> bool:
    """`Suppose x = y = z`: what is supposed of x in the relation before goes on with y."""
    before = next((r for r in reversed(reading.relations) if r.end <= read.end and r is not read), None)
    if before is None or before.chain != read.chain:
        return False
    given = before.judgement.verdict is Verdict.DEFINITION and role(before.words) in (Role.SUPPOSED, Role.GIVEN)
    return given or before.judgement.verdict is Verdict.ASSUMPTION


def own_label(reading: Reading, read: Read) -> str:
    """What stands before a colon in the line of a relation: `- **Condition**: a = b and c = d`."""
    line = reading.document.text.rfind("\n", 0, read.start) + 1
    head, colon, _ = reading.document.masked(line, read.start).partition(":")
    return head if colon else ""
