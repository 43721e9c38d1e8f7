r"""Numbers with units in plain text (see evalkit.reading.plain), and conversion between units of one kind.

What counts as a number: `341`, `12,345`, `12{,}345`, `12 345`, `12\,345`, `3.5`, `3,5` (a comma with one or two digits
behind it), `\frac{1}{2}`, `3/4`, `1.2e3`, `1.2 \times 10^{3}`, `2^{10}`. Left out: list numbers at the start of a line,
digits that belong to a name (`W_2`, `CIFAR-10`, `8b`, `x^2`), clock readings (`5:36`). `5 min 36 s` is one quantity.

Not covered: numbers in words, ranges (read as two numbers), compound units (`m/s` is read as `m`), currencies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from evalkit.reading.plain import ENUMERATOR

UNITS: dict[str, tuple[str, Fraction]] = {
    name: (kind, Fraction(factor))
    for kind, factor, names in (
        ("time", "1/1000000000", "ns nanosecond nanoseconds"),
        ("time", "1/1000000", "us μs microsecond microseconds"),
        ("time", "1/1000", "ms msec msecs millisecond milliseconds"),
        ("time", "1", "s sec secs second seconds"),
        ("time", "60", "min mins minute minutes"),
        ("time", "3600", "h hr hrs hour hours"),
        ("time", "86400", "day days"),
        ("share", "1/100", "% percent percentage pct"),
    )
    for name in names.split()
}
"""Known units, folded to lower case: (kind, factor to the kind's base unit). A plain number has the kind `share`."""

MOST = 20_000
"""Numbers of one text that are read, the first ones; more are no reply but an attack."""
_NUMBER = re.compile(
    r"""
    (?<![\w.^])(?<![A-Za-z]-)
    (?P<sign>(?<![\d)])[-+](?=[\d.]))?
    (?P<digits>\d{1,3}(?:[,'\u2009\u202f\u00a0 ]\d{3}){1,8}(?!\d)(?:\.\d{1,30})?
              |(?<!\d,)\d{1,30},\d{1,2}(?![\d,])|\d{1,40}(?:\.\d{1,40})?|\.\d{1,40})
    (?!\d|:\d)
    (?P<power>[eE][-+]?\d{1,3}(?!\w)|\s{0,2}[×·*]\s{0,2}10\s?\^\s?\(?[-+]?\d{1,3}(?!\d)\)?|\s?\^\s?\(?-?\d{1,3}(?!\d)\)?)?
    (?P<over>\s?/\s?\d{1,20}(?:\.\d{1,20})?(?![\d/]))?
    (?:(?P<gap>\s{0,3}-?\s?)(?P<unit>%|per\s?cent(?![^\W\d_])|[^\W\d_]{1,20}(?![^\W\d_])))?
    """,
    re.VERBOSE,
)
CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?!\d)")
"""`5:36`."""
_LITTLE_WORDS = """
a about after again all already also altogether an and approximately are as at be because before both but by can could
compared each exactly for from had has have he her here his i if in instead into is it its later less long more not now
of on only or our over overall per plus rather respectively since so such than that the their then there these they this
those thus to together total under until up versus via vs was we were what when where which while who whole will with
without would you your
"""
FUNCTION_WORDS = frozenset(_LITTLE_WORDS.split())
"""Words that never are what a number counts."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number at `text[start:end]`. `unit` is folded; an unknown word behind the number counts as its unit."""

    value: Fraction
    unit: str | None
    start: int
    end: int

    @property
    def kind(self) -> str | None:
        """`time`, `share`, ... for a known unit, None for none and for an unknown word."""
        return UNITS[self.unit][0] if self.unit in UNITS else None


@lru_cache(maxsize=4096)
def fold(unit: str) -> str:
    """A unit as it is compared: lower case, no plural where the table does not know the word."""
    unit = " ".join(unit.casefold().split()).replace("µ", "μ")
    unit = {"per cent": "percent", "degrees": "°", "degree": "°"}.get(unit, unit)
    whole = unit in UNITS or len(unit) < 4 or any(sign in unit for sign in "/^·")
    return unit if whole else unit.removesuffix("s")


def convert(value: Fraction, unit: str | None, to: str | None) -> Fraction | None:
    """`value` in another unit (both folded, None = a plain number); None where the two do not belong together."""
    if unit == to:
        return value
    kind, factor = UNITS.get(unit, ("", Fraction(1))) if unit else ("share", Fraction(1))
    to_kind, to_factor = UNITS.get(to, ("?", Fraction(1))) if to else ("share", Fraction(1))
    return value * factor / to_factor if kind == to_kind else None


def read(text: str, unit: str | None = None) -> list[Quantity]:
    """The quantities of plain text, in order, at most `MOST`. `unit` (folded): one more unit that may touch its number,
    as in `5GB`."""
    skipped = {match.end() - 1: match.start() for match in ENUMERATOR.finditer(text)}
    clocks = {at for match in CLOCK.finditer(text) for at in range(*match.span())}
    found: list[Quantity] = []
    for match in _NUMBER.finditer(text):
        if len(found) == MOST:
            break
        if match.end("digits") in skipped or match.start("digits") in clocks:
            continue
        quantity = _quantity(match, unit)
        if quantity is None:
            continue
        if found and continues(text, found[-1], quantity):
            before = found.pop()
            quantity = summed(before, quantity)
        found.append(quantity)
    return found


def _quantity(match: re.Match[str], extra: str | None) -> Quantity | None:
    value = _value(match)
    if value is None:
        return None
    unit, end = match["unit"], match.end("over") if match["over"] else match.end("power")
    if end < 0:
        end = match.end("digits")
    if unit is None:
        return Quantity(value, None, match.start(), end)
    folded = fold(unit)
    if folded not in UNITS and folded != extra:
        if not match["gap"]:
            return None  # `8b`, `3D`: part of a name
        if folded in FUNCTION_WORDS:
            return Quantity(value, None, match.start(), end)
    return Quantity(value, folded, match.start(), match.end())


def _value(match: re.Match[str]) -> Fraction | None:
    digits = re.sub(r"[,'\u2009\u202f\u00a0 ](?=\d{3}(?:\D|$))", "", match["digits"]).replace(",", ".")
    value = Fraction(digits)
    power = match["power"]
    if power:
        exponent = int(re.sub(r"[^-\d]", "", re.split(r"\^|[eE]", power)[-1]))
        if abs(exponent) > 64:
            return None
        if "10" in power.split("^")[0] or power[0] in "eE":
            value *= Fraction(10) ** exponent
        elif value == 0:
            return None
        else:
            value **= exponent
    if match["over"]:
        divisor = Fraction(match["over"].replace("/", "").strip())
        if divisor == 0:
            return None
        value /= divisor
    return -value if match["sign"] == "-" else value


def continues(text: str, before: Quantity, after: Quantity) -> bool:
    """`5 min` followed by `36 s`: one time in units that get smaller."""
    between = text[before.end : after.start]
    if before.kind != "time" or after.kind != "time" or between.strip() not in ("", ",", "and"):
        return False
    return UNITS[before.unit or ""][1] > UNITS[after.unit or ""][1] and after.value >= 0


def summed(before: Quantity, after: Quantity) -> Quantity:
    """Both times together, in the unit of the second."""
    value = convert(before.value, before.unit, after.unit)
    return Quantity((value or Fraction(0)) + after.value, after.unit, before.start, after.end)
