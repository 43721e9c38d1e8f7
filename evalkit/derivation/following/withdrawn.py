r"""What is taken back right behind it: `$x = n^2$... no.`, `$x = 3$ — wait, ...`, `$= -2$. Hmm, that's wrong.`

A verb behind it may deny it, too. Nothing but dots or a dash stands between the chain and the word that takes it back; over the end of its sentence only a
clause does that says of it that it is wrong. Not covered: another paragraph, what takes back more than the last chain.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.reading import english

_SIGNS = r"(?:(?!\n\s*\n)\s|[$*_)\]}]|\\[)\]]|\\(?:q?quad|text|mbox|[,;! ])|\{)"
BREAKS_OFF = re.compile(
    rf"{_SIGNS}{{0,12}}(?:\.{{2,}}|…|\\[lcd]?dots(?![a-z])|[—–]|-{{2,3}}|(?<=\s)-(?=\s)|,(?=\s))(?:{_SIGNS}|[.…—–-]){{0,12}}"
)
"""Dots, a dash or a comma behind a chain."""
ENDS = re.compile(rf"{_SIGNS}{{0,12}}[.!]{_SIGNS}{{1,12}}")
"""The end of its sentence, in one paragraph."""


GOES_ON = re.compile(r"\s*(?:(?:that|this|it|no|let|but|I|we)\b|\Z)", re.I)
"""`wait that is`; but `wait times`."""
ADDS = re.compile(r"\W*(?:actually|correction\W*(?<![:!—–-]))", re.I)
"""`actually, it follows at once`, `correction terms`."""


DENIES = re.compile(
    rf"{_SIGNS}{{0,12}}(?:(?:clearly|generally|certainly|in general|also)\s)?(?:(?:does|do|need|will|would|can|could)(?:\s?not|n['’]t)\s(?:\w+\s)?"
    r"(?:hold|be|follow|work|apply)\b|(?:is|are)(?:\sin general|\sgenerally)?(?:\snot|n['’]t)\s(?:\w+\s){0,2}(?:true|valid|correct|right|so|the case"
    r"|satisfied)\b|is\s(?:simply\s|clearly\s)?(?:false|wrong|incorrect|invalid|untrue)\b|fails\b|(?:holds|is true)\sonly\b)",
    re.I,
)
"""A verb behind a formula that denies it: `$AB = BA$ does not hold`."""


def taken_back(reading: Reading, read: Read) -> Read | None:
    """Does not hold, and is denied or taken back right behind its chain."""
    text, end = reading.document.text, read.statement.end if read.statement is not None else read.end
    off, ends = BREAKS_OFF.match(text, end), ENDS.match(text, end)
    back = off is not None and (breaks_off(text, off.end()) or english.CALLS_WRONG.match(text, off.end()))
    wrong = ends is not None and english.CALLS_THAT_WRONG.match(text, ends.end())
    if DENIES.match(text, end):
        return read.decided(Verdict.DISPUTED, "denied right behind it")
    return read.decided(Verdict.DISPUTED, "taken back right behind it") if back or wrong else None


def breaks_off(text: str, start: int) -> bool:
    """Whether a word of taking back stands there, and is no part of what goes on."""
    found = english.TAKES_BACK.match(text, start)
    if found is None or ADDS.match(found[0]):
        return False
    return found[0].rstrip()[-1:] in ",.:!;—–-" or GOES_ON.match(text, found.end()) is not None
