r"""The words, numbers and marks of a quotation or its source, folded so that what only typesetting changes is the same.

Square brackets behind a blank are insertions by whoever quotes (`[sic]`, `[the estimate]`), and letters in them behind a
word (`gauge[s]`); a `/` behind a word and before a capital is the end of a verse. Brackets right behind a letter, or without a word in them, they belong to a formula (`x[k+1]`, `[0, 1]`).

Not covered: insertions in round brackets.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from evalkit.reading.quotations.typeset import GREEK, NO_MARKS, command, sign

_PATTERN = r"""
      (?P<prefix>^[ \t]{0,12}(?:>[ \t]?){1,9})
    | (?P<verse>(?:(?<=[a-z]{2})|(?<=[,;:.!?—–-]))[ ]?/[ ]?(?=['‘]?[A-Z]))
    | (?P<gap>[\[(][ ]?\.[ ]?\.[ ]?\.[ ]?\.?[ ]?[\])]|\.(?:[ ]?\.){2,3}|\\[a-z]?dots[a-z]?(?![a-z])|⋯)
    | (?P<number>\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)*)
    | (?P<lead>\[[^\W\d_]\][^\W\d_]+)
    | (?P<command>\\[A-Za-z]+)
    | (?P<greek>[Α-ωϑϕϖϵ])
    | (?P<index>(?<![^\W_])[^\W\d_]_[^\W\d_]+)
    | (?P<word>[^\W\d_Α-ω]+(?:'[^\W\d_Α-ω]+)*)
    %s
    | (?P<prime>(?<=[^\w'"][^\W\d_])'{1,4}|(?<=\A[^\W\d_])'{1,4})
    | (?P<sign><=|>=|!=|=>|->|\|\|)
    | (?P<dash>[-–—―]+)
    | (?P<quote>''|["'‹›❝❞〝〞])
    | (?P<mark>\S)
"""
_LITERAL = re.compile(_PATTERN % "", re.VERBOSE | re.MULTILINE)
_EDITORIAL = re.compile(
    _PATTERN
    % r"| (?P<insertion>(?<![\w)\]}])\[(?=[^\[\]\n]*[^\W\d_]{2}|\d{1,3}\]|[^\W\d_]\])[^\[\]\n]{1,200}\]|(?<=[^\W\d_]{2})\[[a-z]{1,4}\])",
    re.VERBOSE | re.MULTILINE,
)
_WORDS = frozenset({"word", "lead", "number", "greek"})
GAPS = frozenset({"gap", "insertion"})
"""Kinds of tokens that mark where something is left out or put in."""


class Token(NamedTuple):
    """A word, number or mark, folded, with its place in the plain text. kind: word, mark, gap or insertion."""

    text: str
    start: int
    end: int
    kind: str

    @property
    def is_word(self) -> bool:
        return self.kind == "word"


def tokens(text: str, start: int = 0, end: int | None = None, editorial: bool = False) -> list[Token]:
    """Tokens of plain text. `editorial`: square brackets hold insertions by whoever quotes."""
    found: list[Token] = []
    pattern = _EDITORIAL if editorial else _LITERAL
    for match in pattern.finditer(text, start, len(text) if end is None else end):
        kind, raw = match.lastgroup or "", match.group()
        if kind == "index":  # plain text has `f_{s}` as `fs`
            found.append(Token(_fold(raw.replace("_", "")), match.start(), match.end(), "word"))
        elif kind in _WORDS:
            found.append(Token(_fold(raw), match.start(), match.end(), "word"))
        elif kind in ("command", "prime"):
            for name, low, high in command(raw) if kind == "command" else [("'", i, i + 1) for i in range(len(raw))]:
                found.append(_sign(name, match.start() + low, match.start() + high))
        elif kind in GAPS:
            found.append(Token(raw, match.start(), match.end(), kind))
        elif kind not in ("prefix", "quote", "verse") and raw not in NO_MARKS:
            found.append(_sign("-" if kind == "dash" else sign(raw), match.start(), match.end()))
    return _formula_dots(found)


def _sign(text: str, start: int, end: int) -> Token:
    return Token(text, start, end, "word" if text.isalpha() or text[1:] in GREEK else "mark")


_OPERATORS = frozenset("+-·*/=<>≤≥≠×")


def _formula_dots(found: list[Token]) -> list[Token]:
    """Dots that leave out terms of a formula (`1, 2, ..., n`, `a + ... + b`) are a mark, not a gap; `90^\\circ` is 90°,
    `f^\\prime` is f'."""
    raised = {i - 1 for i, token in enumerate(found) if token.text in ("°", "'")}
    found = [token for i, token in enumerate(found) if token.text != "^" or i not in raised]
    for i in range(1, len(found) - 1):
        before, after = found[i - 1], found[i + 1]
        if found[i].kind != "gap" or found[i].text[0] in "[(":
            continue
        listed = before.text == after.text == "," and 1 < i < len(found) - 2
        terms = listed and all(len(t.text) == 1 or t.text[0].isdecimal() for t in (found[i - 2], found[i + 2]))
        summed = {before.text, after.text} & _OPERATORS and not before.text == after.text == "-"
        if terms or summed:
            found[i] = found[i]._replace(text="...", kind="mark")
    return found


@lru_cache(maxsize=16384)
def _fold(word: str) -> str:
    if word[0].isdecimal():
        grouped = re.fullmatch(r"\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+(?:\.\d+)?", word)
        return re.sub(r"[,\u2009\u202f\u00a0]", "", word) if grouped else word
    if len(word) == 1:
        return sign(word).casefold()
    decomposed = unicodedata.normalize("NFKD", word.strip("[").replace("]", "").casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
