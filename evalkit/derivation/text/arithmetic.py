r"""Calculations in plain text: `so we pay 3 x $1,250 = $3,750`, `(2 m + 3 m) \* 4 = 20 m`. Numbers, signs and units alone.

Told by their shape: operands and signs in turn, an equals sign between two sides, and no half of a side cut off. What is
written in another way than formulas are (`x` between numbers, currencies, digit groups, units) is written over, place for
place. Units and currencies go where all sides have the same; else the calculation is left alone. What does not hold is never
called false. Not covered: letters, numbers in words, conversions of units, decimal commas, hexadecimal numbers, towers of powers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from itertools import pairwise

from evalkit.derivation.text.dimensions import MONEY, Piece, UnlikeError, names_of, units_of
from evalkit.reading import english

MOST, DEEPEST = 150, 12
"""Pieces and open brackets of a calculation."""
_FUNCTIONS = "sqrt|sin|cos|tan|exp|ln|log|arctan|arcsin|arccos"
_NUMBER = re.compile(
    r"(?P<money>[$€£])?(?P<digits>[1-9]\d{0,2}(?:,\d{3}){1,6}(?:\.\d{1,30})?(?![\d,]*\d)|\d{1,30}(?:\.\d{1,30})?(?:[eE][+-]?\d{1,3}(?!\w))?|\.\d{1,30})!?(?!\d)"
)
_CALL = re.compile(rf"\\?(?:{_FUNCTIONS})(?=\()|√(?=\()|\\sqrt(?=\{{)")
_CONSTANT = re.compile(r"\\pi(?![A-Za-z])|[πe](?![\w(])|e(?=\^)")
_SIGN = re.compile(
    r"[ \t]*(\\(?:\*|(?:times|cdot)(?![A-Za-z]))|\*\*|[+\-−–*×·÷/^]|[xX](?=[ \t]?[$€£(]?\d|[ \t]\())[ \t]*"
)
_HEXADECIMAL = re.compile(r"\b0[xX][0-9A-Fa-f]")
LONGEST_EXPONENT = 3
_EQUALS = re.compile(r"[ \t]*([=≈])(?![=>])[ \t]*")
_ATOM = r"(?:°[ ]?[CFK]?(?![A-Za-z])|[A-Za-zµμΩ]{1,20}|%)(?:\^(?:-?[1-9]|\(-?[1-9]\))|[²³])?"
_UNIT = re.compile(rf"[ \t]?(?P<first>{_ATOM})(?P<more>(?:(?:[/·]|[ ]per[ ]|[ ])(?:{_ATOM})){{0,3}})")
_PART = re.compile(rf"(?P<mark>[/·]|[ ]per[ ]|[ ]|^)(?P<atom>{_ATOM})")
_BEHIND_UNIT = re.compile(r"[ \t]*(?:\\?[*]|[+\-−–×·÷/^=≈)\]]|[xX][ \t]|$|[.,;:!?](?=\s|$)|\n)")
_WITHOUT_SPACES = re.compile(r"[\u2e80-\ufefe\uff00-\uffef]")
"""Chinese and Japanese writing and its marks: a calculation is set apart by them as by a question mark."""
_STARTS = re.compile(r"[$€£(\[.√π\\\d+\-−a-z]")
_WRITTEN = {
    "\\*": "*",
    "\\times": "*",
    "\\cdot": "*",
    "**": "^",
    "−": "-",
    "–": "-",
    "×": "*",
    "·": "*",
    "÷": "/",
    "x": "*",
    "X": "*",
}
_BEFORE = re.compile(r"(?:^|[.,;:](?=\s)|[(\[=≈⇒→>?!\"'“`|]|[A-Za-z]{2,}|\*\*|(?:^|\s)\(?\w{1,3}\))[ \t]*$")
"""What a whole side may stand behind: a word, a mark, a sign of relation, a number of a list."""
_AFTER = re.compile(
    r"[ \t]*(?:$|\n|[)\]]|\*\*(?!\d)|[.,;:!?\"'”`](?!\d)|[≠<>≤≥⇒→=✓✔✅—]|\|(?=\s|$)|\((?=[A-Za-z]{2})|--|(?P<word>[A-Za-z]{2,}|a\b))"
)
_LAST_WORD = re.compile(r"([A-Za-z]{2,})[ \t]*$")
_AMOUNT_OF = re.compile(r"[A-Za-z]{3,}[ \t]+of[ \t]*$")
"""`a total of`: no part of a number."""
NEAR = 40


@dataclass(frozen=True, slots=True)
class Calculation:
    """`line[start:end]`; written: the same as a formula, place for place; letters: those that are units or a sign in it."""

    start: int
    end: int
    written: str
    letters: str


def calculations(line: str) -> Iterator[Calculation]:
    """Those of one line, from left to right, in time that grows with its length."""
    if "=" not in line and "≈" not in line:
        return
    line = _WITHOUT_SPACES.sub("?", line)
    at = 0
    while found := _STARTS.search(line, at):
        pieces = list(taken(line, found.start()))
        at = max(found.end(), pieces[-1].end if pieces else 0)
        if any(p.kind == "rel" for p in pieces):
            done = finished(line, pieces)
            if done is not None:
                yield done


def taken(line: str, at: int) -> Iterator[Piece]:
    """Operands and signs in turn, as far as they go; what is opened and not closed is cut off before a relation."""
    wanted, opened, count = True, 0, 0
    seen: set[str] = set()
    while count < MOST:
        count += 1
        piece = operand(line, at) if wanted else behind(line, at, opened, seen)
        if piece is None:
            return
        opened += (piece.kind == "open") - (piece.kind == "close")
        if opened > DEEPEST:
            return
        if piece.kind == "rel" and opened:
            opened = 0
        seen.update(name for name, _ in piece.units)
        wanted = piece.kind in ("op", "open", "rel", "fn")
        yield piece
        at = piece.end


def operand(line: str, at: int) -> Piece | None:
    """A sign, a bracket, a number, a function or a constant."""
    while line[at : at + 1] in (" ", "\t") and at:
        at += 1
    here = line[at : at + 1]
    if here in ("(", "[") or (here == "{" and line[at - 1 : at] == "t"):
        return Piece("open", "(", at, at + 1)
    if here and here in "+-−":
        return Piece("op", "-" if here != "+" else "+", at, at + 1)
    if found := _NUMBER.match(line, at):
        return Piece("num", found.group(), at, found.end())
    if found := _CALL.match(line, at):
        return Piece("fn", found.group(), at, found.end())
    if found := _CONSTANT.match(line, at):
        return Piece("num", found.group(), at, found.end())
    return None


def behind(line: str, at: int, opened: int, seen: Set[str]) -> Piece | None:
    """What goes on behind an operand: a closing bracket, a unit, a sign of an operation or a relation."""
    here = line[at : at + 1]
    if here and here in ")]}":
        return Piece("close", ")", at, at + 1) if opened else None
    if here == "(":
        return Piece("open", "(", at, at + 1)
    if found := _EQUALS.match(line, at):
        return Piece("rel", found[1], at, found.end())
    if (found := _SIGN.match(line, at)) and operand(line, found.end()) is not None:
        return Piece("op", _WRITTEN.get(found[1], found[1]), at, found.end())
    return unit(line, at, seen)


def unit(line: str, at: int, seen: Set[str]) -> Piece | None:
    """The unit that stands here, if a sign, a bracket or the end of the sentence follows, or one that was seen before."""
    found = _UNIT.match(line, at)
    if found is None:
        return None
    out: dict[str, int] = {}
    name, below, end, first = "", 1, at, found.start("first")
    for part in _PART.finditer(line[first : found.end()]):
        word, _, power = part["atom"].replace("²", "^2").replace("³", "^3").partition("^")
        if word.lower() in english.NO_UNIT:
            break
        word = singular(word)
        if part["mark"] == " " and name and out[name] == below:  # two words are one unit
            out[f"{name} {word}"] = out.pop(name)
            name = f"{name} {word}"
        else:
            below = -1 if part["mark"].strip() in ("/", "per") else below
            name = word
            out[name] = out.get(name, 0) + below * int(power.strip("()") or 1)
        end = first + part.end()
        if (
            name in seen
            and len(name) > 1
            and line[end : end + 1].isspace()
            and not _BEHIND_UNIT.match(line, found.end())
        ):
            break
    if not out or not (_BEHIND_UNIT.match(line, end) or (name in seen and len(name) > 1)):
        return None
    return Piece("unit", line[at:end], at, end, tuple(out.items()))


def singular(name: str) -> str:
    if len(name) > 3 and name.endswith(("xes", "ches", "shes", "sses")):
        return name[:-2]
    return name[:-1] if len(name) > 3 and name.endswith("s") and not name.endswith("ss") else name


def finished(line: str, pieces: list[Piece]) -> Calculation | None:
    """The whole sides of a run of pieces, where two remain and something is computed in one of them."""
    sides = whole(line, cut(pieces))
    if len(sides) < 2 or not any(p.kind == "fn" or (p.kind == "op" and n) for s in sides for n, p in enumerate(s)):
        return None
    if any(map(is_huge, sides)) or _HEXADECIMAL.search(line, sides[0][0].start, sides[-1][-1].end):
        return None
    sides = [in_degrees(side) for side in sides]
    try:
        units = [units_of(side) for side in sides]
    except UnlikeError:
        return in_percent(line, sides)
    if any(u != units[0] for u in units):
        return in_percent(line, sides)
    return written(line, sides)


def is_huge(side: list[Piece]) -> bool:
    """Whether a power of a power, a long exponent or a large factorial stands in it."""
    powers = [at for at, p in enumerate(side) if p.text == "^"]
    for at in powers:
        above = next((p for p in side[at + 1 :] if p.text not in ("+", "-")), None)
        if above is None or above.kind != "num" or len(above.text) > LONGEST_EXPONENT:
            return True
    return any(b - a <= 3 for a, b in pairwise(powers)) or any(p.text.endswith("!") and len(p.text) > 3 for p in side)


def in_percent(line: str, sides: list[list[Piece]]) -> Calculation | None:
    """With per cent signs and no other units: `0.15 * 100 = 15%`, or hundredths."""
    if any(name != "%" for side in sides for p in side for name in names_of(p)):
        return None
    with_sign = [any(p.units for p in side) for side in sides]
    if not any(with_sign):
        return None
    results = all(len(side) == 2 for side, signed in zip(sides, with_sign, strict=True) if signed)
    if results and all(
        signed or any(p.text == "100" for p in side) for side, signed in zip(sides, with_sign, strict=True)
    ):
        return written(line, sides)
    kept = [[replace(p, kind="num") if p.kind == "unit" else p for p in side] for side in sides]
    return written(line, kept)


def in_degrees(side: list[Piece]) -> list[Piece]:
    """`cos(45 degrees)`: the sign of the angle stays."""
    out: list[Piece] = []
    for at, p in enumerate(side):
        angle = p.kind == "unit" and p.text.strip() in ("°", "degrees", "degree", "deg")
        within = angle and at > 2 and side[at - 3].kind == "fn"
        out.append(replace(p, kind="angle", units=()) if within else p)
    return [p for p in out if p.kind != "angle"]


def cut(pieces: list[Piece]) -> list[list[Piece]]:
    """The sides, without what stands before a bracket that is closed nowhere or in another side."""
    sides: list[list[Piece]] = [[]]
    for p in pieces:
        if p.kind == "rel":
            sides.append([])
        else:
            sides[-1].append(p)
    while sides[-1] and sides[-1][-1].kind in ("op", "open", "fn"):
        sides[-1].pop()
    if not sides[-1]:
        sides.pop()
    out: list[list[Piece]] = []
    for side in sides:
        depth: list[int] = []
        surplus = False
        for at, p in enumerate(side):
            if p.kind == "open":
                depth.append(at)
            elif p.kind == "close":
                surplus = surplus or not depth
                depth = depth[:-1]
        if surplus:
            return out
        if depth:
            out = [side[depth[-1] + 1 :]]
        else:
            out.append(side)
    return [side for side in out if side]


def whole(line: str, sides: list[list[Piece]]) -> list[list[Piece]]:
    """The sides without a first or last one of which a half is cut off."""
    if sides and not begins_whole(line, sides[0]):
        sides = sides[1:]
    if sides and not ends_whole(line, sides[-1]):
        sides = sides[:-1]
    return sides


def begins_whole(line: str, side: list[Piece]) -> bool:
    start = side[0].start
    low = max(0, start - NEAR)
    near = line[low:start]
    if side[0].text in "+-" and near.strip() and not near.rstrip().endswith(("=", "≈", "(", ":", ",")):
        return False
    if not near.strip() and line[start : start + 2] in ("- ", "+ "):
        del side[0]  # the mark of a list
        return bool(side)
    word = _LAST_WORD.search(near)
    if word is not None and word[1].lower() in english.GO_ON and not _AMOUNT_OF.search(near):
        return False
    glued = near[-1:].isalpha() or near[-1:] in (")", "]", "|", "$", "_", "\\")
    return not glued and _BEFORE.search(near) is not None


def ends_whole(line: str, side: list[Piece]) -> bool:
    end = side[-1].end
    found = _AFTER.match(line, end)
    if found is None or line[end : end + 1].isalpha():
        return False
    word = found["word"]
    return word is None or word.lower() not in english.GO_ON


def written(line: str, sides: list[list[Piece]]) -> Calculation:
    """The calculation as a formula, each piece at its place."""
    start, end = sides[0][0].start, sides[-1][-1].end
    out = list(line[start:end])
    letters = set()
    for p in (p for side in sides for p in side):
        low, high = p.start - start, p.end - start
        if p.kind == "unit":
            out[low:high] = " " * (high - low)
            letters |= {name for name, _ in p.units if len(name) == 1 and name.isalpha()}
        elif p.kind == "num" and p.text.strip() != "%":
            out[low:high] = p.text.replace(",", "").lstrip(MONEY).rjust(high - low)
        elif p.kind == "op" and p.text != line[p.start : p.end].strip():
            out[low:high] = p.text.rjust(high - low)
            letters |= {"x", "X"} & {line[p.start : p.end].strip()}
    return Calculation(start, end, degrees("".join(out)), "".join(sorted(letters)))


_DEGREES = re.compile(r"(?<=\d)[ ]?(degrees?|deg)(?![A-Za-z])")


def degrees(text: str) -> str:
    return _DEGREES.sub(lambda m: "°" + " " * (len(m.group()) - 1), text)
