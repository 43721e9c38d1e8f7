r"""What a formula can be at all: `\|v\|^2 + 1 > 0`, `v^\top X^\top X v \ge 0`, `X^\top X + \lambda I \succ 0`, by the way it is made.

Bounds of numbers follow from those of their parts; a product that reads the same from behind, `M^\top A M`, is as definite as
its middle. This proves, for all values of all letters; what it cannot show may hold nevertheless.
Not covered: bounds by two parts that have a letter in common (`x(1 - x) \le 1/4`), conditions.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un, is_zero, substitute_index, walk
from evalkit.derivation.worlds.entries import PLACE
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, Entry, Family
from evalkit.derivation.worlds.values import Local, Trouble, number

DEPTH = 24
"""Of formulas inside formulas, meanings included."""
SYMMETRIC = frozenset({"symmetric", "psd", "pd", "diagonal"})
DEFINITE, SEMIDEFINITE = 2, 1
_NORMS = frozenset({"norm", "norm_F", "norm_1", "norm_2", "norm_nuc", "norm_inf", "abs", "relu", "cosh"})
_RISING = {"exp": math.exp, "sqrt": math.sqrt, "log": math.log, "tanh": math.tanh}


class Bounds(NamedTuple):
    """Between which numbers every entry of a value lies, and whether it can be these themselves."""

    low: float
    high: float
    low_in: bool = False
    high_in: bool = False

    def turned(self) -> Bounds:
        return Bounds(-self.high, -self.low, self.high_in, self.low_in)

    @property
    def nonnegative(self) -> bool:
        return self.low >= 0

    @property
    def positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and not self.low_in)


ANY, POSITIVE, NONNEGATIVE = Bounds(-math.inf, math.inf), Bounds(0.0, math.inf), Bounds(0.0, math.inf, True)
_KINDS = {
    "positive": POSITIVE, "small": Bounds(0.0, 0.01, False, True), "nonnegative": NONNEGATIVE,
    "probability": Bounds(0.0, 1.0, False, True), "onehot": Bounds(0.0, 1.0, True, True), "unit": Bounds(-1.0, 1.0, True, True),
}  # fmt: skip


class Prover:
    """Proves inequalities of one environment. nonzero: columns of which the text says that they are not 0."""

    def __init__(self, env: Env, nonzero: frozenset[Node], local: Local) -> None:
        self.env, self.nonzero, self.local, self.depth = env, nonzero, dict(local), 0
        self.given: dict[str, Bounds] = {}

    def holds(self, left: Node, op: str, right: Node) -> bool:
        """Whether `left op right` is proven; op as in `<`, `geq`, `succ`, `preceq`."""
        if op in ("<", "leq", "prec", "preceq"):
            left, right = right, left
        strict = op in ("<", ">", "succ", "prec")
        if op in ("succ", "succeq", "prec", "preceq"):
            degree = self.definite(left if is_zero(right) else Bin("-", left, right))
            return degree >= (DEFINITE if strict else SEMIDEFINITE)
        a, b = self.bounds(left), Bounds(0.0, 0.0, True, True) if is_zero(right) else self.bounds(right)
        return a.low > b.high or (a.low == b.high and not (strict and a.low_in and b.high_in) and math.isfinite(a.low))

    # ------------------------------------------------------------ numbers
    def bounds(self, node: Node) -> Bounds:
        """Of every entry of its value."""
        if self.depth >= DEPTH:
            return ANY
        self.depth += 1
        try:
            return self.inside(node)
        finally:
            self.depth -= 1

    def inside(self, node: Node) -> Bounds:
        match node:
            case Num(value):
                return Bounds(value, value, True, True)
            case Un("-", x):
                return self.bounds(x).turned()
            case Un("T", x):
                return self.bounds(x)
            case Sym() | Sub():
                return self.of_name(node)
            case Bin("+", a, b):
                return plus(self.bounds(a), self.bounds(b))
            case Bin("-", a, b):
                return plus(self.bounds(a), self.bounds(b).turned())
            case Bin("*" | "dot", _, _):
                return self.of_product(node)
            case Bin(".*", a, b):
                return times(self.bounds(a), self.bounds(b))
            case Bin("/", a, b) if self.is_number(b):
                return times(self.bounds(a), inverse(self.bounds(b)))
            case Bin("^", base, power) if self.is_number(base):
                return powered(self.bounds(base), self.bounds(power), is_e=base == Sym("e"))
            case Call():
                return self.of_call(node)
            case Big("sum", body, index, _, _, _):
                return added(self.under(body, index))
        return ANY

    def under(self, body: Node, index: tuple[str, ...]) -> Bounds:
        outer = dict(self.local)
        self.local |= {name: number(1.0) for name in index}
        found = self.bounds(body)
        self.local = outer
        return found

    def of_name(self, node: Sym | Sub) -> Bounds:
        if node == Sym("e") or node == Sym("\\pi"):
            return Bounds(2.7, 3.2)
        if node.name in self.given:
            return self.given[node.name]
        found = self.env.scope.resolve(node.name)
        if found is None and isinstance(node, Sub):
            base = node.base.name if isinstance(node.base, Sym) else ""
            found = self.env.scope.family(base) or self.env.scope.find(base)
        return self.of_entry(found[1]) if found is not None else ANY

    def of_entry(self, entry: Entry) -> Bounds:
        match entry:
            case Dimension():
                return Bounds(1.0, math.inf, True)
            case Drawn(_, kinds):
                return next((bounds for kind, bounds in _KINDS.items() if kind in kinds), ANY)
            case Defined() if not entry.params:
                return self.under(entry.body, tuple(i for i in (entry.index, entry.second) if i))
            case Family():
                return self.bounds(entry.of)
        return ANY

    def of_product(self, node: Node) -> Bounds:
        """A product of numbers, with one of matrices that reads the same from behind."""
        out, rest = Bounds(1.0, 1.0, True, True), list[Node]()
        for factor in factors(node):
            if self.is_number(factor):
                out = times(out, self.bounds(factor))
            else:
                rest.append(factor)
        if not rest:
            return out
        degree = self.of_square(rest)
        strictly = degree == DEFINITE and len(rest) <= 3 and rest[-1] in self.nonzero
        return times(out, POSITIVE if strictly else NONNEGATIVE) if degree else ANY

    def of_call(self, node: Call) -> Bounds:
        name, args = node.name, node.args
        if name in ("norm", "norm_2", "norm_F") and args[0] in self.nonzero:
            return POSITIVE
        if name == "abs" and not self.is_number(args[0]):
            return ANY  # bars around a square matrix are its determinant
        if name in _NORMS or (name == "inner" and len(args) == 2 and args[0] == args[1]):
            return POSITIVE if name == "inner" and args[0] in self.nonzero else NONNEGATIVE
        if name == "tr":
            return NONNEGATIVE if self.definite(args[0]) else ANY
        if name in ("sin", "cos"):
            return Bounds(-1.0, 1.0, True, True)
        if name in _RISING and len(args) == 1:
            return rising(name, self.bounds(args[0]))
        found = self.env.scope.find(name)
        if found is None or not isinstance(found[1], Defined) or len(found[1].params) != len(args):
            return ANY
        if found[1].params == PLACE:
            return ANY  # nothing is known of it
        return self.of_function(found[1], args)

    def of_function(self, function: Defined, args: tuple[Node, ...]) -> Bounds:
        """With numbers for its letters; of a column, where it is a function of every entry."""
        by_entry = all(isinstance(n, Num | Sym | Bin) or is_plain(n) for n in walk(function.body))
        if not by_entry and not all(map(self.is_number, args)):
            body = function.body
            for param, arg in zip(function.params, args, strict=True):
                body = substitute_index(body, param, arg)
            return self.bounds(body)
        outer = self.local, self.given
        self.given = {**self.given, **{p: self.bounds(arg) for p, arg in zip(function.params, args, strict=True)}}
        self.local = {**self.local, **{p: number(1.0) for p in function.params}}
        found = self.bounds(function.body)
        self.local, self.given = outer
        return found

    # ------------------------------------------------------------ matrices
    def definite(self, node: Node) -> int:
        """DEFINITE, SEMIDEFINITE or 0, where neither is shown."""
        if self.depth >= DEPTH:
            return 0
        self.depth += 1
        try:
            return self.inside_definite(node)
        finally:
            self.depth -= 1

    def inside_definite(self, node: Node) -> int:
        match node:
            case Sym() | Sub() if (isinstance(node, Sym) and node.name == "I") or (
                isinstance(node, Sub) and node.base == Sym("I")
            ):
                return DEFINITE
            case Sym() | Sub():
                found = self.env.scope.find(node.name)
                entry = found[1] if found is not None else None
                if isinstance(entry, Drawn):
                    return DEFINITE if "pd" in entry.kinds else SEMIDEFINITE if "psd" in entry.kinds else 0
                return (
                    self.definite(entry.body)
                    if isinstance(entry, Defined) and not entry.params and not entry.index
                    else 0
                )
            case Bin("+", a, b):
                degrees = self.definite(a), self.definite(b)
                return max(degrees) if all(degrees) else 0
            case Bin("-", a, b):
                return self.definite(Un("-", b) if is_zero(a) else Bin("+", a, Un("-", b)))
            case Un("-", Un("-", x)) | Un("T", x):
                return self.definite(x)
            case Bin("^", base, power) if power == Un("-", Num(1.0)) or power == Num(-1.0):
                return DEFINITE if self.definite(base) == DEFINITE else 0
            case Bin("/", a, b) if self.is_number(b) and self.bounds(b).positive:
                return self.definite(a)
            case Call("diag", (x,)):
                entries = self.bounds(x)
                return DEFINITE if entries.positive else SEMIDEFINITE if entries.nonnegative else 0
            case Big("sum", body, index, _, _, _):
                outer = dict(self.local)
                self.local |= {name: number(1.0) for name in index}
                degree = self.definite(body)
                self.local = outer
                return degree
            case Bin("*" | "dot", _, _):
                return self.definite_product(node)
        return 0

    def definite_product(self, node: Node) -> int:
        rest, strict = list[Node](), True
        for factor in factors(node):
            if not self.is_number(factor):
                rest.append(factor)
                continue
            found = self.bounds(factor)
            if not found.nonnegative:
                return 0
            strict = strict and found.positive
        degree = self.definite(rest[0]) if len(rest) == 1 else min(self.of_square(rest), SEMIDEFINITE)
        return degree if strict else min(degree, SEMIDEFINITE)

    def of_square(self, parts: list[Node]) -> int:
        """How definite the middle of a product is that reads the same from behind, with transposes: DEFINITE where there is none."""
        while len(parts) >= 2:
            if parts[0] not in self.turned(parts[-1]):
                return 0
            parts = parts[1:-1]
        return self.definite(parts[0]) if parts else DEFINITE

    def turned(self, node: Node) -> tuple[Node, ...]:
        """How the transpose of a factor is written."""
        if isinstance(node, Un) and node.op == "T":
            return (node.x,)
        found = self.env.scope.find(node.name) if isinstance(node, Sym | Sub) else None
        symmetric = found is not None and isinstance(found[1], Drawn) and bool(found[1].kinds & SYMMETRIC)
        return (Un("T", node), node) if symmetric else (Un("T", node),)

    def is_number(self, node: Node) -> bool:
        try:
            self.env.begin()
            with np.errstate(all="ignore"):
                value = self.env.value(node, self.local)
        except (Trouble, ArithmeticError, ValueError, RecursionError, np.linalg.LinAlgError):
            return False
        return isinstance(value, np.ndarray) and value.size == 1 and not np.iscomplexobj(value)


def is_plain(node: Node) -> bool:
    """Whether a node is a minus or a function of a number."""
    return (isinstance(node, Un) and node.op == "-") or (isinstance(node, Call) and node.name in _RISING)


def factors(node: Node) -> Iterator[Node]:
    """The factors of a product in their order; the transpose of one in its own."""
    if isinstance(node, Bin) and node.op in ("*", "dot"):
        for side in (node.left, node.right):
            yield from factors(side)
    elif isinstance(node, Un) and node.op == "T" and isinstance(node.x, Bin) and node.x.op == "*":
        for part in reversed(list(factors(node.x))):
            yield part.x if isinstance(part, Un) and part.op == "T" else Un("T", part)
    elif isinstance(node, Un) and node.op == "-":
        yield Num(-1.0)
        yield from factors(node.x)
    else:
        yield node


def plus(a: Bounds, b: Bounds) -> Bounds:
    return Bounds(a.low + b.low, a.high + b.high, a.low_in and b.low_in, a.high_in and b.high_in)


def times(a: Bounds, b: Bounds) -> Bounds:
    corners = []
    for x, x_in in ((a.low, a.low_in), (a.high, a.high_in)):
        for y, y_in in ((b.low, b.low_in), (b.high, b.high_in)):
            value = 0.0 if 0.0 in (x, y) else x * y
            corners.append((value, (x_in and y_in) or (x == 0 and x_in) or (y == 0 and y_in)))
    low, high = min(v for v, _ in corners), max(v for v, _ in corners)
    reached = {end: any(v == end and there for v, there in corners) for end in (low, high)}
    return Bounds(low, high, reached[low], reached[high])


def inverse(a: Bounds) -> Bounds:
    """Of one over it; any number where it may be 0."""
    if a.positive:
        return Bounds(1 / a.high, 1 / a.low if a.low else math.inf, a.high_in, a.low_in)
    return inverse(a.turned()).turned() if a.turned().positive else ANY


def powered(a: Bounds, power: Bounds, *, is_e: bool) -> Bounds:
    fixed = power.low == power.high
    if is_e:
        return rising("exp", power)
    if fixed and power.low % 2 == 0 and power.low > 0:
        return POSITIVE if a.positive or a.turned().positive else NONNEGATIVE
    if a.positive:
        whole = fixed and power.low > 0
        return Bounds(a.low**power.low, a.high**power.low, a.low_in, a.high_in) if whole else POSITIVE
    return NONNEGATIVE if a.nonnegative and power.positive else ANY


def rising(name: str, a: Bounds) -> Bounds:
    """Of a function that rises."""
    if name in ("sqrt", "log") and not a.nonnegative:
        return NONNEGATIVE if name == "sqrt" else ANY
    ends = []
    for end in (a.low, a.high):
        try:
            ends.append(_RISING[name](end))
        except (ValueError, OverflowError):
            ends.append(-math.inf if end <= 0 else math.inf)
    return Bounds(ends[0], ends[1], a.low_in and math.isfinite(ends[0]), a.high_in and math.isfinite(ends[1]))


def added(a: Bounds) -> Bounds:
    """Of a sum of one term or more."""
    low = a.low if a.low >= 0 else -math.inf
    high = a.high if a.high <= 0 else math.inf
    return Bounds(low, high, a.low_in and low == a.low, a.high_in and high == a.high)
