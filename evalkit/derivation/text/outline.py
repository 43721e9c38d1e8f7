"""How far a remark reaches by the layout alone: to the end of its item, of its paragraph, or of the part under its heading.

Not known here: what a heading says, but for its first word, which tells "Example 2" as the next of "Example 1".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_LINE = re.compile(r"[^\n]*\n?")
_HASHES = re.compile(r"[ \t]{0,3}(#{1,6})[ \t]+\S")
_BOLD = re.compile(r"[ \t]{0,3}\*\*[^*\n]{1,120}\*\*[ \t]*:?[ \t]*$")
_NUMBERED = re.compile(
    r"[ \t]{0,3}(?:\*\*)?(?:Case|Part|Approach|Method|Route|Step|Example)\b[^\n]{0,12}?(?:\d|[A-Z]\b|[ivx]+\b)"
)
_RUN_IN = re.compile(r"[ \t]{0,3}\*\*[^*\n]{1,80}(?:[.:]\*\*|\*\*[.:])[ \t]+\S")
_EXAMPLE = re.compile(r"\b(?:examples?|check|illustration)\b", re.I)
"""Labels within a line, of which the next ends what an example says."""
_IN_NUMBERS = re.compile(r"\d[.]\d|≈|\\approx|=\s*(?:\\begin\{[a-z]?matrix\}\s*)?-?\d")
_IN_GENERAL = re.compile(r"\b(?:any|every|each|all|general\w*|arbitrar\w+|always)\b", re.I)
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|\d{1,3}[.)]|\([a-z0-9]{1,3}\))[ \t]+")
_OPENS = re.compile(r"[ \t]*(?:\$\$|\\\[|\\begin\{|```)")
BOLD = 7
"""The level of a heading that is only bold: below those with hashes."""


@dataclass(frozen=True, slots=True)
class Line:
    start: int
    end: int
    level: int
    """Of a heading: 1 to 6 by its hashes, BOLD; 0 for other lines."""
    item: int
    """How far a list item is indented; -1 for other lines."""
    indent: int
    blank: bool
    opens: bool
    """A displayed formula begins."""


class Outline:
    """The lines of a reply, each with what it is."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [line(text, m.start(), m.end()) for m in _LINE.finditer(text) if m.end() > m.start()]

    @cached_property
    def computing(self) -> frozenset[int]:
        """Where a step begins that computes: it goes on with the numbers of before, and speaks of nothing in general."""
        heads = [x for x in self.lines if x.level]
        ends = [
            next((y.start for y in heads[i + 1 :] if y.level <= x.level), len(self.text)) for i, x in enumerate(heads)
        ]
        steps = [(x, end) for x, end in zip(heads, ends, strict=True) if self.word(x) == "step"]
        inside = [(x, end) for x, end in steps if _IN_NUMBERS.search(self.text, x.start, end)]
        return frozenset(x.start for x, end in inside if not _IN_GENERAL.search(self.text, x.start, end))

    def number(self, at: int) -> int:
        """Of the line in which a place lies."""
        low, high = 0, len(self.lines) - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.lines[middle].start <= at:
                low = middle
            else:
                high = middle - 1
        return low

    def heading_between(self, low: int, high: int) -> bool:
        """Whether a heading, bold lines included, begins between two places."""
        return any(x.level for x in self.lines[self.number(low) + 1 : self.number(high) + 1])

    def part_end(self, at: int) -> int:
        """Where the part ends under whose heading a place lies: at the next heading as high, or with the same first word."""
        here = self.number(at)
        if self.label(here, _EXAMPLE) and (end := self.example_end(here)) is not None:
            return end
        over = next((x for x in reversed(self.lines[: here + 1]) if x.level), None)
        for x in self.lines[here + 1 :]:
            if not x.level or x.start in self.computing:
                continue
            if over is None or x.level < over.level:
                return x.start
            if x.level == over.level and (x.level < BOLD or self.word(x) == self.word(over)):
                return x.start
        return len(self.text)

    def example_end(self, here: int) -> int | None:
        """The next bold label of a line, where nothing behind it speaks in numbers; None where something does."""
        last = next((x.start for i, x in enumerate(self.lines) if i > here and x.level), len(self.text))
        starts = [x.start for i, x in enumerate(self.lines) if i > here and x.start < last and self.label(i)]
        if not starts or _IN_NUMBERS.search(self.text, starts[0], last):
            return None
        return starts[0]

    def label(self, number: int, names: re.Pattern[str] | None = None) -> bool:
        """Whether a line begins, or with `names` stands in, a paragraph that begins with a bold label: `**Example.** Take`."""
        if names is None and number and not self.lines[number - 1].blank:
            return False
        while number and not self.lines[number].blank and not self.lines[number - 1].blank and names is not None:
            number -= 1
        found = _RUN_IN.match(self.text, self.lines[number].start)
        return found is not None and (names is None or bool(names.search(found[0])))

    def block_end(self, at: int) -> int:
        """Where the item or paragraph ends in which a place lies, with the formulas and items that belong to it."""
        if not self.lines:
            return len(self.text)
        here = self.number(at)
        first = self.lines[here]
        if first.level:
            return next(
                (x.start for x in self.lines[here + 1 :] if 0 < x.level <= max(first.level, BOLD)), len(self.text)
            )
        item = next((x for x in reversed(self.lines[: here + 1]) if x.item >= 0 or x.blank or x.level), first)
        if item.item >= 0:
            after = (x for x in self.lines[here + 1 :] if not x.blank)
            return next((x.start for x in after if x.level or (x.item >= 0 and x.item <= item.item) or
                         (x.item < 0 and x.indent <= item.item and not x.opens)), len(self.text))  # fmt: skip
        gap = False
        listed = False
        for x in self.lines[here + 1 :]:
            if x.level:
                return x.start
            if x.blank:
                gap = True
                continue
            if gap and not (
                x.opens or x.item >= 0 or (listed and x.indent > 0) or self.text[x.start : x.end].lstrip()[:1].islower()
            ):
                return x.start
            listed = listed or x.item >= 0
            gap = False
        return len(self.text)

    def word(self, x: Line) -> str:
        """The first word of a heading."""
        found = re.search(r"\w+", self.text[x.start : x.end])
        return found.group().lower() if found else ""


def line(text: str, start: int, end: int) -> Line:
    whole = text[start:end].rstrip("\n")
    hashes = _HASHES.match(whole)
    level = len(hashes[1]) if hashes else BOLD if _BOLD.match(whole) or _NUMBERED.match(whole) else 0
    item = None if level else _ITEM.match(whole)
    indent = len(whole) - len(whole.lstrip())
    return Line(start, end, level, len(item[1]) if item else -1, indent, not whole.strip(), bool(_OPENS.match(whole)))
