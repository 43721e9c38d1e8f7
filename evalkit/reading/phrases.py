"""Where a text makes a statement, given as a phrase.

A phrase matches where its words follow each other, after decoration, case, punctuation, contractions (`can't` =
`cannot`), number words (`three` = `3`), -ise/-ize, hyphens inside a word (`over-fitting`) and inflection (`overfits`,
`overfitted`) are evened out; `...` in a phrase allows any words between, within one sentence. Whole words only. A match
is *denied* by the rule of evalkit.reading.english, before it, behind it or in a gap, or by a `not` between its words
(`the gradient does not vanish`); a phrase that carries its own negation is not affected by it. It is *set aside* where
the clause only supposes it (`if it were B`) or says that it decides nothing (`B plays no part`).

Not covered: paraphrases that no phrase lists, statements spread over two sentences.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Annotated

from pydantic import AfterValidator

from evalkit.reading.english import Word, denied_before, denied_behind, sentences, set_aside, supposed, words
from evalkit.reading.plain import Plain, phrase, plain
from evalkit.reading.spoken import VALUES

Parts = tuple[tuple[str, ...], ...]


@lru_cache(maxsize=2048)
def parts(statement: str) -> Parts:
    """The pieces of a phrase between its gaps, each as folded words."""
    return tuple(
        tuple(map(stem, p)) for p in (phrase(piece) for piece in statement.replace("…", "...").split("...")) if p
    )


def _readable(statement: str) -> str:
    if not parts(statement):
        raise ValueError(f"the phrase {statement!r} has no words")
    return statement


Phrase = Annotated[str, AfterValidator(_readable)]
"""Type of a phrase in a problem file: it must hold a word."""


@dataclass(frozen=True, slots=True)
class Made:
    """A phrase found at `reply[start:end]`; `denied` = the reply says that it is not so; `aside`: it does not say it of
    the case at hand."""

    phrase: str
    start: int
    end: int
    denied: bool
    aside: bool = False


_DOUBLED = re.compile(r"([bdgmnprt])\1$")


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """What inflected forms of a word share; short words stay, but for an `s` at their end. Number words above one are
    their digits (`three layers` is `3 layers`)."""
    if VALUES.get(word, 1) != 1:
        return str(VALUES[word])
    if len(word) < 4 or not word.isalpha():
        return word
    short = re.sub(r"(?<=[^s])s$", "", word)
    short = re.sub(r"(?<=..)(?:ing|ed)$", "", short) if len(short) > 5 else short
    return re.sub(r"(?<=....)(?:e|y|ie)$", "", _DOUBLED.sub(r"\1", short) if short != word else short)


_CUTS = 12
_ANSWERED_NO = re.compile(r"[\"')\s*_]{0,6}\?[\"')\s*_]{0,8}no\b", re.IGNORECASE)
_NOT = r"(?:(?:do|doe|did|will|is|are|wa|were|ha|have|had|can|could|would|should) )?"
_NOT += r"(?:not|never|cannot|hardl|scarcel|barel|fail to) "
"""Stems of what denies a phrase from inside."""


class Statements:
    """A reply, cut once into sentences of folded words; every `find` takes linear time."""

    def __init__(self, reply: str | Plain) -> None:
        self._plain = plain(reply) if isinstance(reply, str) else reply
        self._sentences = []
        for start, end in sentences(self._plain.text):
            found = words(self._plain.text, start, end)
            for read in (found, _unhyphenated(self._plain.text, found)):
                if read:
                    stems = [stem(word.text) for word in read]
                    offsets = list(accumulate((len(text) + 1 for text in stems), initial=0))
                    self._sentences.append((read, offsets, f" {' '.join(stems)} "))
        self._folded = "\n".join(folded for _, _, folded in self._sentences)

    def find(self, statement: str) -> Iterator[Made]:
        """Places where the statement is made or denied, in order."""
        pieces_of = parts(statement)
        if len(pieces_of) == 1:
            yield from self._denied_inside(statement, pieces_of[0])
        needles = [f" {' '.join(part)} " for part in pieces_of]
        if any(needle not in self._folded for needle in needles):
            return
        seen: set[tuple[int, int]] = set()
        for found, offsets, folded in self._sentences:
            for places in _matches(folded, needles):
                pieces = [(bisect_left(offsets, low), bisect_left(offsets, high) - 1) for low, high in places]
                first, last = pieces[0][0], pieces[-1][1]
                start, end = self._plain.span(found[first].start, found[last].end)
                if (start, end) not in seen:
                    seen.add((start, end))
                    yield Made(statement, start, end, self._denied(found, pieces), self._aside(found, pieces))

    def _denied_inside(self, statement: str, stems: tuple[str, ...]) -> Iterator[Made]:
        """`the gradient does not vanish` for `gradient vanishes`."""
        for cut in range(1, min(len(stems), _CUTS)):
            head, tail = f" {' '.join(stems[:cut])} ", f" {' '.join(stems[cut:])} "
            if head not in self._folded or tail not in self._folded:
                continue
            between = re.compile(re.escape(head) + _NOT + re.escape(tail[1:]))
            for found, offsets, folded in self._sentences:
                for match in between.finditer(folded):
                    first, last = bisect_left(offsets, match.start()), bisect_left(offsets, match.end() - 1) - 1
                    yield Made(statement, *self._plain.span(found[first].start, found[last].end), denied=True)

    def _aside(self, found: list[Word], pieces: list[tuple[int, int]]) -> bool:
        text, first, last = self._plain.text, pieces[0][0], pieces[-1][1]
        return supposed(text, found, first) or set_aside(text, found[first].start, found[last].end)

    def _denied(self, found: list[Word], pieces: list[tuple[int, int]]) -> bool:
        """Before the phrase, in one of its gaps, or behind it."""
        text = self._plain.text
        if denied_before(text, found, pieces[0][0]) or denied_behind(text, found, pieces[-1][1] + 1):
            return True
        if _ANSWERED_NO.match(text, found[-1].end):
            return True
        gaps = [(end + 1, start) for (_, end), (start, _) in pairwise(pieces)]
        return any(denied_before(text, found[low : high + 1], high - low) for low, high in gaps if low < high)


@lru_cache(maxsize=2)
def statements_of(reply: str) -> Statements:
    """The same for all who look for something in one reply, one after the other."""
    return Statements(reply)


def _unhyphenated(text: str, found: list[Word]) -> list[Word]:
    """The words of a sentence with those that a hyphen joins as one; empty where there are none."""
    joined: list[Word] = []
    for word in found:
        before = joined[-1] if joined else None
        if before and text[before.end : word.start] == "-" and before.text.isalpha() and word.text.isalpha():
            joined[-1] = Word(before.text + word.text, before.start, word.end)
        else:
            joined.append(word)
    return joined if len(joined) < len(found) else []


def _matches(folded: str, spaced: Sequence[str]) -> Iterator[list[tuple[int, int]]]:
    """Where the pieces of ` w1 w2 w3 ` follow each other, a stretch for each; linear: no search ever goes back."""
    ends = [0] * len(spaced)
    start = folded.find(spaced[0])
    while start >= 0:
        at = start + len(spaced[0]) - 1
        places = [(start, at)]
        for index in range(1, len(spaced)):
            ends[index] = folded.find(spaced[index], max(at, ends[index]))
            if ends[index] < 0:
                return
            at = ends[index] + len(spaced[index]) - 1
            places.append((ends[index], at))
        yield places
        start = folded.find(spaced[0], start + 1)
