"""`Tom has 123 * 99 = 12187, which is off by ten`: by how much a value is wrong, or what comes to it, is told right behind it.

Told by the number: it is the difference of both sides, and the words of its clause compare or add.
Not covered: numbers in words beyond twelve that are no round ones.
"""

from __future__ import annotations

import re

from evalkit.derivation.following import scopes
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.verdicts.verdict import Verdict

BEHIND = 60
SLACK = 1e-9
_CLAUSE = re.compile(r"(?:\$|\\[)\]]|[*_])*,?\s(?:[^.;:!?\n=]|\.(?=\d))*")
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ROUND = {"hundred": 100.0, "thousand": 1000.0}
_NUMBER = rf"(\d+(?:,\d{{3}})*(?:\.\d+)?|{'|'.join((*_WORDS, *_ROUND))})"
_TOLD = re.compile(
    rf"\b(?:off|wrong|short) by (?:just |exactly )?{_NUMBER}\b|\b{_NUMBER} too [a-z]|\b{_NUMBER} (?:less|more|fewer|higher|lower|short) (?:than|of)\b"
    rf"|\b(?:extra|additional|(?:fee|bonus|toll|surcharge|deposit|discount) of) {_NUMBER}\b",
    re.I,
)


def difference_told(reading: Reading, read: Read) -> Read | None:
    """Is off by a number that stands right behind it, which the words compare or add."""
    end = read.statement.end if read.statement is not None else read.end
    clause = _CLAUSE.match(reading.document.text, end, end + BEHIND)
    if clause is None or not all(map(scopes.is_constant, read.sides)):
        return None
    left, right = (number_in(reading.judge.general, side) for side in read.sides)
    if left is None or right is None:
        return None
    told = {number(n) for found in _TOLD.finditer(clause[0]) for n in found.groups() if n}
    if not any(abs(abs(left - right) - n) <= SLACK * max(1.0, abs(left)) for n in told):
        return None
    return read.decided(Verdict.DISPUTED, "what it is off by is told right behind it")


def number(word: str) -> float:
    """A number in digits or in words."""
    small = word.lower()
    return (
        _ROUND[small]
        if small in _ROUND
        else float(_WORDS.index(small))
        if small in _WORDS
        else float(word.replace(",", ""))
    )
