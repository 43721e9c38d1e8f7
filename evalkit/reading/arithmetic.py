r"""Closed formulas with their value, in plain text (see evalkit.reading.plain): `4√(2)`, `2π/3`, `3!`, `e^2`, `\ln 2`.

Digit groups may be written `12,345`, `12 345` (thin or fixed blank), `12'345`, `1.234.567`, `1.234,56`, `1,00,000`.
Logarithms are read, too (`\ln 2`, `\log_2 8`); one without a base only where it does not matter which
(`\log 8 / \log 2`). `value_at` raises `UnreadError` where a formula goes on with anything else (a letter, `\sin 2`).

Linear time: brackets are followed to a depth of `DEPTH`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction

from evalkit.reading.plain import JOINS_MIXED, REPEATS

DEPTH = 12
MOST_LOGS = 12
"""Logarithms of one formula: their fractions are long."""
MOST_BITS = 2_000
"""Bits of an exact power; what would be longer is not read."""
MOST_ATOMS = 200
"""Numbers of one formula; what is longer is not read from each of them again, which keeps the time linear."""
_GROUP = r"[,'\u2009\u202f\u00a0]"
_GROUPING = str.maketrans("", "", ",'\u2009\u202f\u00a0 ")
_LITERAL = re.compile(
    rf"""(?P<abroad>\d{{1,3}}(?:[ '\u2009\u202f\u00a0]\d{{3}}){{1,8}},\d{{1,2}}(?![\d,]))
    | (?P<groups>\d{{1,3}}(?:{_GROUP}\d{{3}}){{1,8}}(?!\d)(?:\.\d{{1,30}})?)
    | (?P<spaced>\d{{1,3}}(?:[ ]\d{{3}}){{1,8}}(?![\d/]|[ ]\d)(?:\.\d{{1,30}})?)
    | (?P<indian>\d{{1,2}}(?:,\d\d){{1,6}},\d{{3}}(?!\d)(?:\.\d{{1,30}})?)
    | (?P<dotted>\d{{1,3}}(?:\.\d{{3}}){{2,8}}(?!\d)(?:,\d{{1,30}})?|\d{{1,3}}(?:\.\d{{3}}){{1,8}},\d{{1,2}}(?!\d))
    | (?P<repeating>\d{{0,30}}\.\d{{0,30}}{REPEATS}\d{{1,9}}|\d{{1,30}}\.\(\d{{1,9}}\))
    | (?P<comma>\d{{1,30}},\d{{1,2}}(?![\d,]))
    | (?P<plain>\d{{1,40}}(?:\.\d{{1,40}})?|\.\d{{1,40}})""",
    re.VERBOSE,
)
_EXPONENT = re.compile(r"[eE][-+]?\d{1,3}(?!\w)")
_MIXED = re.compile(rf"(?:{JOINS_MIXED}|[ \u2009]{{1,3}}|-)(\d{{1,6}})/(\d{{1,6}})(?![\d/])")
LOG = r"(?:\\|(?<![\w\\]))(?:log|ln|lg)(?![^\W\d_])"
_LOG_OF = re.compile(rf"{LOG}(?:_\(?(?P<base>\d{{1,3}}|e)\)?)?[^\S\n]{{0,2}}(?=[\d√π(\\]|\.\d|e\b)")
_TIMES = re.compile(
    r"[^\S\n]{0,2}[×·*][^\S\n]{0,2}|\s[xX]\s(?=\d)|(?<=\d)[xX](?=\d)|\s(?=[√π])|\u2009?(?=[√π(])|(?<=\))(?=\d)"
    r"|\s?(?=\\(?:log|ln|lg)(?![^\W\d_]))"
)
_OVER = re.compile(rf"[^\S\n]{{0,2}}[/÷][^\S\n]{{0,2}}(?=[\d√π(]|\.\d|\|[-\d(]|{LOG})")
_PLUS = re.compile(rf"[^\S\n]{{0,2}}([-+])[^\S\n]{{0,2}}(?=[\d√π(]|\.\d|\|[-\d(]|{LOG})")
_CHOOSE = re.compile(r"C\(\s?(\d{1,4})\s?,\s?(\d{1,4})\s?\)")
_ENCLOSES: dict[str, tuple[str, str, Callable[[Fraction], int | Fraction]]] = {
    "⌊": ("⌊", "⌋", math.floor), "⌈": ("⌈", "⌉", math.ceil), "|": ("|", "|", abs),
}  # fmt: skip
_BARS = r"(?<![|\w])(?<!\|\n)\|(?=-?[\d.(√](?:[\d.()^√]|[^\S\n]?[-+*·×/][^\S\n]?(?=[\d.(√])){0,40}\|(?![\w-]))"
STARTS = rf"[⌊⌈]|(?<!\w)C\((?=\s?\d{{1,4}}\s?,\s?\d{{1,4}}\s?\))|{_BARS}"
"""Where a formula begins that begins with no number: `⌊`, `C(6, 2)`, the bars of `|-7 + 2|` (not those of a table)."""
MOST_CHOICES = 2000
_RANGE = re.compile(r"(\d{1,15})-(\d{1,15})")
_EQUALS = re.compile(r"\s?=")
_CLOSED = re.compile(r"\([^()]{1,60}\)")
_ENDS_SENTENCE = re.compile(r"\s*\Z|\s+[A-Z]|\n")
_POWER = re.compile(r"\s?\^\s?([-+]?)(?=[\d(.√π])")
_OPENS = re.compile(r"\(\s?([-+]?)\s?")
_CLOSES = re.compile(r"\s?\)")
_SIGN = re.compile(r"\s?(-?)\s?")
_INDEX = re.compile(r"\[(\d{1,2})\]")


_GOES_ON = re.compile(r"\s{0,2}[-+/÷×·*xX√π(\\^!]|(?<=\))\d")
"""Behind a number that may be but a part of a formula."""
_WHOLE = re.compile(rf"\d{{1,15}}(?![\d\u2009\u202f\u00a0eE]|[ .,'-][ \u2009]{{0,2}}(?:[\d(]|{REPEATS})|{JOINS_MIXED})")
"""A number of nothing but digits: no groups, decimals, exponent or fraction behind it."""


class UnreadError(Exception):
    """A formula that begins like a number and goes on with something else; `reached`: up to where it was followed."""

    def __init__(self, reached: int = 0) -> None:
        super().__init__()
        self.reached = reached


def value_at(text: str, start: int, *, turned: bool = False) -> tuple[Fraction, int]:
    """The formula at `start`. What depends on the base of a `\\log` without one is not read.

    turned: a minus stands before it, which is its first term's: for the text `3 + 5` the value is that of `3 - 5`, the
    negative of `-3 + 5`.
    """
    natural = _Formula(text, math.e)
    if text[start].isdecimal():  # most numbers stand alone, which is asked first: a formula takes several times as long
        value, end = natural.number(start)
        if not _GOES_ON.match(text, end):
            return value, end
    value, end = natural.whole(start, turned)
    if natural.has_log:
        decimal, _ = _Formula(text, 10.0).whole(start, turned)
        if abs(decimal - value) > abs(value) * Fraction(1, 10**12):
            raise UnreadError
    return value, end


class _Formula:
    """Recursive descent over plain text. Every method takes a place and gives (value, place behind)."""

    def __init__(self, text: str, base: float) -> None:
        self.text = text
        self.base = base
        """Of a `\\log` without one."""
        self.has_log = False
        self.logs = 0
        self.atoms = 0

    def whole(self, at: int, turned: bool) -> tuple[Fraction, int]:
        value, end = self.sum(at, 0, turned)
        ends = _RANGE.fullmatch(self.text, at, end)
        if ends and int(ends[1]) < int(ends[2]) and not _EQUALS.match(self.text, end):
            raise UnreadError  # `5-10` is a range as often as a difference
        return value, end

    def sum(self, at: int, depth: int, turned: bool) -> tuple[Fraction, int]:
        """turned: with every sign but the first as the other one, since the whole is taken with a minus."""
        value, at = self.product(at, depth)
        while match := _PLUS.match(self.text, at):
            term, end = self.product(match.end(), depth)
            value, at = (value - term if (match[1] == "-") != turned else value + term), end
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
            except UnreadError:
                if operator.group().strip():
                    raise
                return value, at
            if over and factor == 0:
                raise UnreadError
            value, at = _bounded(value / factor if over else value * factor), end

    def _closed(self, at: int) -> bool:
        return _CLOSED.match(self.text, at) is not None

    def power(self, at: int, depth: int) -> tuple[Fraction, int]:
        base, at = self.atom(at, depth)
        if self.text[at : at + 1] == "!" and (at + 1 >= len(self.text) or self.text[at + 1] not in "!="):
            ends_sentence = _ENDS_SENTENCE.match(self.text, at + 1) is not None
            if base.denominator == 1 and 0 <= base <= 170 and not (ends_sentence and self._in_prose(at)):
                base, at = Fraction(math.factorial(int(base))), at + 1
        match = _POWER.match(self.text, at)
        if not match:
            return base, at
        exponent, at = self.power(match.end(), depth + 1)
        return _power(base, -exponent if match[1] == "-" else exponent), at

    def _in_prose(self, at: int) -> bool:
        """`It is 5!` at the end of a sentence shouts; `5!` alone is a factorial."""
        return re.search(r"[^\W\d_]{2,}[^\n=]{0,60}\Z", self.text[max(0, at - 80) : at]) is not None

    def atom(self, at: int, depth: int) -> tuple[Fraction, int]:
        self.atoms += 1
        if self.atoms > MOST_ATOMS:
            raise UnreadError(at)
        if depth > DEPTH:
            raise UnreadError
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
        if char in "⌊⌈|C" and char:
            return self._enclosed(at, depth)
        if char == "(":
            sign = _OPENS.match(self.text, at)
            begins, negative = (sign.end(), sign[1] == "-") if sign else (at + 1, False)
            value, end = self.sum(begins, depth + 1, negative)
            close = _CLOSES.match(self.text, end)
            if not close:
                raise UnreadError
            return (-value if negative else value), close.end()
        return self.number(at)

    def _enclosed(self, at: int, depth: int) -> tuple[Fraction, int]:
        """`⌊4.7⌋`, `|-7|`, `C(6, 2)`."""
        choose = _CHOOSE.match(self.text, at)
        if choose:
            n, k = int(choose[1]), int(choose[2])
            if n > MOST_CHOICES:
                raise UnreadError
            return Fraction(math.comb(n, k)), choose.end()
        opening, closing, apply = _ENCLOSES.get(self.text[at], ("", "", abs))
        sign = _SIGN.match(self.text, at + 1)
        if not opening or not sign:
            raise UnreadError
        value, end = self.sum(sign.end(), depth + 1, bool(sign[1]))
        if not re.compile(rf"\s?{re.escape(closing)}").match(self.text, end):
            raise UnreadError
        return Fraction(apply(-value if sign[1] else value)), self.text.index(closing, end) + 1

    def _root(self, at: int, depth: int) -> tuple[Fraction, int]:
        index = _INDEX.match(self.text, at)
        degree = int(index[1]) if index else 2
        inside, end = self.atom(index.end() if index else at, depth + 1)
        if inside < 0 or degree == 0:
            raise UnreadError
        return _power(inside, Fraction(1, degree)), end

    def _logarithm(self, name: re.Match[str], depth: int) -> tuple[Fraction, int]:
        self.logs += 1
        if self.logs > MOST_LOGS:
            raise UnreadError
        inside, end = self.power(name.end(), depth + 1)
        if inside <= 0 or (self.text[end - 1].isdecimal() and self.text[end : end + 1] == "("):
            raise UnreadError  # `log2(8)`: of the base 2?
        if name["base"]:
            base = math.e if name["base"] == "e" else float(name["base"])
        elif name.group().strip().endswith("log"):
            base, self.has_log = self.base, True
        else:
            base = 10.0 if name.group().strip().endswith("lg") else math.e
        try:
            return Fraction(math.log(inside.numerator) - math.log(inside.denominator)) / Fraction(math.log(base)), end
        except (ValueError, ZeroDivisionError):
            raise UnreadError from None

    def number(self, at: int) -> tuple[Fraction, int]:
        whole = _WHOLE.match(self.text, at)
        if whole:
            return Fraction(int(whole.group())), whole.end()
        match = _LITERAL.match(self.text, at)
        if not match or self.text[match.end() : match.end() + 1].isdecimal():
            raise UnreadError
        digits = match.group()
        if match.lastgroup == "repeating":
            return _repeating(digits), match.end()
        if match.lastgroup in ("dotted", "comma", "abroad"):
            digits = digits.replace(".", "").replace(",", ".")
        digits = digits.translate(_GROUPING)
        # Reading a whole number as one takes a tenth of the time.
        value, end = Fraction(int(digits) if digits.isdecimal() else digits), match.end()
        exponent = _EXPONENT.match(self.text, end)
        if exponent:
            return _power(Fraction(10), Fraction(exponent.group()[1:])) * value, exponent.end()
        mixed = _MIXED.match(self.text, end) if value.denominator == 1 and "." not in digits else None
        if mixed and 0 < int(mixed[1]) < int(mixed[2]):
            return value + Fraction(int(mixed[1]), int(mixed[2])), mixed.end()
        return value, end


def _repeating(digits: str) -> Fraction:
    """`0.1` and the digits that repeat."""
    head, cycle = re.split(rf"[{REPEATS}(]", digits.rstrip(")"))
    whole, _, decimals = head.partition(".")
    value = int(whole + decimals or "0") + Fraction(int(cycle), 10 ** len(cycle) - 1)
    return Fraction(value, 10 ** len(decimals))


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if base == 0 and exponent <= 0:
        raise UnreadError
    if exponent.denominator == 1:
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(exponent) * size > MOST_BITS:
            raise UnreadError
        return Fraction(base ** int(exponent))
    if base < 0:
        raise UnreadError
    try:
        return Fraction(float(base) ** float(exponent))
    except (OverflowError, ValueError):
        raise UnreadError from None


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > 4 * MOST_BITS:
        raise UnreadError
    return value
