"""Words of plain text, folded: case, contractions, -ise and -ize."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple


class Word(NamedTuple):
    """One word, folded (case, contractions, -ise/-ize), with its place in the text."""

    text: str
    start: int
    end: int


_WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:'\w+)?")
_IZE = re.compile(r"is(?=(?:e|er|ers|es|ed|ing|ation|ations)$)")
NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
"""Number words by their value."""


def words(text: str, start: int = 0, end: int | None = None) -> list[Word]:
    """Words of plain text. `can't` is read as `cannot`, `isn't` as `is not`; punctuation is left out."""
    found: list[Word] = []
    for match in _WORD.finditer(text, start, len(text) if end is None else end):
        low, high = match.span()
        for part in _fold(match.group()):
            found.append(Word(part, low, high))
    return found


@lru_cache(maxsize=8192)
def _fold(word: str) -> tuple[str, ...]:
    word = _IZE.sub("iz", word.casefold())
    if word == "can't":
        return ("cannot",)
    if word == "won't":
        return ("will", "not")
    return (word[:-3], "not") if word.endswith("n't") else (word,)


def occurrences(haystack: list[Word], needle: tuple[str, ...]) -> Iterable[int]:
    """Indices of `haystack` at which the words of `needle` stand one after the other."""
    if not needle:
        return
    first, size = needle[0], len(needle)
    for i, word in enumerate(haystack):
        if word.text == first and tuple(w.text for w in haystack[i : i + size]) == needle:
            yield i


def any_of(listed: Iterable[str]) -> str:
    """A pattern for one of the words or phrases of a list, the longest first; white space in them is any."""
    longest = sorted(listed, key=lambda phrase: (-len(phrase), phrase))
    spaced = (r"\s+".join(map(re.escape, phrase.split())) for phrase in longest)
    return rf"\b(?:{'|'.join(spaced)})\b"
