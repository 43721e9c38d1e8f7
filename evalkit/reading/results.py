r"""Numbers as a reply presents them: whole formulas with their value, in plain text (see evalkit.reading.plain).

Where `quantities.read` finds the single numbers of prose, `read` here takes the longest closed formula at each place:
`4√(2)`, `2π/3`, `3!`, `2^(10)`, `e^2`, `5 + 3`, `4 x 3`, `2 1/2`, `1.5 x 10^3`, `2.5 million`, `50k`. Digit groups may
be written `12,345`, `12 345` (thin or fixed blank), `12'345`, `1.234.567`, `1.234,56`, `1,00,000`; a dash right before
the digits is a minus. Logarithms are read, too (`\ln 2`, `\log_2 8`); one without a base only where it does not matter
which (`\log 8 / \log 2`). A formula with anything else in it (a letter, `\sin 2`, `10d`) has the value None: it is a
result, but none that can be compared.

`spoken` reads numbers in words, for texts without digits.

Not covered: numbers in words above ninety-nine, ranges (`5-10` has the value None), functions but logarithms, complex
numbers, equations to be solved, units of several words but `US dollars`.
Linear time: brackets are followed to a depth of `DEPTH`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from evalkit.reading.english import NUMBERS
from evalkit.reading.plain import ENUMERATOR, JOINS_MIXED
from evalkit.reading.quantities import CLOCK, FUNCTION_WORDS, MOST, UNITS, Quantity, continues, fold, summed

DEPTH = 12
MOST_LOGS = 12
"""Logarithms of one formula: their fractions are long."""
MOST_BITS = 2_000
"""Bits of an exact power; what would be longer is not read."""
SCALES = {
    "hundred": 2, "thousand": 3, "lakh": 5, "million": 6, "crore": 7, "billion": 9, "trillion": 12,
}  # fmt: skip
"""Powers of ten behind a number, by their word without a plural."""
_GROUP = r"[,'\u2009\u202f\u00a0]"
_LITERAL = re.compile(
    rf"""(?P<groups>\d{{1,3}}(?:{_GROUP}\d{{3}}){{1,8}}(?!\d)(?:\.\d{{1,30}})?)
    | (?P<spaced>\d{{1,3}}(?:[ ]\d{{3}}){{1,8}}(?![\d/]|[ ]\d)(?:\.\d{{1,30}})?)
    | (?P<indian>\d{{1,2}}(?:,\d\d){{1,6}},\d{{3}}(?!\d)(?:\.\d{{1,30}})?)
    | (?P<dotted>\d{{1,3}}(?:\.\d{{3}}){{2,8}}(?!\d)(?:,\d{{1,30}})?|\d{{1,3}}(?:\.\d{{3}}){{1,8}},\d{{1,2}}(?!\d))
    | (?P<comma>\d{{1,30}},\d{{1,2}}(?![\d,]))
    | (?P<plain>\d{{1,40}}(?:\.\d{{1,40}})?|\.\d{{1,40}})""",
    re.VERBOSE,
)
_EXPONENT = re.compile(r"[eE][-+]?\d{1,3}(?!\w)")
_MIXED = re.compile(rf"(?:{JOINS_MIXED}|[ \u2009-])(\d{{1,6}})/(\d{{1,6}})(?![\d/])")
_LOG = r"(?:\\|(?<![\w\\]))(?:log|ln|lg)(?![^\W\d_])"
_LOG_OF = re.compile(rf"{_LOG}(?:_\(?(?P<base>\d{{1,3}}|e)\)?)?[^\S\n]{{0,2}}(?=[\d√π(\\]|\.\d|e\b)")
_START = re.compile(rf"[\d√π(]|\.\d|(?<!\w)e\s?\^|(?P<log>{_LOG})")
_NAME_BEFORE = re.compile(r"(?:[\w.^]|[A-Za-z]-)\Z")
_FUNCTION_BEFORE = re.compile(r"(?:\\[A-Za-z]{1,20}|\b(?:ln|log|lg|exp|sin|cos|tan|sqrt|[Mm]od))(?:_\w{1,9})?[ ({]*\Z")
_OPERAND_BEFORE = re.compile(r"(?:[\w)\]%]\s?[×·*/^÷]|(?:\b[^\W\d_]|[)\]])\s?[-+]|±)\s?\Z")
_SIGN_BEFORE = re.compile(r"(?:(?<![\w)\]])|(?<=\s))([-–‒—+])\Z")
_MORE = re.compile(
    r"\s?(?:[×·*^÷√π_]|!(?=[\w(]))|\s?/(?!\s?[^\W\d_]{2})|\s?[-+]\s?(?:[^\W\d_](?![^\W\d_])|[\\(√π])|\\|\s?±"
)
_TIMES = re.compile(
    r"[^\S\n]{0,2}[×·*][^\S\n]{0,2}|\s[xX]\s(?=\d)|(?<=\d)[xX](?=\d)|\s(?=[√π])|\u2009?(?=[√π(])|(?<=\))(?=\d)"
    r"|\s?(?=\\(?:log|ln|lg)(?![^\W\d_]))"
)
_OVER = re.compile(rf"[^\S\n]{{0,2}}[/÷][^\S\n]{{0,2}}(?=[\d√π(]|\.\d|{_LOG})")
_PLUS = re.compile(rf"[^\S\n]{{0,2}}([-+])[^\S\n]{{0,2}}(?=[\d√π(]|\.\d|{_LOG})")
_RANGE = re.compile(r"(\d{1,15})-(\d{1,15})")
_UNIT = re.compile(
    r"(?P<gap>[^\S\n]{0,3}-?[^\S\n]?(?:(?:US|U\.S\.)[- ](?=[Dd]ollar))?)"
    r"(?P<unit>%|per\s?cent(?![^\W\d_])|°|[^\W\d_]{1,24}(?![^\W_]))"
)
_REST_OF_FORMULA = re.compile(r"(?:[^\S\n]?[-+*/·×^÷][^\S\n]?|[^\S\n])?(?:\\[A-Za-z]{1,20}|[\w.(){}^√π!]{1,60})")
_ORDINALS = frozenset(("st", "nd", "rd", "th"))
_LETTER_UNITS = frozenset("msghlkjwvacftMSGHLKJWVACFTN°£€")


class _UnreadError(Exception):
    """A formula that begins like a number and goes on with something else."""


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


def read(text: str, unit: str | None = None) -> list[Result]:
    """The results of plain text, in order, at most `MOST`. `unit` (folded): one more unit that may touch its number."""
    skipped = {match.end() - 1 for match in ENUMERATOR.finditer(text)}
    clocks = {at for match in CLOCK.finditer(text) for at in range(*match.span())}
    found: list[Result] = []
    for result in _formulas(text, unit, clocks):
        if result.value is not None and result.end in skipped:
            continue
        if found and (whole := _whole(text, found[-1], result) or _money(text, found[-1], result, unit)):
            found[-1] = whole
        else:
            found.append(result)
        if len(found) == MOST:
            break
    return found


_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORD_VALUES = {word: value for value, word in enumerate(NUMBERS)} | {word: 20 + 10 * i for i, word in enumerate(_TENS)}
_SPOKEN = re.compile(
    rf"(?<![\w-])(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(NUMBERS[1:10])}))?|{'|'.join(NUMBERS)})(?![\w-])",
    re.IGNORECASE,
)


_THERE_IS = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remains?) (?:only |just |exactly )?\Z", re.IGNORECASE
)
_OF_THE = re.compile(r"\bof (?:the|these|those|my|our|both) \Z", re.IGNORECASE)
_THERE_IS_NO = re.compile(
    r"\bthere (?:is|are|was|were|will be|would be|remain) (?P<no>no)\b"
    r"(?! (?:longer|more than|less than|fewer than|need|way"
    r"|doubt|information|data|indication|evidence|mention|such|solutions?|answers?|options?|values?|numbers?|one|enough"
    r"|image|picture|specific|clear|direct|given|visible)\b)",
    re.IGNORECASE,
)


def spoken(text: str) -> list[Result]:
    """Numbers in words from zero to ninety-nine. `one` counts only alone and behind `there is`, since it hardly ever is
    meant as a number, and so does `no` (`there are no books left`)."""
    found = []
    for match in _SPOKEN.finditer(text):
        value = sum(_WORD_VALUES[word] for word in re.split(r"[- ]", match.group().lower()))
        if _OF_THE.search(text, max(0, match.start() - 12), match.start()):
            continue  # `one of the two`
        counted = _THERE_IS.search(text, max(0, match.start() - 40), match.start())
        if value != 1 or text.strip(" .*_$").lower() == "one" or counted:
            found.append(Result(Fraction(value), None, *match.span()))
    nothing = _THERE_IS_NO.search(text) if not found else None
    if nothing:
        found = [Result(Fraction(0), None, *nothing.span("no"))]
    return found[:MOST]


def _formulas(text: str, unit: str | None, clocks: set[int]) -> Iterator[Result]:
    at = 0
    while match := _START.search(text, at):
        start = match.start()
        at = start + 1
        before = text[max(0, start - 40) : start]
        if start in clocks or (text[start] != "(" and _NAME_BEFORE.search(before)):
            at = _skip_digits(text, start)
            continue
        if text[start] == "(" and re.search(r"\w\Z", before):
            continue  # the argument of a function: its numbers are read one by one
        sign = _SIGN_BEFORE.search(before)
        first = start - 1 if sign else start
        try:
            value, end = _of_any_base(text, start)
        except _UnreadError:
            if text[start] == "(":
                continue
            at = _rest(text, match.end() if match["log"] else _skip_digits(text, start))
            if not match["log"] or re.search(r"\d", text[start:at]):
                yield Result(None, None, first, at)
            continue
        result = _with_unit(text, value, first, end, unit)
        at = max(end, start + 1)
        if result is None:
            continue
        lead = before[:-1] if sign else before
        if _FUNCTION_BEFORE.search(before) or _OPERAND_BEFORE.search(lead):
            result = Result(None, None, result.start, result.end)
        elif sign and sign[1] != "+" and result.value is not None:
            result = Result(-result.value, result.unit, result.start, result.end)
        if result.value is None:
            at = max(at, result.end)
        yield result


def _skip_digits(text: str, at: int) -> int:
    match = re.compile(r"[\d.,]*\d|.").match(text, at)
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


def _of_any_base(text: str, start: int) -> tuple[Fraction, int]:
    """The formula at `start`. What depends on the base of a `\\log` without one is not read."""
    natural = _Formula(text, math.e)
    value, end = natural.whole(start)
    if natural.has_log:
        decimal, _ = _Formula(text, 10.0).whole(start)
        if abs(decimal - value) > abs(value) * Fraction(1, 10**12):
            raise _UnreadError
    return value, end


class _Formula:
    """Recursive descent over plain text. Every method takes a place and gives (value, place behind)."""

    def __init__(self, text: str, base: float) -> None:
        self.text = text
        self.base = base
        """Of a `\\log` without one."""
        self.has_log = False
        self.logs = 0

    def whole(self, at: int) -> tuple[Fraction, int]:
        value, end = self.sum(at, 0)
        ends = _RANGE.fullmatch(self.text, at, end)
        if ends and int(ends[1]) < int(ends[2]) and not re.compile(r"\s?=").match(self.text, end):
            raise _UnreadError  # `5-10` is a range as often as a difference
        return value, end

    def sum(self, at: int, depth: int) -> tuple[Fraction, int]:
        value, at = self.product(at, depth)
        while match := _PLUS.match(self.text, at):
            term, end = self.product(match.end(), depth)
            value, at = (value + term if match[1] == "+" else value - term), end
        return value, at

    def product(self, at: int, depth: int) -> tuple[Fraction, int]:
        value, at = self.power(at, depth)
        while True:
            over = _OVER.match(self.text, at)
            times = None if over else _TIMES.match(self.text, at)
            operator = over or times
            if not operator:
                return value, at
            if times and times.group() == "" and self.text[times.end()] == "(" and not self._closed(times.end()):
                return value, at  # `5 (about half)`
            try:
                factor, end = self.power(operator.end(), depth)
            except _UnreadError:
                if operator.group().strip():
                    raise
                return value, at
            if over and factor == 0:
                raise _UnreadError
            value, at = _bounded(value / factor if over else value * factor), end

    def _closed(self, at: int) -> bool:
        return re.compile(r"\([^()]{1,60}\)").match(self.text, at) is not None

    def power(self, at: int, depth: int) -> tuple[Fraction, int]:
        base, at = self.atom(at, depth)
        if self.text[at : at + 1] == "!" and (at + 1 >= len(self.text) or self.text[at + 1] not in "!="):
            ends_sentence = re.compile(r"\s*\Z|\s+[A-Z]|\n").match(self.text, at + 1) is not None
            if base.denominator == 1 and 0 <= base <= 170 and not (ends_sentence and self._in_prose(at)):
                base, at = Fraction(math.factorial(int(base))), at + 1
        match = re.compile(r"\s?\^\s?([-+]?)(?=[\d(.√π])").match(self.text, at)
        if not match:
            return base, at
        exponent, at = self.power(match.end(), depth + 1)
        return _power(base, -exponent if match[1] == "-" else exponent), at

    def _in_prose(self, at: int) -> bool:
        """`It is 5!` at the end of a sentence shouts; `5!` alone is a factorial."""
        return re.search(r"[^\W\d_]{2,}[^\n=]{0,60}\Z", self.text[max(0, at - 80) : at]) is not None

    def atom(self, at: int, depth: int) -> tuple[Fraction, int]:
        if depth > DEPTH:
            raise _UnreadError
        char = self.text[at : at + 1]
        if char == "π":
            return Fraction(math.pi), at + 1
        if char == "e":
            return Fraction(math.e), at + 1
        if char == "√":
            return self._root(at + 1, depth)
        logarithm = _LOG_OF.match(self.text, at) if char in "\\l" else None
        if logarithm:
            return self._logarithm(logarithm, depth)
        if char == "(":
            sign = re.compile(r"\(\s?([-+]?)\s?").match(self.text, at)
            value, end = self.sum(sign.end() if sign else at + 1, depth + 1)
            close = re.compile(r"\s?\)").match(self.text, end)
            if not close:
                raise _UnreadError
            return (-value if sign and sign[1] == "-" else value), close.end()
        return self._number(at)

    def _root(self, at: int, depth: int) -> tuple[Fraction, int]:
        index = re.compile(r"\[(\d{1,2})\]").match(self.text, at)
        degree = int(index[1]) if index else 2
        inside, end = self.atom(index.end() if index else at, depth + 1)
        if inside < 0 or degree == 0:
            raise _UnreadError
        return _power(inside, Fraction(1, degree)), end

    def _logarithm(self, name: re.Match[str], depth: int) -> tuple[Fraction, int]:
        self.logs += 1
        if self.logs > MOST_LOGS:
            raise _UnreadError
        inside, end = self.power(name.end(), depth + 1)
        if inside <= 0 or (self.text[end - 1].isdecimal() and self.text[end : end + 1] == "("):
            raise _UnreadError  # `log2(8)`: of the base 2?
        if name["base"]:
            base = math.e if name["base"] == "e" else float(name["base"])
        elif name.group().strip().endswith("log"):
            base, self.has_log = self.base, True
        else:
            base = 10.0 if name.group().strip().endswith("lg") else math.e
        try:
            return Fraction(math.log(inside.numerator) - math.log(inside.denominator)) / Fraction(math.log(base)), end
        except (ValueError, ZeroDivisionError):
            raise _UnreadError from None

    def _number(self, at: int) -> tuple[Fraction, int]:
        match = _LITERAL.match(self.text, at)
        if not match or self.text[match.end() : match.end() + 1].isdecimal():
            raise _UnreadError
        digits = match.group()
        if match.lastgroup in ("dotted", "comma"):
            digits = digits.replace(".", "").replace(",", ".")
        value, end = Fraction(re.sub(r"[,'\u2009\u202f\u00a0 ]", "", digits)), match.end()
        exponent = _EXPONENT.match(self.text, end)
        if exponent:
            return _power(Fraction(10), Fraction(exponent.group()[1:])) * value, exponent.end()
        mixed = _MIXED.match(self.text, end) if value.denominator == 1 and "." not in digits else None
        if mixed and 0 < int(mixed[1]) < int(mixed[2]):
            return value + Fraction(int(mixed[1]), int(mixed[2])), mixed.end()
        return value, end


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent <= 0:
        raise _UnreadError
    if exponent.denominator == 1:
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(exponent) * size > MOST_BITS:
            raise _UnreadError
        return Fraction(base ** int(exponent))
    if base < 0:
        raise _UnreadError
    try:
        return Fraction(float(base) ** float(exponent))
    except (OverflowError, ValueError):
        raise _UnreadError from None


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 4 * MOST_BITS:
        raise _UnreadError
    return value


def _with_unit(text: str, value: Fraction, start: int, end: int, extra: str | None) -> Result | None:
    """The result with what it counts; None for a part of a name (`3rd`, `8b`)."""
    match = _UNIT.match(text, end)
    unit = fold(match["unit"]) if match else None
    known = unit in UNITS or (unit is not None and unit == extra)
    if match and not match["gap"] and not known and unit != "°":
        raw = match["unit"]
        if raw in ("k", "K"):
            return Result(value * 1000, None, start, match.end())
        if raw.lower() in _ORDINALS:
            return None
        if len(raw) == 1 or (match.end() < len(text) and text[match.end()] in "\\^_("):
            return Result(None, None, start, _rest(text, match.end()))
    if not match or unit is None:
        broken = _MORE.match(text, end) or re.compile(r"[^\W\d_]").match(text, end)
        return Result(None, None, start, _rest(text, end)) if broken else Result(value, None, start, end)
    if not known and unit in SCALES:
        scaled = value * 10 ** SCALES[unit]
        after = _with_unit(text, scaled, start, match.end(), extra)
        return after or Result(scaled, None, start, match.end())
    if known:
        return Result(value, unit, start, match.end())
    if unit in FUNCTION_WORDS:
        return Result(value, None, start, end)
    if len(match["unit"]) == 1 and match["unit"] not in _LETTER_UNITS:
        return Result(None, None, start, _rest(text, match.end()))
    return Result(value, unit, start, match.end())


def _whole(text: str, before: Result, after: Result) -> Result | None:
    """`5 min` and then `36 s`: one time."""
    if before.value is None or after.value is None or before.kind != "time" or after.kind != "time":
        return None
    first = Quantity(before.value, before.unit, before.start, before.end)
    second = Quantity(after.value, after.unit, after.start, after.end)
    if not continues(text, first, second):
        return None
    total = summed(first, second)
    return Result(total.value, total.unit, total.start, total.end)


WITH_CENTS = frozenset(("dollar", "euro", "pound", "buck"))
"""Money, folded, of which a hundredth has a name of its own."""
_CENTS = frozenset(("cent", "penny", "pennie", "pence"))


def _money(text: str, before: Result, after: Result, wanted: str | None) -> Result | None:
    """`1 dollar and 22 cents`: one amount, in the unit that is wanted."""
    if before.value is None or after.value is None or before.unit not in WITH_CENTS or after.unit not in _CENTS:
        return None
    between = text[before.end : after.start].strip()
    if between not in ("", ",", "and", ", and") or not 0 <= after.value < 100 or before.value.denominator != 1:
        return None
    in_cents = wanted in _CENTS
    value = before.value * 100 + after.value
    return Result(value if in_cents else value / 100, wanted if in_cents else before.unit, before.start, after.end)
