r"""Where a quotation stands in a text, and how faithful it is.

The scale, best first:

verbatim  one contiguous stretch of the text.
elided    several such stretches in the order of the text, the gaps marked: `...`, `[...]`, `(...)`, or an insertion in
          square brackets.
repunctuated
          the words of one of these with other punctuation marks (`to be or not to be` without its comma).
spliced   verbatim pieces of at least three words each, or whole sentences, that are not contiguous (or not in order)
          and not marked so. A word that is merely left out makes a splice, too.
altered   anything else that shares at least half of its words, in order, with one place of the text.
absent    the rest.

Compared are words, numbers and punctuation marks after normalising: case, accents, ligatures, white space, quotation
marks, dashes, Markdown and LaTeX decoration (evalkit.reading.plain), digit grouping (`50,000`, `50 000`), and how a
formula is typeset (quotations.typeset): blanks, braces, `\cap` for `∩`. The primes of `f''` and the dots of
`1, 2, ..., n` count, they are no quotation marks and no gap. Punctuation at both
ends of a stretch does not count (`?` and `!` do), inside it makes a quotation with the right words repunctuated. What
is no mark of prose alters it: a question mark, a sign of a formula (`=`, a minus, the prime of `f'`). `[T]he` is read as `the`. Similarity never decides
between faithful and unfaithful; it only tells altered from absent, and shows what was altered.

Not covered: translations, spelled-out numbers (`five` for `5` is altered), and whether an omission distorts the meaning:
`Placement.paragraphs` shows how far apart the stretches are.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel, LCSseq

from evalkit.reading.english import sentences
from evalkit.reading.plain import plain
from evalkit.reading.quotations.folding import GAPS, Token, tokens

Level = Literal["verbatim", "elided", "repunctuated", "spliced", "altered", "absent"]
FAITHFUL: frozenset[Level] = frozenset({"verbatim", "elided", "repunctuated"})
PIECE = 3
"""Words of the shortest piece that makes a splice."""
RUN = 5
"""Words in a row that tell a quotation from a chance likeness."""
ALIGNED = 400
"""Words of a stretch that are aligned, from just before the first one that departs from the text."""
CHANGES = 20


@dataclass(frozen=True, slots=True)
class Change:
    """Differing words of both sides; one side may be empty. `start`, `end`: place in the source text."""

    quoted: str
    source: str
    start: int
    end: int

    def __str__(self) -> str:
        if not self.source:
            return f'"{self.quoted}" put in'
        return f'"{self.quoted}" for "{self.source}"' if self.quoted else f'"{self.source}" left out'


@dataclass(frozen=True, slots=True)
class Placement:
    """The verdict on one quotation.

    places: stretches of the source text (start, end), in the order of the quotation; paragraphs: in which paragraph of
    the source each begins, from 1. similarity: share of the quotation's words that stand there in order.
    """

    level: Level
    places: tuple[tuple[int, int], ...] = ()
    paragraphs: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()
    similarity: float = 1.0

    @property
    def faithful(self) -> bool:
        return self.level in FAITHFUL


_LOOSE_MARKS = frozenset(".,;:…")
_PROSE_MARKS = _LOOSE_MARKS | frozenset('!-–—―()"')
"""Marks that only divide a sentence; those that are not loose are signs beside a number."""
_EDGE = frozenset('.,;:"-')


def _segments(found: Sequence[Token]) -> list[list[Token]]:
    """The stretches between marked gaps, without punctuation at their ends; empty ones are dropped."""
    parts: list[list[Token]] = [[]]
    for token in found:
        if token.kind in GAPS:
            parts.append([])
        else:
            parts[-1].append(token)
    return [trimmed for part in parts if (trimmed := _trimmed(part))]


def _trimmed(part: list[Token]) -> list[Token]:
    low, high = 0, len(part)
    while low < high and part[low].text in _EDGE and not _is_sign(part, low):
        low += 1
    while high > low and part[high - 1].text in _EDGE:
        high -= 1
    return part[low:high]


def _is_sign(part: list[Token], at: int) -> bool:
    """A minus that belongs to the number or letter behind it."""
    if part[at].text != "-" or at + 1 == len(part) or part[at].end != part[at + 1].start:
        return False
    return part[at + 1].text[0].isdecimal() or len(part[at + 1].text) == 1


def _sentences(text: str, segment: list[Token]) -> list[list[Token]]:
    """A stretch cut between sentences, no part shorter than `PIECE` + 1 words."""
    low, high = segment[0].start, segment[-1].end
    ends = [low + end for _, end in sentences(text[low:high])]
    parts: list[list[Token]] = [[]]
    for token in segment:
        if token.start >= ends[0] and sum(t.is_word for t in parts[-1]) > PIECE:
            parts.append([])
        while token.start >= ends[0]:
            ends.pop(0)
        parts[-1].append(token)
    if len(parts) > 1 and sum(token.is_word for token in parts[-1]) <= PIECE:
        last = parts.pop()
        parts[-1] += last
    return [trimmed for part in parts if (trimmed := _trimmed(part))]


class Source:
    """A text that is quoted from. Building it takes linear time; `source` keeps the last few."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._plain = plain(text)
        found = [token for token in tokens(self._plain.text) if token.kind not in GAPS]
        self._tokens = found
        self._codes: dict[str, str] = {}
        for token in found:
            if token.text not in self._codes:
                # One character per distinct token, so that str.find and rapidfuzz work on tokens. 0 = not in the text.
                number = len(self._codes) + 1
                self._codes[token.text] = chr(number if number < 0xD800 else number + 0x800)
        self._all = self._encode(found)
        self._word_tokens = [i for i, token in enumerate(found) if token.is_word]
        self._words = self._encode([found[i] for i in self._word_tokens])
        breaks = re.finditer(r"\n[ \t]*\n\s*(?=\S)", text.rstrip())
        self._paragraphs = [len(text) - len(text.lstrip()), *(match.end() for match in breaks)]

    def _encode(self, found: Sequence[Token]) -> str:
        return "".join(self._codes.get(token.text, "\0") for token in found)

    def paragraph(self, position: int) -> int:
        """Which paragraph a position of the text is in, from 1."""
        return max(1, bisect_right(self._paragraphs, position))

    def shares_run(self, found: Sequence[Token]) -> bool:
        """Whether the tokens have `RUN` words in a row in common with the source."""
        code = self._encode([token for token in found if token.is_word])
        return any(
            code[i : i + RUN] in self._words for i in range(len(code) - RUN + 1) if "\0" not in code[i : i + RUN]
        )

    def place(self, text: str, found: Sequence[Token]) -> Placement:
        """The verdict on `found`, tokens of the plain text `text`, as a quotation from this source."""
        literal = self._exact(_segments(found))
        if literal or not found:
            return literal or Placement("absent", similarity=0.0)
        if any(token.text == "[" for token in found):
            found = tokens(text, found[0].start, found[-1].end, editorial=True)
        marked = self._exact(_segments(found))
        if marked and any(token.kind == "insertion" for token in found):
            return replace(marked, level="elided")
        return marked or self._unfaithful(text, _segments(found), marked=True)

    # ------------------------------------------------------------ faithful

    def _exact(self, segments: list[list[Token]]) -> Placement | None:
        if not segments:
            return None
        codes = [self._encode(segment) for segment in segments]
        whole = self._all.find("".join(codes))
        if whole >= 0:
            return self._placement("verbatim", [(whole, whole + sum(map(len, codes)))])
        places: list[tuple[int, int]] = []
        at = 0
        for code in codes:
            at = self._all.find(code, at)
            if at < 0:
                return None
            at += len(code)
            places.append((at - len(code), at))
        for i in range(len(codes) - 2, -1, -1):  # as close together as they go
            low = self._all.rfind(codes[i], 0, places[i + 1][0])
            places[i] = (low, low + len(codes[i]))
        return self._placement("elided", places)

    def _placement(
        self,
        level: Level,
        places: Sequence[tuple[int, int]],
        changes: Sequence[Change] = (),
        similarity: float = 1.0,
    ) -> Placement:
        """`places` are stretches of tokens."""
        spans = tuple(self._span(low, high) for low, high in places if low < high)
        paragraphs = tuple(self.paragraph(low) for low, _ in spans)
        return Placement(level, spans, paragraphs, tuple(changes[:CHANGES]), similarity)

    def _span(self, low: int, high: int) -> tuple[int, int]:
        return self._plain.span(self._tokens[low].start, self._tokens[high - 1].end)

    # ------------------------------------------------------------ unfaithful

    def _unfaithful(self, text: str, segments: list[list[Token]], *, marked: bool) -> Placement:
        """marked: the quotation itself says that something is left out between the segments."""
        sizes = [sum(token.is_word for token in segment) for segment in segments]
        if not sum(sizes):
            return Placement("absent", similarity=0.0)
        parts = [self._segment(text, segment) for segment in segments]
        similarity = sum(part.similarity * size for part, size in zip(parts, sizes, strict=True)) / sum(sizes)
        if similarity < 0.5:
            return Placement("absent", similarity=similarity)
        levels = {part.level for part in parts}
        starts = [part.places[0][0] for part in parts if part.places]
        in_order = marked and starts == sorted(starts)
        level: Level = "altered" if levels & {"altered", "absent"} else "spliced"
        if in_order and levels <= {"verbatim", "repunctuated"}:
            level = "repunctuated"
        return Placement(
            level,
            tuple(place for part in parts for place in part.places),
            tuple(number for part in parts for number in part.paragraphs),
            tuple(change for part in parts for change in part.changes)[:CHANGES],
            similarity,
        )

    def _segment(self, text: str, segment: list[Token]) -> Placement:
        """One stretch without gaps."""
        code = self._encode(segment)
        at = self._all.find(code)
        if at >= 0:
            return self._placement("verbatim", [(at, at + len(code))])
        words = [token for token in segment if token.is_word]
        at = self._words.find(self._encode(words))
        if at >= 0 and words:
            low, high = self._word_tokens[at], self._word_tokens[at + len(words) - 1] + 1
            changes = self._changes(text, segment, range(low, high))
            marks = all(self._is_punctuation(change) for change in changes)
            return self._placement("repunctuated" if marks else "altered", [(low, high)], changes)
        pieces = self._pieces(segment, code)
        if pieces:
            return self._placement("spliced", pieces, list(self._omissions(pieces)))
        parts = _sentences(text, segment)
        return self._unfaithful(text, parts, marked=False) if len(parts) > 1 else self._aligned(text, words)

    def _is_punctuation(self, change: Change) -> bool:
        """Whether marks of prose differ: no `?`, and none that belongs to a number or letter of a formula."""
        marks = "".join((change.quoted + change.source).split())
        if not _PROSE_MARKS.issuperset(marks):
            return False
        around = self.text[max(0, change.start - 1) : change.start] + self.text[change.end : change.end + 1]
        return _LOOSE_MARKS.issuperset(marks) or not any(char.isdecimal() for char in around)

    def _pieces(self, segment: list[Token], code: str) -> list[tuple[int, int]]:
        """The stretch as verbatim pieces of at least `PIECE` words, longest first; empty if it is not made of such."""
        count = [0]
        for token in segment:
            count.append(count[-1] + (token.is_word))
        cuts: list[tuple[int, int]] = []  # of the segment
        at = 0
        while True:
            while at < len(code) and segment[at].text in _EDGE:
                at += 1
            if at >= len(code):
                break
            for back in range(min(PIECE, at - cuts[-1][0] if cuts else 1)):  # a piece may take words of the one before
                low = at - back
                high = low + _longest(code, low, self._all)
                keeps = not back or count[low] - count[cuts[-1][0]] >= PIECE
                if keeps and high > at and count[high] - count[low] >= PIECE:
                    break
            else:
                return []
            if back:
                cuts[-1] = (cuts[-1][0], low)
            cuts.append((low, high))
            at = high
        places: list[tuple[int, int]] = []
        for low, high in cuts:
            found = self._all.find(code[low:high], places[-1][1] if places else 0)
            if found < 0:
                found = self._all.find(code[low:high])
            places.append((found, found + high - low))
        return places if len(places) > 1 else []

    def _omissions(self, pieces: Sequence[tuple[int, int]]) -> Iterator[Change]:
        """What was left out between two pieces that stand near each other."""
        for (_, low), (high, _) in zip(pieces, pieces[1:], strict=False):  # noqa: RUF007
            if low < high <= low + 60:
                start, end = self._span(low, high)
                yield Change("", self.text[start:end], start, end)

    def _aligned(self, text: str, words: list[Token]) -> Placement:
        """The place that is most like the words, with what differs."""
        code = self._encode(words)
        first = max(0, min(_longest(code, 0, self._words), len(code) - ALIGNED) - 20) if len(code) > ALIGNED else 0
        words, code = words[first : first + ALIGNED], code[first : first + ALIGNED]
        found = fuzz.partial_ratio_alignment(code, self._words)
        if found is None or not code:
            return Placement("absent", similarity=0.0)
        low, high = found.dest_start, found.dest_end
        slack = len(code) - LCSseq.similarity(code, self._words[low:high])
        low, high = max(0, low - slack), min(len(self._words), high + slack)
        shared = LCSseq.similarity(code, self._words[low:high])
        if 2 * shared < len(code):
            return Placement("absent", similarity=shared / len(code))
        # The shortest stretch that is as good: from behind, then from the front.
        high = bisect_left(range(high), shared, lo=low, key=lambda i: LCSseq.similarity(code, self._words[low:i]))
        low = bisect_right(
            range(high), -shared, lo=low, key=lambda i: -LCSseq.similarity(code, self._words[i:high])
        ) - 1  # fmt: skip
        places = [self._word_tokens[i] for i in range(low, high)]
        similarity = shared / len(code)
        return self._placement("altered", [(places[0], places[-1] + 1)], self._changes(text, words, places), similarity)

    def _changes(self, text: str, quoted: Sequence[Token], places: Sequence[int]) -> list[Change]:
        """What differs between tokens of the quotation and tokens of the source."""
        theirs = [self._tokens[i] for i in places]
        changes: list[Change] = []
        q, s = 0, 0
        matches = [o for o in Indel.opcodes(self._encode(quoted), self._encode(theirs)) if o.tag == "equal"]
        bounds = [(o.src_start, o.src_end, o.dest_start, o.dest_end) for o in matches]
        for a, b, c, d in [*bounds, (len(quoted), 0, len(theirs), 0)]:
            if a > q or c > s:
                ours = text[quoted[q].start : quoted[a - 1].end] if a > q else ""
                at = self._plain.starts[theirs[min(s, len(theirs) - 1)].start]
                start, end = self._span(places[s], places[c - 1] + 1) if c > s else (at, at)
                changes.append(Change(ours, self.text[start:end], start, end))
            q, s = b, d
        return changes


@lru_cache(maxsize=8)
def source(text: str) -> Source:
    """`Source(text)`, kept: many replies quote from the same text."""
    return Source(text)


def _longest(needle: str, at: int, hay: str) -> int:
    """Length of the longest prefix of `needle[at:]` that stands in `hay`."""
    low, high = 0, 1
    while at + high <= len(needle) and needle[at : at + high] in hay:
        low, high = high, 2 * high
    high = min(high, len(needle) - at + 1)
    while high - low > 1:
        middle = (low + high) // 2
        if needle[at : at + middle] in hay:
            low = middle
        else:
            high = middle
    return low


def place(quotation: str, text: str) -> Placement:
    """The verdict on a quotation; both texts as they stand in a reply and in a problem file."""
    quoted = plain(quotation).text
    return source(text).place(quoted, tokens(quoted))
