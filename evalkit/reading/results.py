r"""Numbers as a reply presents them: whole formulas with their value, in plain text (see evalkit.reading.plain).

Where `quantities.read` finds the single numbers of prose, `read` here takes the longest closed formula at each place:
`4√(2)`, `2π/3`, `3!`, `2^(10)`, `e^2`, `5 + 3`, `4 x 3`, `2 1/2`, `1.5 x 10^3`, `2.5 million`, `50k`, `2.3M`, `1:3`,
`1 in 6`. A dash right before the digits is a minus. A formula with anything else in it (a letter, `\sin 2`, `10d`)
has the value None: it is a result, but none that can be compared.

Which formulas there are is said in reading.arithmetic; numbers in words are read by reading.spoken. `5 ft 3 inches` and
`5m36s` are one amount; dates and readings in primes (`5'36"`) have the value None (reading.compounds).

Not covered: ranges (`5-10` has the value None), functions but logarithms, complex
numbers, equations to be solved, units of several words but `US dollars`.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from evalkit.reading import arithmetic, compounds
from evalkit.reading.maths import measures
from evalkit.reading.plain import ENUMERATOR, SAYS, line_starts, places
from evalkit.reading.quantities import CLOCK, FUNCTION_WORDS, MOST, UNITS, Quantity, continues, fold, summed

SCALES = {
    "dozen": 12, "hundred": 10**2, "thousand": 10**3, "lakh": 10**5, "million": 10**6, "crore": 10**7,
    "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
"""What a word behind a number multiplies it with, by the word without a plural."""
_START = re.compile(  # how any of them begins is asked first: most characters begin none
    rf"(?=[\d√π(.e\\l⌊⌈C|])(?:[\d√π(]|\.\d|(?<!\w)e\s?\^|(?P<log>{arithmetic.LOG})|{arithmetic.STARTS})"
)
_NAME_BEFORE = re.compile(r"(?:[.^第]|(?![\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])\w|[A-Za-z]-)\Z")
"""Scripts without gaps between words (`共84袋`) make no name of a number, but for a count of steps."""
_INDEX = re.compile(r"(?<=\w\[)\d{1,4}\]\s?[:=]")
"""`Out[3]: 79`."""
_WORD_BEFORE, _DIGITS, _LETTER = re.compile(r"\w\Z"), re.compile(r"[\d.,]*\d|."), re.compile(r"[^\W\d_]")
_PAIR_BEFORE, _PAIR = re.compile(r"\w\(\Z"), re.compile(r"\d{1,9},\s?\d{1,9}(?=\))")
_FUNCTION_BEFORE = re.compile(r"(?:\\[A-Za-z]{1,20}|\b(?:ln|log|lg|exp|sin|cos|tan|sqrt|[Mm]od))(?:_\w{1,9})?[ ({]*\Z")
_OPERAND_BEFORE = re.compile(
    r"(?:\b(?:half|third|quarter|quarters|thirds) of|\b(?:twice|double|triple|thrice)"
    r"|[\w)\]%]\s?[×·*/^÷]|(?:\b[^\W\d_]|[)\]])\s?[-+]|±)\s?\Z",
    re.IGNORECASE,
)
_SIGN_BEFORE = re.compile(
    r"(?:(?<![\w)\]])|(?<=\s))([-–‒—+])\Z"
    r"|(?:\A|[=:(≈{]|(?<!\S)\||\b(?:is|are|be|equals?|to|gets?|gives?|of))\s?([-–—+]|minus|negative)[ \u2009]\Z"
    r"|(?<=\s)(negative) \Z",
    re.IGNORECASE,
)
"""A sign, also apart from its number or in words where no operand stands before it (`- 7`, `is minus 7`)."""
NEAR = 17
"""Characters before a number that hold its sign or what it is an operand of: `equals negative `, `quarters of `."""
_MORE = re.compile(
    r"\s?(?:[×·*^÷√π_]|!(?=[\w(]))|\s?/(?!/|\s?[^\W\d_]{2})|\s?[-+]\s?(?:[^\W\d_](?![^\W\d_])|[\\(√π|])|\\|\s?±"
    r"|\s?[+×·÷]\s*\Z"
)
_UNIT = re.compile(
    r"(?P<gap>[^\S\n]{0,3}-?[^\S\n]?(?:(?:US|U\.S\.)[- ](?=[Dd]ollar))?)"
    r"(?P<unit>%|per\s?cent(?![^\W\d_])|°|[^\W\d_]{1,24}(?![^\W_]))"
)
_REST_OF_FORMULA = re.compile(r"(?:[^\S\n]?[-+*/·×^÷][^\S\n]?|[^\S\n])?(?:\\[A-Za-z]{1,20}|[\w.(){}^√π!]{1,60})")
_SHORT_SCALES = {"k": 10**3, "K": 10**3, "M": 10**6, "bn": 10**9, "Bn": 10**9, "B": 10**9}
"""That touch their number (`50k`, `2.3M`), or stand behind an amount of money (`$2.5 M`); `B` behind one alone."""
_CURRENCIES = ("$", "€", "£", "₹", "¥")
_MONEY = frozenset((*_CURRENCIES, "dollar", "euro", "pound", "usd", "eur", "gbp", "rupee", "yen"))
_ENDS_AMOUNT = re.compile(r"\s?(?:[.,;:!?)\]|=]|\Z)|\s(?P<word>[^\W\d_]+)")
_FACTOR = re.compile(r"\([^()\n]{1,60}\)\s?[/·×*^]")
_OPERATES = re.compile(
    r"\s?[<>][\s.]*\Z|\s(?:mod|modulo|squared|cubed)\b|:\d|(?:\s?%|\s?percent|\s?per cent) of (?:\d|[b-z]\b)",
    re.IGNORECASE,
)
"""Behind a number: it is but an operand (`9 mod 4`, `9:4`, `9% of 20`), or the text breaks off (`image 2>`)."""
_RATIO = re.compile(r"(?::|[ ]:[ ])(\d{1,9})(?![.,:]{0,2}\d|\s?[:%])")
"""Behind a whole number: `1:3`, where it is no time of day."""
_ONE_IN = re.compile(r"\s(?P<how>in|out of)\s(?P<whole>\d{1,9})(?=\W*\Z|\s(?:chance|probability)|[.,;)](?!\d))")
"""`1 in 6`, with nothing that it counts."""
_BEGINS = re.compile(r"(?:\A|[=:]|\b(?:is|equals))\W*\Z")
_CHANCE = re.compile(r"\b(?:chances?|probabilit(?:y|ies)|odds)\b", re.IGNORECASE)
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_LETTER_UNITS = frozenset("msghlkjwvacftMSGHLKJWVACFTNΩÅ°£€¥₹")


@dataclass(frozen=True, slots=True)
class Result:
    """A formula at `text[start:end]`, its unit included. value None: it could not be read."""

    value: Fraction | None
    unit: str | None
    start: int
    end: int

    @property
    def kind(self) -> str | None:
        return UNITS[self.unit][0] if self.unit in UNITS else None


def read(text: str, unit: str | None = None, *, inside: bool = False) -> list[Result]:
    """The results of plain text, in order, at most `MOST`. `unit` (folded): one more unit that may touch its number.

    inside: the text begins within a line, so `12. That is all` begins with a number, not with a list item.
    """
    begun = [at for at in line_starts(text) if at or not inside]
    skipped = {match.end() - 1 for at in begun if (match := ENUMERATOR.match(text, at))}
    timed = any(text[at - 1 : at].isdecimal() for at in places(text, ":"))  # told in a tenth of the time
    clocks = {at for match in CLOCK.finditer(text) for at in range(*match.span())} if timed else ()
    dates = {match.start(): match.end() for match in compounds.DATE.finditer(text)}
    found: list[Result] = []
    for result in _formulas(text, unit, clocks, dates):
        if result.value is not None and result.end in skipped:
            continue
        if found and (whole := _whole(text, found[-1], result) or _money(text, found[-1], result, unit)):
            found[-1] = whole
        else:
            found.append(result)
        if len(found) == MOST:
            break
    return found


def _formulas(text: str, unit: str | None, clocks: Container[int], dates: Mapping[int, int]) -> Iterator[Result]:
    at = 0
    while match := _START.search(text, at):
        start = match.start()
        at = start + 1
        if start in dates:
            yield Result(None, None, start, dates[start])
            at = dates[start]
            continue
        before = text[max(0, start - 40) : start]
        if start in clocks and (clock := _of_clock(text, start, unit)):
            yield clock
            at = clock.end
            continue
        last = before[-1:]
        named = text[start] not in "(|" and (last in ".^第-_[" or last.isalnum())  # else no search can find it
        named = named and bool(_NAME_BEFORE.search(before[-2:]) or _INDEX.match(text, start))
        if start in clocks or named:
            at = _skip_digits(text, start)
            continue
        if text[start] == "(" and _WORD_BEFORE.search(before[-1:]):
            continue  # the argument of a function: its numbers are read one by one
        if before.endswith("(") and _PAIR_BEFORE.search(before) and (pair := _PAIR.match(text, start)):
            yield Result(None, None, start, pair.end())  # `f(6,2)`: no decimal comma
            at = pair.end()
            continue
        sign = _SIGN_BEFORE.search(before, max(0, len(before) - NEAR)) if _may_be_signed(before) else None
        first = start - len(before) + sign.start(sign.lastindex or 0) if sign else start
        negative = sign is not None and sign[sign.lastindex or 0] != "+"
        try:
            value, end = _with_part(text, *arithmetic.value_at(text, start, turned=negative))
        except arithmetic.UnreadError as error:
            if text[start] == "(" and not _FACTOR.match(text, start) and not error.reached:
                continue
            at = _rest(text, max(error.reached, match.end() if match["log"] else _skip_digits(text, start)))
            if not match["log"] or re.search(r"\d", text[start:at]):
                yield Result(None, None, first, at)
            continue
        result = _with_unit(text, value, first, end, unit)
        at = max(end, start + 1)
        if result is None:
            continue
        lead = before[: sign.start(sign.lastindex or 0)] if sign else before
        if _is_argument(before) or _is_operand(lead):
            result = Result(None, None, result.start, result.end)
        elif negative and result.value is not None:
            result = Result(-result.value, result.unit, result.start, result.end)
        at = max(at, result.end)
        yield result


# Most numbers of prose have none of this before them, which the last characters tell in a tenth of the time.


def _may_be_signed(before: str) -> bool:
    last = before[-1:]
    return last in "-–‒—+" or (last in " \u2009" and before[-2:-1] in "-–—+sSſeE")


_FUNCTIONS = ("ln", "log", "lg", "exp", "sin", "cos", "tan", "sqrt", "mod", "Mod")


def _is_argument(before: str) -> bool:
    name = before.rstrip(" ({")
    return (name.endswith(_FUNCTIONS) or "\\" in name or "_" in name) and bool(_FUNCTION_BEFORE.search(before))


def _is_operand(before: str) -> bool:
    last = (before[:-1] if before[-1:].isspace() else before)[-1:]
    return last in "fFeE×·*/^÷-+±" and bool(_OPERAND_BEFORE.search(before, max(0, len(before) - NEAR)))


_LASTS = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?(?!\d)(?:[ ]?(?P<unit>h|hrs?|hours?|mins?|minutes?)(?!\w))?")
_HOURS = ("h", "hr", "hrs", "hour", "hours")


def _of_clock(text: str, start: int, unit: str | None) -> Result | None:
    """`1:30 hours`, or alone where hours are asked for, as a time; a clock reading alone as one that is not read; None
    for any other. `1:02:30` has hours, whatever is said of it: of minutes it is not read."""
    lasts = _LASTS.match(text, start)
    if lasts is None:
        return None
    alone = not (SAYS.search(text, 0, start) or SAYS.search(text, lasts.end()))
    named = fold(lasts["unit"]) if lasts["unit"] else None
    at_odds = max(int(lasts[2]), int(lasts[3] or 0)) >= 60 or (lasts[3] and named and named not in _HOURS)
    if at_odds and (named or alone):
        return Result(None, None, start, lasts.end())
    if named or (alone and unit in _HOURS):
        value = int(lasts[1]) + Fraction(int(lasts[2]), 60) + Fraction(int(lasts[3] or 0), 3600)
        return Result(value, named or "hours", start, lasts.end())
    return Result(None, None, start, lasts.end()) if alone else None


_AND_PART = re.compile(r"[^\S\n]+and\s+(?:an?|one)\s+(half|third|quarter)(?!\s+of)\b", re.IGNORECASE)


def _with_part(text: str, value: Fraction, end: int) -> tuple[Fraction, int]:
    """`2 and a half`."""
    part = _AND_PART.match(text, end) if value.denominator == 1 else None
    return (value + Fraction(1, {"h": 2, "t": 3, "q": 4}[part[1][0].lower()]), part.end()) if part else (value, end)


def _skip_digits(text: str, at: int) -> int:
    match = _DIGITS.match(text, at)
    return match.end() if match else at + 1


def _rest(text: str, at: int) -> int:
    """The end of the formula that could not be read."""
    for _ in range(20):
        match = _REST_OF_FORMULA.match(text, at)
        if not match or (
            match.group()[0].isspace() and len(match.group().strip()) > 1 and match.group().strip().isalpha()
        ):
            break
        at = match.end()
    return at


def _with_unit(text: str, value: Fraction, start: int, end: int, extra: str | None) -> Result | None:
    """The result with what it counts; None for a part of a name (`3rd`, `8b`)."""
    at = text[end : end + 2].lstrip()[:1]
    ratio = _RATIO.match(text, end) if at == ":" else None
    if ratio and value.denominator == 1 and int(ratio[1]):
        return Result(value / int(ratio[1]), None, start, ratio.end())
    share = _ONE_IN.match(text, end) if at in "io" and value == 1 else None
    if share:  # `only 1 out of 12` may be 1 as well
        told = _CHANCE.search(text) or (share["how"] == "in" and _BEGINS.search(text, 0, start))
        whole = int(share["whole"])
        return Result(1 / Fraction(whole) if told and whole else None, None, start, share.end())
    time = compounds.time_behind(text, value, end) if at in "hms" and at else None
    if time:
        return Result(time[0], time[1], start, time[2])
    primes = compounds.without_value(text, end) if at in "'’′°" and at else None
    if primes:
        return Result(None, None, start, primes)
    if at in "<>:%mMsSſcCpP" and _OPERATES.match(text, end):
        return Result(None, None, start, _rest(text, end))
    compound = measures.behind(text, end, extra)
    if compound:
        return Result(value, compound[0], start, compound[1])
    match = _UNIT.match(text, end)
    unit = fold(match["unit"]) if match else None
    known = unit in UNITS or (unit is not None and unit == extra)
    if match and not known and (scale := _short_scale(text, start, match, extra)):
        return Result(value * scale, None, start, match.end())
    if match and not match["gap"] and not known and unit != "°":
        raw = match["unit"]
        if raw[0] in _EAST_SCALES or raw[0] in _EAST_PARTS:
            return _eastern(text, value, start, match)
        if raw.lower() in _ORDINALS:  # `18th` alone answers which one
            alone = not SAYS.search(text, 0, start) and not SAYS.search(text, match.end())
            return Result(value, None, start, match.end()) if alone else None
        if _is_symbol(raw) or (match.end() < len(text) and text[match.end()] in "\\^_("):
            return Result(None, None, start, _rest(text, match.end()))
    if not match or unit is None:
        letter = _LETTER.match(text, end)
        east = letter is not None and (letter.group() in _EAST_PARTS or letter.group() in _EAST_SCALES)
        broken = east or _MORE.match(text, end) or (letter and _is_symbol(letter.group()))
        return Result(None, None, start, _rest(text, end)) if broken else Result(value, None, start, end)
    if not known and unit in SCALES:
        scaled = value * SCALES[unit]
        after = _with_unit(text, scaled, start, match.end(), extra)
        return after or Result(scaled, None, start, match.end())
    if known:
        return Result(value, unit, start, match.end())
    if unit in FUNCTION_WORDS:
        return Result(value, None, start, end)
    if _is_symbol(match["unit"]) and match["unit"] not in _LETTER_UNITS:
        return Result(None, None, start, _rest(text, match.end()))
    return Result(value, unit, start, match.end())


_EAST_SCALES = dict(
    zip("百千万萬亿億兆백천만억", (100, 1000, 10**4, 10**4, 10**8, 10**8, 10**12, 100, 1000, 10**4, 10**8), strict=True)
)
_EAST_PARTS = frozenset("成割半折分到至で年")
"""What makes another number of the one before it, a range, a date or a place (`3成`, `3到4天`, `ステップ5で84個`)."""
_MEASURES = re.compile(r"[千百]\s?(?:克|米|瓦|卡|赫|帕|升)")


def _eastern(text: str, value: Fraction, start: int, match: re.Match[str]) -> Result | None:
    """`3万个`, `3千克`; None for a value that is not read; a date, a place before another number is none."""
    raw, end = match["unit"], match.start("unit") + 1
    more = re.compile(r"\d").search(text, end) is not None
    if _MEASURES.match(raw) or (raw[0] in "分年で" and not more):
        return Result(value, raw, start, match.end())
    if raw[0] in _EAST_PARTS or raw[1:2] in _EAST_SCALES or text[end : end + 1].isdecimal():
        return Result(None, None, start, match.end())
    return Result(value * _EAST_SCALES[raw[0]], None, start, match.end())


def _is_symbol(raw: str) -> bool:
    """Whether what stands behind a number is one letter; in East Asian scripts it is a word."""
    return len(raw) == 1 and (raw.lower() != raw.upper() or raw < "\u1100")


def _short_scale(text: str, start: int, match: re.Match[str], extra: str | None) -> int | None:
    """What a letter behind the number multiplies it with; apart from it only where it ends an amount of money: in
    `$2.5 M`, not in `5 M&Ms`."""
    scale = _SHORT_SCALES.get(match["unit"])
    money = extra in _MONEY or text[max(0, start - 2) : start].strip().endswith(_CURRENCIES)
    if not match["gap"]:
        return scale if money or match["unit"] != "B" else None
    after = _ENDS_AMOUNT.match(text, match.end())
    ends = after is not None and (after["word"] is None or fold(after["word"]) in FUNCTION_WORDS | _MONEY)
    return scale if money and ends else None


def _whole(text: str, before: Result, after: Result) -> Result | None:
    """`5 min` and then `36 s`: one time; `5 ft 3 in`: one length."""
    if before.value is None or after.value is None:
        return None
    if before.kind != "time" or after.kind != "time":
        return _measure(text, before, after)
    first = Quantity(before.value, before.unit, before.start, before.end)
    second = Quantity(after.value, after.unit, after.start, after.end)
    if not continues(text, first, second):
        return None
    total = summed(first, second)
    return Result(total.value, total.unit, total.start, total.end)


def _measure(text: str, before: Result, after: Result) -> Result | None:
    """A whole number of a unit, and what is left in a smaller one that measures the same."""
    if before.unit is None or after.unit is None or before.value is None or after.value is None:
        return None
    if text[before.end : after.start].strip() not in ("", ",", "and") or before.value.denominator != 1:
        return None
    left = measures.converted(after.value, after.unit, before.unit)
    value = measures.converted(before.value, before.unit, after.unit)
    if left is None or value is None or not 0 <= left < 1 or before.value < 1 or before.unit == after.unit:
        return None
    if (measures.converted(Fraction(1), after.unit, before.unit) or 1) >= 1:
        return None
    return Result(value + after.value, after.unit, before.start, after.end)


WITH_CENTS = frozenset(("dollar", "euro", "pound", "buck"))
"""Money, folded, of which a hundredth has a name of its own."""
CENTS = frozenset(("cent", "penny", "pennie", "pence"))


def _money(text: str, before: Result, after: Result, wanted: str | None) -> Result | None:
    """`1 dollar and 22 cents`: one amount, in the unit that is wanted."""
    if before.value is None or after.value is None or before.unit not in WITH_CENTS or after.unit not in CENTS:
        return None
    between = text[before.end : after.start].strip()
    if between not in ("", ",", "and", ", and") or not 0 <= after.value < 100 or before.value.denominator != 1:
        return None
    in_cents = wanted in CENTS
    value = before.value * 100 + after.value
    return Result(value if in_cents else value / 100, wanted if in_cents else before.unit, before.start, after.end)
