"""Expressions in members of lists of random numbers, as polynomials: what moments of sums are computed with (copies.py).

Not covered: divisions by what is no number; polynomials of more terms or higher powers than the bounds below.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evalkit.derivation.grammar.nodes import Big, Bin, Call, Node, Num, Sub, Sym, Un
from evalkit.derivation.worlds.draw import generator
from evalkit.derivation.worlds.scope import Scope

MAX_DEPTH = 12
"""Definitions inside each other."""
MAX_TERMS, MAX_POWER = 600, 4
Member = tuple[str, int]
Monomial = tuple[tuple[Member, int], ...]
Poly = dict[Monomial, float]


class OpenError(Exception):
    """No polynomial in random numbers, or too large a one."""


def constant(value: float) -> Poly:
    return {(): float(value)}


def variable(member: Member) -> Poly:
    return {((member, 1),): 1.0}


def sure(poly: Poly) -> float:
    """The number that a polynomial is."""
    if poly.keys() - {()}:
        raise OpenError
    return poly.get((), 0.0)


def total(parts: Iterable[Poly]) -> Poly:
    out: Poly = {}
    for part in parts:
        for monomial, c in part.items():
            out[monomial] = out.get(monomial, 0.0) + c
        if len(out) > MAX_TERMS:
            raise OpenError
    return out


def times(a: Poly, b: Poly) -> Poly:
    if len(a) * len(b) > MAX_TERMS:
        raise OpenError
    out: Poly = {}
    for one, c in a.items():
        for other, d in b.items():
            powers = dict(one)
            for member, power in other:
                powers[member] = powers.get(member, 0) + power
            if sum(powers.values()) > 2 * MAX_POWER:
                raise OpenError
            key = tuple(sorted(powers.items()))
            out[key] = out.get(key, 0.0) + c * d
    return out


@dataclass(frozen=True)
class How:
    """What is supposed of the members."""

    alike: bool
    centred: bool
    unit: bool = False


@dataclass
class Drawing:
    """One choice of moments and of the length of lists."""

    scope: Scope
    bodies: Mapping[str, Node]
    lists: frozenset[str]
    random: frozenset[str]
    how: How
    length: int
    seed: int
    bounds: frozenset[str]
    independent: bool = True
    means: Mapping[str, str] = field(default_factory=dict)
    """What the text calls the mean of any member of a list: the name, and the list; the list itself for `E[g]`."""
    indices: dict[str, int] = field(default_factory=dict)

    def number(self, *of: object) -> float:
        return float(generator("copies", self.seed, *of).uniform(0.4, 1.6))

    def moment(self, member: Member, power: int) -> float:
        """The mean of a power."""
        if power == 1 and self.how.centred:
            return 0.0
        if power == 2 and self.how.unit:
            return 1 + self.moment(member, 1) ** 2
        alike = self.how.alike or (power == 1 and member[0] in self.means.values())
        return self.number(member[0], 0 if alike else member[1], power) + power

    def mean(self, poly: Poly) -> float:
        """Raises OpenError where it takes independence of which nothing is said."""
        if not self.independent and any(len(m) > 1 for m in poly):
            raise OpenError
        return sum(c * math.prod(self.moment(member, power) for member, power in m) for m, c in poly.items())

    def value(self, node: Node, inside: bool, depth: int = MAX_DEPTH) -> Poly:
        """The polynomial that an expression is; inside: in a moment. Raises OpenError."""
        if depth <= 0:
            raise OpenError
        match node:
            case Num(value):
                return constant(value)
            case Sym(name) if name in self.bodies and inside:
                return self.value(self.bodies[name], inside, depth - 1)
            case Sym(name):
                return self.symbol(name, inside)
            case Sub(_, name, _) if name in self.bodies and inside:
                return self.value(self.bodies[name], inside, depth - 1)
            case Call("E", (Sym(name),)) if name in self.means.values() and not inside:
                return constant(self.moment((name, 0), 1))
            case Sub(base, name, index):
                return self.member(base, name, index, inside)
            case Un("-", x):
                return times(constant(-1), self.value(x, inside, depth))
            case Bin("*" | "dot", Un("T", Sym(a)), Sym(b)) | Bin("dot", Sym(a), Sym(b)) if {
                a,
                b,
            } <= self.lists and inside:
                return total(times(variable((a, i)), variable((b, i))) for i in range(self.length))
            case Bin("+", left, right):
                return total([self.value(left, inside, depth), self.value(right, inside, depth)])
            case Bin("-", left, right):
                return total([self.value(left, inside, depth), times(constant(-1), self.value(right, inside, depth))])
            case Bin("*" | "dot", left, right):
                return times(self.value(left, inside, depth), self.value(right, inside, depth))
            case Bin("/", left, right):
                below = sure(self.value(right, inside, depth))
                return times(self.value(left, inside, depth), constant(1 / below if below else math.nan))
            case Bin("^", base, Num(power)) if power in range(MAX_POWER + 1):
                out = constant(1)
                for _ in range(int(power)):
                    out = times(out, self.value(base, inside, depth))
                return out
            case Bin("^", base, power):
                below, above = sure(self.value(base, inside, depth)), sure(self.value(power, inside, depth))
                return constant(below**above if below > 0 else math.nan)
            case Big("sum", body, (letter,), low, high) if low in (None, Num(1)) and self.is_length(high):
                return self.summed(body, letter, inside, depth)
            case Call("E" | "Var" | "Cov" as name, args) if not inside:
                return constant(self.taken(name, [self.value(a, True, depth - 1) for a in args]))
        raise OpenError

    def symbol(self, name: str, inside: bool) -> Poly:
        if name in self.lists:
            if not (inside and self.how.alike):
                raise OpenError
            return variable((name, 0))  # Var(w): of any of them
        if name in self.random and inside:
            small = name.lower() if name.lower() in self.lists and self.how.alike else name
            return variable((small, 0))  # Var(W): the variance of all w_i
        if name in self.random or name in self.bodies:
            raise OpenError
        if name in self.indices:
            return constant(self.indices[name] + 1)
        if name in self.means:
            return constant(self.moment((self.means[name], 0), 1))
        return constant(self.length if self.is_length(Sym(name)) else self.number(name))

    def member(self, base: Node, name: str, index: tuple[Node, ...] | None, inside: bool) -> Poly:
        if isinstance(base, Sym) and base.name in self.lists and index is not None and len(index) == 1 and inside:
            match index[0]:
                case Sym(letter):
                    return variable((base.name, self.indices.get(letter, 0)))
                case Num(value) if 1 <= value <= self.length:
                    return variable((base.name, int(value) - 1))
            raise OpenError
        return self.symbol(name, inside)

    def is_length(self, node: Node | None) -> bool:
        """Whether it is the number of members: a name that stands over sums, or is a size of the lists."""
        return node is None or (isinstance(node, Sym | Sub) and node.name in self.bounds)

    def summed(self, body: Node, letter: str, inside: bool, depth: int) -> Poly:
        before = self.indices.get(letter)
        parts = []
        for i in range(self.length):
            self.indices[letter] = i
            parts.append(self.value(body, inside, depth - 1))
        if before is None:
            del self.indices[letter]
        else:
            self.indices[letter] = before
        return total(parts)

    def taken(self, name: str, args: Sequence[Poly]) -> float:
        """A moment of polynomials."""
        if len(args) != (2 if name == "Cov" else 1):
            raise OpenError
        if name == "E":
            return self.mean(args[0])
        return self.mean(times(args[0], args[-1])) - self.mean(args[0]) * self.mean(args[-1])
