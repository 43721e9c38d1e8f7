r"""The unit behind a value: `12\text{ cm}^2`, `10 square feet`, `1,000.99€`, and whether two of them agree.

A unit is up to three words that count or measure; words that change the value (`million`, `or more`, `dozen`) are none.
Degrees and percent belong to the formula (algebra.py).

Not covered: conversion of units that measures.py does not know, units inside lists and matrices.
"""

from __future__ import annotations

import re
from fractions import Fraction

from evalkit.reading.maths import measures
from evalkit.reading.maths.spelling import is_glued
from evalkit.reading.patterns import Pattern, later
from evalkit.reading.plain import plain
from evalkit.reading.quantities import UNITS, convert, fold

_POWER = r"(?:\s*\^\s*\{?-?\d\}?|[²³])?"
_FONT = r"\\(?:text|mathrm|textbf|textrm|textnormal|mbox|hbox|operatorname|mathbf|textit|mathit)"
_SHORT = r"(?:[kcm]?m|[km]?g|m?[lL]|ft|lbs?|oz|hrs?|s|min|mph)(?![A-Za-z ])"
"""Bare abbreviations; two other letters are a product, or the end of an integral."""
_ABBREVIATED, _LETTER = re.compile(_SHORT), re.compile(r"(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])")
_CLOCK = later(
    r"(?:(?<=:\d\d)|(?<=:\}\d\d))(?:\\[,;: ]|~|\s)*"
    r"(?:\\(?:text|mathrm)\s*\{)?\s*(?P<half>[aApP])\.?\s?[mM]\.?\s*\}?[\s.]*$"
)
"""`4:30\\text{ p.m.}`."""
_UNIT = later(
    rf"(?:\\[,;: !]|~|\s)*(?:{_FONT}\s*\{{(?P<text>[^{{}}]{{1,60}})\}}"
    rf"|(?<=[\d\s}}])(?P<bare>(?:{_SHORT}|[A-Za-z]{{3}}[A-Za-z ]{{0,40}}))"
    rf"|(?<=\d)\s?(?P<short>[A-Za-z](?=[²³]))|(?P<sign>[€£¥]))"
    rf"(?P<power>{_POWER})[\s.]*$"
)
_CHANGE = """
hundred thousand million billion trillion dozen percent percentage pct or and if not no none more less fewer than at
least most times mod modulo approximately about roughly half halves third thirds quarter quarters tenths hundredths
thousandths base factorial squared cubed minus plus over otherwise only so where when for with is are be given unless
degree degrees infinity pi sqrt theta to approx rounded ln dx dy dt
"""
_ONE = frozenset("mgshlL")
_CHANGING = frozenset(_CHANGE.split())
_MEASURED = later(
    r"\bhow (?:many|much) [a-z]+"
    r"|\b(?:kilo|centi|milli|deci|micro|nano|mega)?(?:met(?:er|re)|gram|lit(?:er|re)|watt|joule)s?\b"
    r"|\b(?:inch(?:es)?|feet|foot|yards?|miles?|pounds?|ounces?|dollars?|cents?|euros?)\b"
    r"|\b(?:seconds|minutes?|hours?|days?|weeks?)\b"
    r"|(?<![A-Za-z\\])(?:cm|mm|km|kg|mg|ml|ms|mph)(?![A-Za-z])",
    re.IGNORECASE,
)


def split(latex: str) -> tuple[str, str]:
    """The formula, and the unit behind it (empty where there is none)."""
    dollars = _DOLLARS.match(latex)
    if dollars and not re.search(r"[A-Za-z]", latex[dollars.end() :]):
        return latex[dollars.end() :], "$"
    clock = _CLOCK.search(latex, max(0, len(latex) - 160))
    if clock:
        return latex[: clock.start()].rstrip(), clock["half"].lower() + "m"
    compound = _compound(latex, _TYPESET)
    if compound:
        return compound
    match = _UNIT.search(latex, max(0, len(latex) - 160))
    if match is None or not re.search(r"[\w}]", latex[: match.start()]):
        return latex, ""
    words = re.findall(r"[A-Za-z]+", match["text"] or match["bare"] or match["short"] or "")
    before = latex[: match.start()].rstrip(" \\,;:~")
    if match["bare"] and _ABBREVIATED.fullmatch(match["bare"]) and _LETTER.search(before.rpartition("=")[2]):
        return latex, ""  # `c^2 m` is a product
    unit = all(map(_counts, words)) or _symbol(latex, match, words)
    if len(words) > 3 or not (words or match["sign"]) or not unit or "percent" in "".join(words):
        return latex, ""
    if before.endswith(("=", "+", "-", "(", "^", "_", "/", "*", ",")) or before.count("{") != before.count("}"):
        return latex, ""
    power = re.sub(r"\D", "", match["power"].translate({ord("²"): "2", ord("³"): "3"}))
    said = " ".join(map(_singular, words)) or match["sign"]
    return latex[: match.start()].rstrip(), said + (f"^{power}" if power else "")


_TWENTY_FOUR = later(r"\s*(?P<hour>0|00|1[3-9]|2[0-3])\s?:\s?(?P<minutes>\d\d)\s*")


def half_of_the_day(time: str, half: str) -> tuple[str, str]:
    """`15:45` as `3:45` and `pm`."""
    match = _TWENTY_FOUR.fullmatch(time) if not half else None
    if not match:
        return time, half
    hour = int(match["hour"])
    return f"{hour - 12 if hour else 12}:{match['minutes']}", "pm" if hour else "am"


_DOLLARS = later(r"\s{0,3}\\\$\s{0,3}(?=\d)")
_BLANK = r"(?:\\[,;: !]|~|\s)*"
_TYPESET = later(rf"(?<=[\d}})]){_BLANK}(?=(?:\\[dt]?frac\s*\{{\s*)?{_FONT}\s*\{{)")
_BARE = later(rf"(?<=\d){_BLANK}(?=\\[dt]?frac\s*\{{|[A-Za-z]{{1,3}}\s?[/^])")


def _compound(latex: str, before: Pattern) -> tuple[str, str] | None:
    """The formula and the product or quotient of units behind it.

    `5\\,\\mathrm{m\\,s^{-1}}`, `5 \\frac{\\text{m}}{\\text{s}}`.
    """
    for match in before.finditer(latex, max(0, len(latex) - 160)):
        rest = latex[match.end() :].rstrip(" .")
        if latex.count("{", 0, match.start()) != latex.count("}", 0, match.start()):
            continue
        text = plain(rest).text.strip(" \u2009\u00a0.")
        found = measures.behind(text, 0, None)
        if found and found[1] == len(text):
            return latex[: match.start()].rstrip(), found[0]
    return None


def behind_a_number(latex: str) -> tuple[str, str]:
    """As `split`, also for letters that are not set as a unit, behind a mere number: `9.8 \\frac{m}{s^2}`."""
    number = re.match(r"\s*-?[\d.,]+", latex)
    return (_compound(latex, _BARE) if number and _BARE.match(latex, number.end()) else None) or (latex, "")


_SIZES = {
    "length": "mm millimeter millimetre 1/1000 cm centimeter centimetre 1/100 dm decimeter decimetre 1/10 m meter metre"
    " 1 km kilometer kilometre 1000 inch inche in 127/5000 ft foot feet 381/1250 yard yd 1143/1250 mile mi 201168/125",
    "mass": "mg milligram 1/1000 g gram gramm 1 kg kilogram kilogramm kilo 1000 ton tonne 1000000",
    "volume": "ml milliliter millilitre 1/1000 cl centiliter centilitre 1/100 l liter litre 1",
    "dollars": "$ dollar usd us$ buck 1",
    "euros": "€ euro eur 1",
    "pounds": "£ pound gbp quid 1",
}


def _sized() -> dict[str, tuple[str, Fraction]]:
    found: dict[str, tuple[str, Fraction]] = {}
    for kind, listed in _SIZES.items():
        names: list[str] = []
        for word in listed.split():
            if word[0].isdecimal():
                found |= dict.fromkeys(names, (kind, Fraction(word)))
                names = []
            else:
                names.append(word)
    return found


_SIZED = _sized()


def _size(unit: str) -> tuple[str, Fraction] | None:
    """Kind and size of `cm`, `cm^2`, `square meter`."""
    base, _, power = unit.casefold().partition("^")
    for word, exponent in (("square ", "2"), ("cubic ", "3")):
        if base.startswith(word) and not power:
            base, power = base.removeprefix(word), exponent
    if base not in _SIZED:
        return None
    kind, size = _SIZED[base]
    return kind + (power if power != "1" else ""), size ** int(power or 1)


def known(unit: str) -> bool:
    """Whether a unit can be converted into others."""
    return _size(unit) is not None or fold(unit) in UNITS or measures.measure(unit.casefold()) is not None


def converted(value: Fraction, unit: str | None, to: str | None) -> Fraction | None:
    """As `quantities.convert` (both folded), also between measures of one kind and the names of a currency."""
    found = convert(value, unit, to)
    if found is not None or unit is None or to is None:
        return found
    if unit in CENTS or to in CENTS:
        return _in_cents(value, unit, to)
    sizes = _size(unit), _size(to)
    if not (sizes[0] and sizes[1]):
        return measures.converted(value, unit, to)
    return value * sizes[0][1] / sizes[1][1] if sizes[0] and sizes[1] and sizes[0][0] == sizes[1][0] else None


CENTS = frozenset(("cent", "cents", "¢", "penny", "pennies", "pence", "p"))
_WHOLE = frozenset(("dollars", "euros", "pounds"))


def _in_cents(value: Fraction, unit: str, to: str) -> Fraction | None:
    if unit in CENTS and to in CENTS:
        return value
    whole = _size(unit if to in CENTS else to)
    return None if whole is None or whole[0] not in _WHOLE else value / 100 if unit in CENTS else value * 100


def factor(wanted: str, found: str, statement: str) -> Fraction | None:
    """What a value with the unit `found` must be multiplied by to have the unit `wanted`; None where nobody can tell.

    A unit that only the reply has says nothing new where the statement names it, or names no unit at all; a time can
    be said in several units, so that even then it must be named.
    """
    if not found or wanted == found:
        return Fraction(1)
    if wanted:
        same = converted(Fraction(1), fold(found), fold(wanted))
        return same if same is not None else converted(Fraction(1), found.casefold(), wanted.casefold())
    words = {_singular(word) for word in re.findall(r"[A-Za-z]+", statement[:20_000])}
    if set(map(_singular, re.findall(r"[a-z]+", found))) <= words:
        return Fraction(1)
    return None if fold(found) in UNITS or _MEASURED.search(statement[:20_000]) else Fraction(1)


def _counts(word: str) -> bool:
    """Whether a word may belong to a unit. `3\\mathrm{i}` and `2\\mathrm{AB}` are products."""
    known = len(word) > 2 or word in _ONE or (len(word) == 2 and not word.isupper())
    return known and word.lower() not in _CHANGING and not is_glued(word)


_CAPITALS = frozenset("NJWVAKCF")


def _symbol(latex: str, match: re.Match[str], words: list[str]) -> bool:
    """`10\\text{ N}`: one capital that is set apart from its number."""
    apart = (match["text"] or "").startswith(" ") or re.match(r"\\[,;: ]|~|\s", latex[match.start() :])
    return bool(apart) and bool(match["text"]) and len(words) == 1 and words[0] in _CAPITALS


def _singular(word: str) -> str:
    return word.casefold().removesuffix("s") if len(word) > 3 else word
