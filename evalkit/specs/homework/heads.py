"""What the beginning of a line marks: a question, a part of one, a solution.

A mark is `strong` where its place says so (a heading, bold, a command): `Problem 3`, `3.`, `Solution`, `Part (a)` are
then taken as they stand. On a plain line a mark needs its sign (`Problem 3:`, `Solution.`, `(a)`), and tree.py takes
parts and bare numbers only in their order, so that `(i) holds` or `2. April` in a text stays text.

Not covered: languages other than English, German, French and Spanish; roman numerals above xii.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "question", "part", "solution", "end", "list", "endlist", "item", "choice", "heading", "close"]

ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_WORDED = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_QUESTION = r"(?:homework )?(?:problem|question|exercise|exercice|ejercicio|aufgabe|task|prob|ex|q)"
_SOLUTION = r"(?:solutions?|sol|answers?|ans|proof|lösung|antwort|solución|respuesta|réponse|corrigé)"
_KIND_OF = r"(?:(?:model|sample|suggested|staff|official|instructor'?s|your|reference)\s+)?"
_POINTS = (
    r"[(\[]?\s*(?P<points>\d{1,4}(?:\.\d{1,2})?)\s*(?:points?|pts?|marks?|punkte|puntos|p\.)(?![a-z])\.?"
    r"[^()\[\]\n]{0,60}?\s*[)\]]?"
)

_ASKED = re.compile(
    rf"{_QUESTION}\.?\s*(?:\#|no\.?|nr\.?|number)?\s*"
    r"(?:(?P<label>\d{1,3}(?:\.\d{1,3}){0,2}|[IVX]{1,5}(?![a-z]))\s*(?P<part>\(?[a-z]\)|[a-z](?![a-z]))?)?(?P<sign>\s*[.:)–—-]|\s*(?=[(\[])|\s*$)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?P<label>\d{1,3})(?P<sign>[.):](?=\s|$|[A-Z$\\])|$)")
_SOLVED = re.compile(
    rf"{_KIND_OF}{_SOLUTION}(?:\s+(?:to|for|of|zu))?(?:\s+{_QUESTION})?\.?\s*(?P<label>\d{{1,3}}(?:\.\d{{1,3}}){{0,2}})?"
    rf"\s*(?P<part>\(?[a-z]\)|[a-z](?![a-z]))?\s*(?:{_POINTS})?(?P<sign>\s*[.:–—](?=\s|$|\*|\$|\\|[A-Z0-9(])|\s*$)",
    re.IGNORECASE,
)
_ITS = re.compile(
    rf"{_QUESTION}\.?\s*\#?\s*(?P<label>\d{{1,3}}(?:\.\d{{1,3}}){{0,2}})\s*(?P<part>\(?[a-z]\)|[a-z](?![a-z]))?\s*[:.–—-]?\s*"
    rf"{_KIND_OF}{_SOLUTION}\s*(?:{_POINTS})?\s*[.:]?\s*$",
    re.IGNORECASE,
)
"""`Problem 1 Solution`, as a heading."""
_STEPPED = re.compile(
    rf"(?:part|teil|subproblem|sub-?question)\s*\(?(?P<label>[a-z]|[ivx]{{1,4}}|\d{{1,2}}|{'|'.join(_WORDED)})\)?"
    r"(?P<sign>\s*[.:)–—-]|\s*(?=[(\[])|\s*$)",
    re.IGNORECASE,
)
_LETTER = re.compile(r"(?:\(\s*(?P<in>[a-z]|[ivx]{1,4}|\d{1,2})\s*\)|(?P<out>[a-z]|[ivx]{2,4})[.)](?=\s))\s*")
_BOTH = re.compile(
    r"(?P<label>\d{1,3})\s*\.?\s*\(?(?P<part>[a-z])\)[.:]?\s*|(?P<label2>\d{1,3})(?P<part2>[a-z])[.):]\s+"
)
_GIVEN = re.compile(
    r"^[\s:.–—-]*(?:[(\[]\s*(?=(?:extra|bonus)))?(?:(?:extra|bonus)(?: credit| points?)?[,:;]?\s*)?"
    rf"{_POINTS}[\s:.–—-]*",
    re.IGNORECASE,
)
_ENDING = re.compile(rf"(?=[(\[]){_POINTS}\.?$", re.IGNORECASE)
_LONGEST_ENDING = 120
_BARE = re.compile(r"^[\s:.–—-]*[(\[]\s*(?P<points>\d{1,3})\s*[)\]][\s:.–—-]*(?=$)")
_SHARE = re.compile(r"[(\[]\s*\d{1,3}(?:\.\d{1,2})?\s*\\?%\s*[)\]]")
_LATER = re.compile(rf"[(\[]\s*[^()\[\]\n]{{0,40}}?{_POINTS}", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """A text, or a mark; `text` is what stands in the file, so that a mark that is none can be read as text again."""

    kind: Kind
    text: str = ""
    label: str | None = None
    """`3`, `a`, `iv`; None: the next one."""
    part: str | None = None
    """Of a question or solution mark that names its part too (`Solution to 3(b)`)."""
    title: str = ""
    points: float | None = None
    sure: bool = True
    """False: taken only in its order (`a` first, then `b`)."""
    bare: bool = False
    """A number without the word `Problem`."""
    closed: bool = False
    """Its text ends at a piece `end`, not at the next mark."""
    correct: bool | None = None
    """Of a choice: marked as the right one; None: nothing is marked."""


def mark(line: str, strong: bool) -> tuple[Piece, str] | None:
    """The mark that begins a line, and the text behind it; None where it begins with none."""
    if found := _SOLVED.match(line):
        rest = line[found.end() :]
        if (strong or found["sign"].strip() or not rest) and not (strong and rest and not found["sign"].strip()):
            return Piece("solution", "", found["label"], _letter(found["part"]), points=_number(found)), rest.lstrip()
    if strong and (found := _ITS.match(line)):
        return Piece("solution", "", found["label"], _letter(found["part"]), points=_number(found)), ""
    if (found := _ASKED.match(line)) and (found["label"] or strong) and len(found[0].strip()) > 1:
        if not found["label"] and len(found[0].strip().rstrip(".:")) < 4:  # `Ex.` and `Q.` alone mark nothing
            return None
        points, rest = pointed(line[found.end() :])
        return Piece("question", "", _arabic(found["label"]), _letter(found["part"]), points=points), rest
    if strong and (found := _STEPPED.match(line)):
        points, rest = pointed(line[found.end() :])
        return Piece("part", "", stepped(found["label"]), points=points, sure=False), rest
    if found := _BOTH.match(line):
        points, rest = pointed(line[found.end() :])
        label, part = found["label"] or found["label2"], found["part"] or found["part2"]
        return Piece("question", "", label, part, points=points, sure=False, bare=True), rest
    if found := _NUMBER.match(line):
        points, rest = pointed(line[found.end() :])
        return Piece("question", "", found["label"], points=points, sure=False, bare=True), rest
    if found := _LETTER.match(line):
        points, rest = pointed(line[found.end() :])
        return Piece("part", "", (found["in"] or found["out"]).lower(), points=points, sure=False), rest
    return None


def pointed(text: str) -> tuple[float | None, str]:
    """The points at the beginning of a text, `(5 points)`, `[5 pts]`, and the rest."""
    found = _GIVEN.match(text) or _BARE.match(text)
    if found:
        return _number(found), text[found.end() :]
    return None, text.lstrip(" \t")


def ending(text: str) -> tuple[float | None, str]:
    """The points at the end of a text, `Compute it. (2 points)`, and what stands before them."""
    whole = text.rstrip()
    start = max(0, len(whole) - _LONGEST_ENDING)
    found = _ENDING.search(whole[start:])
    return (_number(found), whole[: start + found.start()].rstrip()) if found else (None, text)


def titled(text: str) -> tuple[str, float | None]:
    """A title without the points that it names (`Fitting by hand, 7pts`), and these; a share (`(16%)`) is left out."""
    text = _SHARE.sub(" ", text)
    found = _LATER.search(text) or re.search(_POINTS, text, re.IGNORECASE)
    if not found:
        return text.strip(" \t:.–—-,"), None
    return (text[: found.start()] + " " + text[found.end() :]).strip(" \t:.–—-,"), _number(found)


def stepped(label: str) -> str:
    """`One` is 1."""
    label = label.lower()
    return str(_WORDED.index(label) + 1) if label in _WORDED else label


def next_to(label: str) -> frozenset[str]:
    """What may follow a label in its row: `i` is followed by `j` and by `ii`."""
    after = {str(int(label) + 1)} if label.isdigit() else set()
    if len(label) == 1 and "a" <= label < "z":
        after.add(chr(ord(label) + 1))
    if label in ROMAN[:-1]:
        after.add(ROMAN[ROMAN.index(label) + 1])
    return frozenset(after)


FIRST = frozenset(("a", "i", "1"))


def _number(found: re.Match[str]) -> float | None:
    return float(found["points"]) if found["points"] else None


def _letter(part: str | None) -> str | None:
    return part.strip("()").lower() if part else None


def _arabic(label: str | None) -> str | None:
    return str(ROMAN.index(label.lower()) + 1) if label and label.lower() in ROMAN else label
