r"""Tokens of a scalar formula -> a sympy expression. Written out by hand: no text is evaluated, no reader guesses.

Letters are symbols with their case, index, accent and prime (`s_i`, `\hat x`); `e` is Euler's number, `\pi` is pi.
`f(2x)` is one symbol where the letter is one of f, g, h, F, G, H, P, E, or where all that stands in the brackets is one
letter (`\sigma(z)`); `k(m+n)` is a product. `2\frac12` is a mixed number, `\frac12` two digits, `0.1\overline{6}` a
fraction. Decimals are Floats, so that a comparison can allow for rounding.

Read two ways where readers differ (see Way): `\log` without a base, and what follows a slash (`1/2x`, `\sin x/2`).

Refused (Unreadable): words and units, matrices in symbols (transposes, norms, bold letters, products of capital letters
unless they commute), limits, derivatives, dots, anything too large to be computed. Not covered: double factorials,
`\mod`, continued fractions, tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy  # type: ignore[import-untyped]

from evalkit.reading.maths.latex import closing, split
from evalkit.reading.maths.names import APPLIED, MATRICES, UNREAD, FinalError, Stream, Unreadable, matrices, name
from evalkit.reading.maths.spelling import FUNCTIONS

MAX_POWER, MAX_BITS, MAX_FACTORIAL, MAX_TERMS = 10_000, 100_000, 3000, 300


@dataclass(frozen=True, slots=True)
class Way:
    """How the ambiguous is read."""

    log_base: float | None = None
    """Of a `\\log` without a base; None = natural."""
    tight: bool = False
    """`1/2x` is 1/(2x) and `\\sin x/2` is sin(x/2); else x/2 and half of sin x."""
    imaginary: bool = False
    """The letter i is the imaginary unit."""
    commuting: bool = False
    """Capital letters are scalars."""


_FUNCTIONS = """
sin cos tan cot sec csc sinh cosh tanh coth sech csch asin acos atan acot asec acsc asinh acosh atanh acoth
asech acsch
"""
_TRIG = {name: getattr(sympy, name) for name in _FUNCTIONS.split()}
_OPERATORS = frozenset({"\\cdot", "\\times", "*", "/", "\\div"})
_STOPS = frozenset({"+", "-", ")", "]", "}", r"\}", r"\rfloor", r"\rceil", r"\rangle", ",", "=", "&"})


def letters(found: Sequence[str]) -> set[str]:
    """Names of the letters of a formula, indices included. Raises Unreadable."""
    return {str(symbol) for symbol in read(tuple(found), Way(commuting=True)).free_symbols}


def read(found: Sequence[str], way: Way) -> Any:
    """The expression. Raises Unreadable."""
    if matrices(found, commuting=way.commuting):
        raise FinalError(MATRICES)
    reader = _Reader(found, way)
    value = reader.sum()
    if reader.rest:
        raise Unreadable(UNREAD)
    if value.has(sympy.zoo, sympy.nan):
        raise FinalError("it has no finite value")
    return value


def power(base: Any, exponent: Any) -> Any:
    """Refuses what would fill the memory."""
    if exponent.is_Number and exponent.is_finite and abs(exponent) > MAX_POWER:
        raise FinalError("a number is too large")
    if base.is_Rational and exponent.is_Rational:
        bits = max(int(base.p).bit_length(), int(base.q).bit_length()) * abs(exponent)
        if bits > MAX_BITS:
            raise FinalError("a number is too large")
    return base**exponent


class _Reader(Stream):
    """Recursive descent: one method for each level of binding."""

    def __init__(self, rest: Sequence[str], way: Way) -> None:
        super().__init__(rest)
        self.way, self.bars = way, 0

    def inner(self, found: Sequence[str]) -> Any:
        return read(found, self.way)

    # ------------------------------------------------ sums and products

    def sum(self) -> Any:
        sign = self.sign()
        value = sign * self.product()
        while self.next() in ("+", "-"):
            sign = self.sign()
            value = value + sign * self.product()
        return value

    def sign(self) -> int:
        sign = 1
        while self.next() in ("+", "-"):
            sign *= -1 if self.take() == "-" else 1
        return sign

    def product(self) -> Any:
        value = self.factor()
        while self.rest and self.next() not in _STOPS and not (self.next() == "|" and self.bars):
            mark = self.take() if self.next() in _OPERATORS else ""
            divides = mark in ("/", "\\div")
            sign = self.sign() if mark else 1
            factor = self.factor()
            while divides and self.way.tight and self.begins_factor():
                factor = factor * self.factor()
            value = sign * (value / factor if divides else value * factor)
        return value

    def begins_factor(self) -> bool:
        token = self.next()
        return bool(token) and token not in _STOPS and token not in _OPERATORS and not (token == "|" and self.bars)

    def factor(self) -> Any:
        """An atom with its powers, factorials and percent signs."""
        whole = self.next().isdecimal()
        value = self.atom()
        while self.rest:
            if self.next() == "^":
                self.take()
                value = self.raised(value)
            elif self.next() == "!":
                value = self.factorial(value)
            elif self.accept("\\%"):
                value = value / 100
            elif whole and value.is_Integer and self.mixed():
                value = value + self.atom()
            else:
                break
            whole = False
        return value

    def raised(self, value: Any) -> Any:
        if self.next() == "-":  # `x^-1`
            self.take()
            return power(value, -self.inner(self.argument()))
        exponent = self.group() if self.next() == "(" else self.argument()
        if exponent in (["\\circ"], ["\\circ", "C"]):
            return value * sympy.pi / 180
        return power(value, self.inner(exponent))

    def factorial(self, value: Any) -> Any:
        self.take()
        if self.next() == "!" or (value.is_Number and not 0 <= value <= MAX_FACTORIAL):
            raise FinalError("a tower of powers or factorials")
        return sympy.factorial(value)

    def mixed(self) -> bool:
        """Whether a fraction of two numerals follows: `2\\frac12`."""
        if self.next() != "\\frac":
            return False
        ahead = _Reader(self.rest[1:], self.way)
        parts = [ahead.argument(digit=True), ahead.argument(digit=True)]
        return all(len(part) == 1 and part[0].isdecimal() for part in parts)

    # ------------------------------------------------ atoms

    def atom(self) -> Any:
        token = self.next()
        if token[:1].isdecimal():
            return self.numeral()
        if token in ("(", "[", "{"):
            return self.bracket()
        if self.begins_identifier():
            return self.letter()
        self.take()
        special: dict[str, Callable[[], Any]] = {
            "\\frac": lambda: self.inner(self.argument(digit=True)) / self.inner(self.argument(digit=True)),
            "\\sqrt": self.root, "\\binom": self.binomial, "|": self.absolute, "\\pi": lambda: sympy.pi,
            "\\infty": lambda: sympy.oo, "e": lambda: sympy.E, "\\sum": lambda: self.series(sympy.Sum),
            "\\prod": lambda: self.series(sympy.Product), "\\int": self.integral,
            "\\abs": lambda: sympy.Abs(self.inner(self.group())), "\\root": self.typed_root,
            "\\cbrt": lambda: power(self.inner(self.group()), sympy.Rational(1, 3)),
        }  # fmt: skip
        if token in special:
            return special[token]()
        if token in (r"\lfloor", r"\lceil"):
            self.rest.insert(0, token)
            return (sympy.floor if token == r"\lfloor" else sympy.ceiling)(self.inner(self.group()))
        if token[:1] == "\\" and token[1:] in FUNCTIONS:
            return self.function(token[1:])
        if token.startswith('"'):
            raise FinalError(f"holds words or a unit: {token[1:]!r}")
        raise Unreadable(UNREAD)

    def numeral(self) -> Any:
        text = self.take()
        if len(text) > 40:
            raise FinalError("a number is too large")
        ahead = 1 if self.next() == "." else 0
        if self.rest[ahead : ahead + 1] in (["\\overline"], ["\\bar"], ["\\dot"]):
            del self.rest[: ahead + 1]
            return self.repeating(text, "".join(self.argument()))
        if self.next() == "_":
            raise Unreadable("a numeral with a base inside a formula")
        return sympy.Float(text, 30) if "." in text else sympy.Integer(text)

    def repeating(self, text: str, period: str) -> Any:
        if not period.isdecimal() or len(period) > 20:
            raise Unreadable(UNREAD)
        digits = len(text.partition(".")[2])
        return sympy.Rational(text) + sympy.Rational(int(period), (10 ** len(period) - 1) * 10**digits)

    def bracket(self) -> Any:
        inside = self.group()
        parts, marks = split(inside, frozenset({"\\choose", ","}))
        if marks == ["\\choose"]:
            return sympy.binomial(*(self.inner(part) for part in parts))
        if marks:
            raise Unreadable("a list inside a formula")
        return self.inner(inside)

    def root(self) -> Any:
        index = self.inner(self.group()) if self.next() == "[" else sympy.Integer(2)
        return power(self.inner(self.group() if self.next() == "(" else self.argument()), 1 / index)

    def typed_root(self) -> Any:
        """`root(3, x)` and `root(x, 3)`: the index is the whole number."""
        parts = split(self.group(), frozenset({","}))[0]
        index = [part for part in parts if len(part) == 1 and part[0].isdecimal()]
        if len(parts) != 2 or len(index) != 1:
            raise Unreadable(UNREAD)
        radicand = parts[1] if parts[0] is index[0] else parts[0]
        return power(self.inner(radicand), 1 / self.inner(index[0]))

    def binomial(self) -> Any:
        over, under = self.inner(self.argument(digit=True)), self.inner(self.argument(digit=True))
        if over.is_Number and under.is_Number and (abs(over) > 1000 or abs(under) > 1000):
            raise FinalError("a number is too large")
        return sympy.binomial(over, under)

    def absolute(self) -> Any:
        self.bars += 1
        value = self.sum()
        self.bars -= 1
        if not self.accept("|"):
            raise Unreadable(UNREAD)
        return sympy.Abs(value)

    # ------------------------------------------------ letters

    def letter(self) -> Any:
        token = self.next()
        text = self.identifier()
        if text == "i" and self.way.imaginary:
            return sympy.I
        if text == "C" and self.next() == "(" and (chosen := self.chosen()) is not None:
            return chosen
        if self.next() == "(" and (token in APPLIED or self.one_letter()):
            text += "(" + " ".join(self.group()) + ")"
        return sympy.Symbol(text)

    def chosen(self) -> Any:
        """`(10, 3)` behind a C; None for anything else."""
        inside = self.rest[1 : max(closing(self.rest, 0), 1)]
        if len(inside) != 3 or inside[1] != "," or not (inside[0] + inside[2]).isdecimal():
            return None
        self.group()
        return sympy.binomial(*(self.inner([part]) for part in (inside[0][:4], inside[2][:4])))

    def one_letter(self) -> bool:
        """Whether the brackets that open here hold a letter and nothing else, or a list."""
        end = closing(self.rest, 0)
        inside = self.rest[1:end] if end > 0 else []
        return "," in inside or name(inside) is not None

    # ------------------------------------------------ functions

    def function(self, text: str) -> Any:
        base = exponent = None
        while self.next() in ("_", "^"):
            if self.take() == "_":
                base = self.inner(self.argument())
            else:
                minus = self.accept("-")
                exponent = self.inner(self.argument()) * (-1 if minus else 1)
        if text in ("min", "max", "gcd", "lcm"):
            return self.of_several(text)
        if text in ("lim", "det"):
            raise Unreadable(UNREAD)
        value = self.applied(text, base, self.function_argument(), inverse=exponent == -1)
        return value if exponent is None or (exponent == -1 and text in _TRIG) else power(value, exponent)

    def applied(self, text: str, base: Any, argument: Any, *, inverse: bool) -> Any:
        if text in ("log", "ln", "lg"):
            usual = self.way.log_base if text == "log" else None
            base = base if base is not None else sympy.Integer(10) if text == "lg" else usual
            return sympy.log(argument) if base is None else sympy.log(argument) / sympy.log(base)
        text = next(
            (f"a{rest}" for ar in ("arc", "ar") if (rest := text.removeprefix(ar)) != text and rest in _TRIG), text
        )
        if inverse and "a" + text in _TRIG:
            text = "a" + text
        others = {"exp": sympy.exp, "floor": sympy.floor, "ceil": sympy.ceiling, "sgn": sympy.sign}
        others["cis"] = lambda angle: sympy.cos(angle) + sympy.I * sympy.sin(angle)
        if base is not None or text not in (_TRIG | others):
            raise Unreadable(UNREAD)
        return (_TRIG | others)[text](argument)

    def function_argument(self) -> Any:
        if self.next() in ("(", "[", "{"):
            inside = self.group()
            return self.inner(inside)
        value = self.sign() * self.factor()
        while self.begins_factor() and self.next() not in ("(", "[") and self.next().lstrip("\\") not in FUNCTIONS:
            value = value * self.factor()
        if self.way.tight and self.accept("/"):
            value = value / self.factor()
        return value

    def of_several(self, text: str) -> Any:
        if self.next() not in ("(", "{", r"\{", "["):
            raise Unreadable(UNREAD)
        inside = self.group()
        if inside[:1] == [r"\{"] and inside[-1:] == [r"\}"]:
            inside = inside[1:-1]
        values = [self.inner(part) for part in split(inside, frozenset({","}))[0]]
        function = {"min": sympy.Min, "max": sympy.Max, "gcd": sympy.gcd, "lcm": sympy.lcm}[text]
        return function(*values) if text in ("min", "max") else function(values)

    # ------------------------------------------------ sums, products, integrals

    def bounds(self) -> tuple[list[str], list[str]]:
        found: dict[str, list[str]] = {}
        while self.next() in ("_", "^"):
            mark = self.take()
            found[mark] = self.argument()
        if set(found) != {"_", "^"}:
            raise Unreadable("a sum or integral without bounds")
        return found["_"], found["^"]

    def series(self, kind: Any) -> Any:
        below, above = self.bounds()
        parts, marks = split(below, frozenset({"="}))
        index = name(parts[0]) if marks == ["="] else None
        if index is None:
            raise Unreadable(UNREAD)
        # `x_i` would be one symbol, whatever i is: the sum would be n times it.
        if any(token == "_" and index in "".join(self.rest[at : at + 4]) for at, token in enumerate(self.rest)):
            raise Unreadable("a sum over indices")
        low, high = self.inner(parts[1]), self.inner(above)
        if low.is_Number and high.is_Number and high.is_finite and abs(high - low) > MAX_TERMS:
            raise FinalError("a number is too large")
        term = _Reader(self.rest, Way(self.way.log_base, self.way.tight, False, self.way.commuting))
        value = term.product()
        self.rest = term.rest
        return kind(value, (sympy.Symbol(index), low, high))

    def integral(self) -> Any:
        low, high = (self.inner(part) for part in self.bounds())
        at = max((i for i, token in enumerate(self.rest[:-1]) if token == "d"), default=-1)
        variable = _Reader(self.rest[at + 1 :], self.way)
        if at < 0 or not variable.begins_identifier():
            raise Unreadable(UNREAD)
        symbol = sympy.Symbol(variable.identifier())
        inside = self.inner(self.rest[:at]) if at else sympy.Integer(1)
        self.rest = variable.rest
        return sympy.Integral(inside, (symbol, low, high))
