r"""The numbers of a place that may be the wanted one, by their units, and which of them are right.

Not covered: what reading.results leaves out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from evalkit.reading import answers, quantities, results, spoken
from evalkit.reading.maths import units
from evalkit.reading.plain import Plain, plain
from evalkit.reading.quantities import Quantity, convert, fold
from evalkit.reading.results import Result

_BEHIND_BOX = re.compile(r"\}\s?(?:\$|\\\))?\s?(?:\\text\{\s?)?(?P<unit>[^\W\d_]{1,20})(?![\w'(^])\}?")
"""`\\boxed{5700}$ seconds`."""
_BULLET = re.compile(r"(?:>[ \t]?){0,3}(?:[-–*+•][ \t]+)?")
_MINUS = re.compile(r"(?:>[ \t]?){0,3}(?P<sign>[-–])[ \t]+\$?[\d.,/]+\$?\s*")
"""A last line with a sign and a number and nothing else is no list of one entry, unless something announces a list."""
_ENTRY = re.compile(r"^[ \t>]{0,12}[-–*+•][ \t]+\S", re.MULTILINE)


def view_of(reply: str, place: answers.Answer) -> Plain:
    """The place as plain text; boxes that are joined with it stand in it, too, the mark of a list item does not."""
    start = place.also[0][0] if place.also else place.start
    begins = start == 0 or reply[start - 1] == "\n"
    bullet = _BULLET.match(reply, start, place.end) if begins and place.how != "boxed" else None
    alone = bullet and place.how == "last" and not _announces_list(reply[:start])
    signed = _MINUS.fullmatch(reply, start, place.end) if alone else None
    unit = _BEHIND_BOX.match(reply, place.end) if place.how == "boxed" else None
    end = unit.end() if unit and fold(unit["unit"]) in quantities.UNITS else place.end
    if signed:
        return plain(reply, signed.start("sign"), end)
    return plain(reply, bullet.end() if bullet else start, end)


def _announces_list(before: str) -> bool:
    """Whether a colon stands right before, or entries of a list anywhere: then a lone `- 79` is one more entry."""
    return before.rstrip(" \t\n>*_").endswith((":", "：")) or _ENTRY.search(before) is not None


def nothing_else(text: str, found: Sequence[Result]) -> bool:
    """Whether a last line is one number with at most a label, a name before `=` and a few words on what it counts."""
    return len(found) == 1 and re.search(r"[^\W\d_]{2}(?![^\n]*[:=→])", text[: found[0].start]) is None


@dataclass(frozen=True, slots=True)
class Reader:
    """Which quantities of a reply may be the wanted number, and which are right."""

    unit: str | None
    """Folded."""
    unit_required: bool
    references: tuple[tuple[str, Fraction, Fraction], ...]
    """(`staff` or the note of an accepted value, the least and the greatest value that is right)."""

    def fitting(self, view: Plain, reply: str, *, in_words: bool = False, inside: bool = False) -> list[Result]:
        """Results in the wanted unit; plain ones only where there are none, and those that could not be read.

        inside: the view begins within a line."""
        found = spoken.read(view.text) if in_words else results.read(view.text, self.unit, inside=inside)
        exact = [r for r in found if self._converted(r)]
        if exact and self.unit is not None:  # `0.0115 meters, or 1.2 cm`
            return [r for r in exact if self._is_own(r)] or exact
        if self.unit is None:
            return found
        plain_ones = [r for r in found if r.unit is None or self._is_price(r, view, reply)]
        return [] if self.unit_required else [replace(r, unit=None) for r in plain_ones]

    def _is_price(self, result: Result, view: Plain, reply: str) -> bool:
        """`$10 yesterday`: a sign of money before the number, and behind it a word that is no unit."""
        sign = reply[view.starts[result.start] - 1 : view.starts[result.start]]
        money = bool(sign) and sign in "$€£¥₹" and units.converted(Fraction(1), fold(sign), self.unit) == 1
        return money and not units.known(result.unit or "")

    def _is_own(self, result: Result) -> bool:
        """Whether the unit is the wanted one under any name, or a time or a share."""
        same = units.converted(Fraction(1), result.unit, self.unit) == 1
        return same or convert(Fraction(1), result.unit, self.unit) is not None

    def exact(self, view: Plain) -> list[Quantity]:
        return [q for q in quantities.read(view.text, self.unit) if self._converted(q)]

    def bare(self, view: Plain) -> list[Quantity]:
        """Numbers with the unit dropped."""
        if self.unit is None or self.unit_required:
            return []
        return [q for q in quantities.read(view.text, self.unit) if q.unit is None]

    def _converted(self, quantity: Quantity | Result) -> tuple[Fraction, ...]:
        if quantity.value is None:
            return ()
        if self.unit is None:  # whatever stands behind the number is what it counts
            share = quantity.value / 100 if quantity.kind == "share" else None
            return (quantity.value,) if share is None else (quantity.value, share)
        value = None if quantity.unit is None else units.converted(quantity.value, quantity.unit, self.unit)
        return () if value is None else (value,)

    def readings(self, quantity: Quantity | Result) -> tuple[Fraction, ...]:
        """Values in the wanted unit that the quantity may stand for."""
        if self.unit is not None and quantity.unit is None and quantity.value is not None:
            if self.unit in units.CENTS and quantity.value.denominator > 1:
                return (quantity.value, quantity.value * 100)  # `$0.18`, whose sign is gone
            as_share = convert(quantity.value, None, self.unit)
            return (quantity.value,) if as_share is None else (quantity.value, as_share)
        return self._converted(quantity)

    def given(self, quantity: Quantity | Result) -> str | None:
        """`staff`, the note of an accepted value, or None for a wrong number."""
        readings = self.readings(quantity)
        right = (n for n, low, high in self.references if any(low <= value <= high for value in readings))
        return next(right, None)
