r"""Formulas over the drawn numbers of a problem: `a*n^2 - 1`, `\frac{a}{n}`, `gcd(a, n) = 1`.

They are read by the grammar of derivations and computed here, exactly as long as the numbers are rational; nothing is
ever run as code. Names may be words (`rows`). Functions: FUNCTIONS, also written `\gcd`, `\operatorname{gcd}`;
`n!`, `\binom{n}{k}`, `|a|`, `\sum_{k=1}^{n} k^2`; the constants `\pi` (or `pi`) and `e`, unless a drawn number has
that name.

Not covered: vectors, matrices (write their entries), complex numbers, text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from evalkit.derivation.grammar.lexer import tokenize
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, Unreadable
from evalkit.derivation.grammar.parser import parse
from evalkit.derivation.grammar.stream import NoNames
from evalkit.specs.toml import suggestion

Number = Fraction | float
"""Exact, or the nearest float where a root, a logarithm or a constant came in."""
MAX_LENGTH = 500
MAX_BITS = 2_000
MAX_STEPS = 20_000
"""Operations of one formula: sums and products run over as many terms."""
MAX_WRITTEN = 2.0**53
"""The grammar reads numerals as floats; a longer whole number would lose digits."""


class FormulaError(Exception):
    """A formula that cannot be read or computed; the message says why."""


def _whole(value: Number) -> int:
    if not isinstance(value, Fraction) or value.denominator != 1:
        raise FormulaError(f"{shown(value)} is no whole number")
    return value.numerator


def _root(value: Number) -> Number:
    if value < 0:
        raise FormulaError(f"the root of {shown(value)} is not real")
    if isinstance(value, Fraction):
        top, bottom = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if top * top == value.numerator and bottom * bottom == value.denominator:
            return Fraction(top, bottom)
    return math.sqrt(value)


def _rounded(value: Number, places: Number = Fraction(0)) -> Fraction:
    """As people round: a half goes away from 0."""
    scale = Fraction(10) ** min(max(_whole(places), -30), 30)
    up = Fraction(value) * scale
    return Fraction(math.floor(abs(up) + Fraction(1, 2))) * (1 if up >= 0 else -1) / scale


def _modulo(value: Number, by: Number) -> Number:
    if by == 0:
        raise FormulaError("a remainder by 0")
    return value % by


def _choose(n: Number, k: Number) -> Fraction:
    top, bottom = _whole(n), _whole(k)
    if not 0 <= bottom <= top <= MAX_BITS:
        raise FormulaError(f"{top} choose {bottom} is not computed")
    return Fraction(math.comb(top, bottom))


def _lcm(*values: Number) -> Fraction:
    return Fraction(math.lcm(*map(_whole, values)))


_FUNCTIONS: Mapping[str, tuple[int, int, Callable[..., Number]]] = {
    "abs": (1, 1, abs), "sqrt": (1, 1, _root), "exp": (1, 1, math.exp), "log": (1, 1, math.log), "ln": (1, 1, math.log),
    "sin": (1, 1, math.sin), "cos": (1, 1, math.cos), "tan": (1, 1, math.tan),
    "floor": (1, 1, lambda x: Fraction(math.floor(x))), "ceil": (1, 1, lambda x: Fraction(math.ceil(x))),
    "round": (1, 2, _rounded), "max": (1, 20, max), "min": (1, 20, min), "mod": (2, 2, _modulo),
    "gcd": (1, 20, lambda *xs: Fraction(math.gcd(*map(_whole, xs)))), "lcm": (1, 20, _lcm),
    "binom": (2, 2, _choose),
}  # fmt: skip
"""Name -> the fewest and the most arguments, and what computes it."""
FUNCTIONS = frozenset(_FUNCTIONS)
_CONSTANTS = {"\\pi": math.pi, "e": math.e}
_NEVER = re.compile(r"[%&$#~\"';:?@`]|\\\\|//|\*\*")
r"""A `%` begins a comment in LaTeX: the rest would be left out without a word."""
_WORD = re.compile(r"\\operatorname\*?\s*\{(\w+)\}|\\(gcd|lcm|min|max)(?![A-Za-z])|(?<![\\A-Za-z_])([A-Za-z]\w*)")
_BARE_POWER = re.compile(r"\^\s*([-+]?\s*(?:\d+(?:\.\d+)?|[A-Za-z]\w*))")
_TOWER = re.compile(r"\^\{[^{}]*\}\s*\^")
_RELATION = re.compile(r"(<=|>=|!=|==|=|<|>|\\(?:leqslant|geqslant|leq?|geq?|neq?|lt|gt)(?![A-Za-z]))")
_SAME_AS = {
    "==": "=", "\\le": "<=", "\\leq": "<=", "\\leqslant": "<=", "\\ge": ">=", "\\geq": ">=", "\\geqslant": ">=",
    "\\ne": "!=", "\\neq": "!=", "\\lt": "<", "\\gt": ">",
}  # fmt: skip
_HOLDS: Mapping[str, Callable[[Number, Number], bool]] = {
    "=": lambda a, b: _alike(a, b), "!=": lambda a, b: not _alike(a, b),
    "<": lambda a, b: a < b and not _alike(a, b), ">": lambda a, b: a > b and not _alike(a, b),
    "<=": lambda a, b: a <= b or _alike(a, b), ">=": lambda a, b: a >= b or _alike(a, b),
}  # fmt: skip


def _alike(one: Number, two: Number) -> bool:
    return one == two or (not (isinstance(one, Fraction) and isinstance(two, Fraction)) and math.isclose(one, two))


@dataclass(frozen=True)
class Formula:
    """A formula, read once."""

    node: Node
    names: Mapping[str, str]
    """Name in the tree -> name of the drawn number."""

    def value(self, numbers: Mapping[str, Number]) -> Number:
        """numbers: by name. Raises FormulaError."""
        given = {inner: numbers[name] for inner, name in self.names.items()}
        try:
            found = _Reckoner(given).value(self.node)
            finite = math.isfinite(found)
        except (ValueError, OverflowError, ZeroDivisionError, TypeError, RecursionError) as error:
            raise FormulaError(str(error) or type(error).__name__) from None
        if not finite:
            raise FormulaError("its value is not finite")
        return found


@dataclass(frozen=True)
class Condition:
    """`0 < a < n`: sides, and how each follows the one before."""

    sides: tuple[Formula, ...]
    relations: tuple[str, ...]

    def holds(self, numbers: Mapping[str, Number]) -> bool:
        """Raises FormulaError."""
        values = [side.value(numbers) for side in self.sides]
        return all(_HOLDS[how](a, b) for how, (a, b) in zip(self.relations, pairwise(values), strict=True))


def formula(text: str, known: Sequence[str]) -> Formula:
    """Read a formula over these names. Raises FormulaError."""
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"longer than {MAX_LENGTH} characters")
    odd = _NEVER.search(text)
    if odd:
        raise FormulaError(f"{odd[0]!r} is not understood; write * and / and ^, and mod(a, b) for a remainder")
    names: dict[str, str] = {}
    bound = frozenset(re.findall(r"\\(?:sum|prod)_\{?\s*([A-Za-z])\s*=", text))
    braced = _BARE_POWER.sub(r"^{\1}", text)
    if _TOWER.search(braced):
        raise FormulaError("a^b^c may be read in two ways: write a^{b^c} or (a^b)^c")
    written = _WORD.sub(lambda word: _named(word, known, names, bound), braced)
    try:
        node = parse(tokenize(written, 0, len(written)), NoNames())
    except (Unreadable, RecursionError) as error:
        raise FormulaError(f"cannot be read: {error}") from None
    return Formula(node, names)


def condition(text: str, known: Sequence[str]) -> Condition:
    """Read a condition over these names. Raises FormulaError."""
    parts = _RELATION.split(text)
    if len(parts) < 3:
        raise FormulaError("a condition compares: a < n, gcd(a, n) = 1, a != b")
    sides = tuple(formula(part, known) for part in parts[::2])
    return Condition(sides, tuple(_SAME_AS.get(how, how) for how in parts[1::2]))


def _named(word: re.Match[str], known: Sequence[str], names: dict[str, str], bound: frozenset[str]) -> str:
    """A name as the grammar reads it as one name; a function as one function."""
    name = word[1] or word[2] or word[3]
    if name in known:
        inner = f"v_{{{[*known].index(name) + 1}}}"
        names[inner.replace("{", "").replace("}", "")] = name
        # `W^{(1)}` is a label to the grammar, so that no parenthesis may begin a group.
        return inner if word.string[: word.start()].rstrip().endswith("{") else f"({inner})"
    if name in FUNCTIONS:
        return f"\\operatorname{{{name}}}"
    if name == "pi":
        return "\\pi "
    if name == "e" or name in bound:
        return name
    raise FormulaError(f"unknown name {name!r}{suggestion(name, [*known, *FUNCTIONS])}")


class _Reckoner:
    """Computes one tree; every step is counted."""

    def __init__(self, given: Mapping[str, Number]) -> None:
        self.given = dict(given)
        self.steps = 0

    def value(self, node: Node) -> Number:
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise FormulaError(f"it needs more than {MAX_STEPS} steps")
        match node:
            case Num(number):
                if abs(number) >= MAX_WRITTEN:
                    raise FormulaError(f"the number {number:g} is too long")
                return Fraction(repr(float(number)))
            case Sym(name) | Sub(_, name, _) if name in self.given:
                return self.given[name]
            case Sym(name) if name in _CONSTANTS:
                return _CONSTANTS[name]
            case Un("-", x):
                return -self.value(x)
            case Un("!", x):
                return self.factorial(x)
            case Bin(op, left, right):
                return _bounded(self.joined(op, self.value(left), self.value(right)))
            case Call(name, (arg,)) if name in self.given:  # `{a(n + 1)}`
                return _bounded(self.given[name] * self.value(arg))
            case Call(name, args) if name in _FUNCTIONS:
                return _bounded(self.called(name, args))
            case Big(kind, body, (index,), low, high, False) if kind in ("sum", "prod") and low and high:
                return self.over(kind, body, index, (low, high))
        raise FormulaError("only numbers can be computed: +, -, *, /, ^, !, \\frac, \\sqrt, functions")

    def joined(self, op: str, left: Number, right: Number) -> Number:
        if op == "+":
            return left + right
        if op == "-":
            return left - right
        if op in ("*", "dot", "cross"):
            return left * right
        if op == "/":
            if right == 0:
                raise FormulaError("a division by 0")
            return left / right
        if op == "^":
            return self.power(left, right)
        raise FormulaError(f"{op!r} is not computed")

    def power(self, base: Number, exponent: Number) -> Number:
        if exponent == Fraction(1, 2):
            return _root(base)
        if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
            size = max(base.numerator.bit_length(), base.denominator.bit_length()) * abs(exponent.numerator)
            if size > MAX_BITS:
                raise FormulaError("a power that is too large")
            if base == 0 and exponent < 0:
                raise FormulaError("a division by 0")
            return base**exponent.numerator
        if base < 0:
            raise FormulaError(f"{shown(base)} to the power {shown(exponent)} is not real")
        return math.pow(base, exponent)

    def factorial(self, node: Node) -> Number:
        number = _whole(self.value(node))
        if not 0 <= number <= 170:
            raise FormulaError(f"{number}! is not computed; at most 170!")
        return Fraction(math.factorial(number))

    def called(self, name: str, args: tuple[Node, ...]) -> Number:
        least, most, function = _FUNCTIONS[name]
        if len(args) == 1 and isinstance(args[0], Call) and args[0].name == "tuple":
            args = args[0].args
        if not least <= len(args) <= most:
            wanted = f"{least}" if least == most else f"{least} to {most}"
            raise FormulaError(f"{name} takes {wanted} arguments, found {len(args)}")
        found: Number = function(*(self.value(arg) for arg in args))
        return found

    def over(self, kind: str, body: Node, index: str, ends: tuple[Node, Node]) -> Number:
        low, high = (_whole(self.value(end)) for end in ends)
        found: Number = Fraction(0 if kind == "sum" else 1)
        before = self.given.get(index)
        for number in range(low, high + 1):
            self.given[index] = Fraction(number)
            term = self.value(body)
            found = _bounded(found + term if kind == "sum" else found * term)
        if before is None:
            self.given.pop(index, None)
        else:
            self.given[index] = before
        return found


def _bounded(value: Number) -> Number:
    if isinstance(value, Fraction) and max(value.numerator.bit_length(), value.denominator.bit_length()) > 2 * MAX_BITS:
        raise FormulaError("a number that is too long")
    if isinstance(value, int):  # of math.floor, abs
        return Fraction(value)
    if isinstance(value, complex):
        raise FormulaError("its value is not real")
    return value


def shown(value: Number) -> str:
    """As it stands in a text: `-5`, `5/3`, `1.41421356237` (12 digits)."""
    if isinstance(value, Fraction):
        return str(value.numerator) if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
    return f"{value:.12g}"
