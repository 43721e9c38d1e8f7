r"""Moments of letters whose distribution the reply names: `X \sim \mathcal N(\mu, \sigma^2)`, so `E[X^2] = \mu^2 + \sigma^2`.

True is what holds for means and variances that the named distribution has, a rate being a rate; what does not hold may be
meant by another convention (a scale), and is disputed. Not covered: random vectors, moments beyond the second, products of several
random letters, distributions that words alone name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import (
    Bin,
    Block,
    Call,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    base_name,
    children,
    rebuilt,
    walk,
)
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import Drawn

BACK = 60
"""How many relations before may name a distribution."""
ONE, TWO = Num(1.0), Num(2.0)
MOMENTS = ("E", "Var", "Cov")
Law = tuple[Node, Node]
"""Mean and variance."""


def plus(a: Node, b: Node) -> Node:
    return Bin("+", a, b)


def minus(a: Node, b: Node) -> Node:
    return Bin("-", a, b)


def times(a: Node, b: Node) -> Node:
    return Bin("*", a, b)


def over(a: Node, b: Node) -> Node:
    return Bin("/", a, b)


def square(a: Node) -> Node:
    return Bin("^", a, TWO)


def law_of(name: str, args: tuple[Node, ...]) -> Law | None:
    """Mean and variance of a distribution; those with two conventions in the commoner one (a rate, not a scale)."""
    match KINDS.get(name), args:
        case "normal", (mean, variance):
            return mean, variance
        case "uniform", (a, b):
            return over(plus(a, b), TWO), over(square(minus(b, a)), Num(12.0))
        case "exponential", (rate,):
            return over(ONE, rate), over(ONE, square(rate))
        case "bernoulli", (p,):
            return p, times(p, minus(ONE, p))
        case "binomial", (n, p):
            return times(n, p), times(times(n, p), minus(ONE, p))
        case "poisson", (rate,):
            return rate, rate
        case "geometric", (p,):
            return over(ONE, p), over(minus(ONE, p), square(p))
        case "gamma", (shape, rate):
            return over(shape, rate), over(shape, square(rate))
        case "beta", (a, b):
            both = plus(a, b)
            return over(a, both), over(times(a, b), times(square(both), plus(both, ONE)))
    return None


KINDS = {
    **dict.fromkeys(("\\mathcal N", "N", "Normal", "Norm", "Gaussian"), "normal"),
    **dict.fromkeys(("\\mathcal U", "U", "Uniform", "Unif"), "uniform"),
    **dict.fromkeys(("Exp", "Expo", "Exponential"), "exponential"),
    **dict.fromkeys(("Bern", "Ber", "Bernoulli"), "bernoulli"),
    **dict.fromkeys(("Bin", "B", "Binomial", "Binom"), "binomial"),
    **dict.fromkeys(("Poisson", "Pois", "Poi"), "poisson"),
    **dict.fromkeys(("Geom", "Geo", "Geometric"), "geometric"),
    **dict.fromkeys(("Gamma", "\\Gamma", "Ga"), "gamma"),
    **dict.fromkeys(("Beta", "Be"), "beta"),
}


def of_named_law(reading: Reading, read: Read) -> Read | None:
    """Speaks of moments of a letter whose distribution was named."""
    failed: Judgement | None = None
    for sides in by_laws(reading, read):
        judgement = reading.judge.equation(*sides)
        if judgement.verdict is Verdict.UNBOUND:
            found = free_letters(reading, replace(read, left=sides[0], right=sides[1]))
            judgement = found.judgement if found is not None else Judgement(Verdict.FAILS)
        if judgement.verdict in TRUE:
            return replace(read, judgement=replace(judgement, reason="by the distribution that was named"))
        failed = judgement if judgement.verdict in FALSE else failed
    return read.decided(Verdict.DISPUTED, "not by the distribution that was named") if failed is not None else None


def by_laws(reading: Reading, read: Read) -> Iterator[tuple[Node, Node]]:
    """Both sides with what the moments of a letter are, where no other moment is left."""
    calls = [n for side in read.sides for n in walk(side) if isinstance(n, Call) and n.name in MOMENTS]
    inside = [m for n in calls for a in n.args for m in walk(a) if isinstance(m, Sym | Sub)]
    for letter in dict.fromkeys(inside):
        law = named_law(reading, read, letter)
        sides = [with_law(side, letter, law) for side in read.sides] if law is not None else []
        told = [side for side in sides if side is not None]
        left = [n for side in told for n in walk(side) if isinstance(n, Call) and n.name in MOMENTS]
        if len(told) == 2 and not left:
            yield told[0], told[1]


def named_law(reading: Reading, read: Read, letter: Sym | Sub) -> Law | None:
    """Mean and variance of a letter by the last distribution that was named for it."""
    known = reading.judge.scope.find(letter.name)
    if known is not None and not (isinstance(known[1], Drawn) and known[1].shape == ()):
        return None
    for other in reversed(reading.relations[-BACK:]):
        if other.op != "sim" or other.left is None or other.right is None or other.section != read.section:
            continue
        alike = isinstance(other.left, Sub) and isinstance(letter, Sub) and base_name(other.left) == base_name(letter)
        if other.left == letter or alike:
            name, args = law_named(other.right)
            return None if any(n == Sym("I") for a in args for n in walk(a)) else law_of(name, args)
    return None


def law_named(node: Node) -> tuple[str, tuple[Node, ...]]:
    """The name of a distribution and its parameters; of `U[a, b]` too."""
    if isinstance(node, Call):
        return node.name, node.args
    if isinstance(node, Bin) and node.op == "*" and isinstance(node.left, Sym) and isinstance(node.right, Block):
        rows = node.right.rows
        return node.left.name, rows[0] if len(rows) == 1 else ()
    return "", ()


def with_law(node: Node, letter: Node, law: Law) -> Node | None:
    """The tree with what moments of a letter are; None where one of them is not told by mean and variance."""
    if isinstance(node, Call) and node.name in ("E", "Var") and any(n == letter for n in walk(node)):
        found = powers(node.args[0], letter) if len(node.args) == 1 else None
        if found is None:
            return None
        mean, variance = law
        a, b, c = found
        if node.name == "Var":
            return times(square(b), variance) if c is None else None
        value = plus(a, times(b, mean))
        return value if c is None else plus(value, times(c, plus(variance, square(mean))))
    parts = [with_law(part, letter, law) for part in children(node)]
    whole = [p for p in parts if p is not None]
    if len(whole) != len(parts):
        return None
    return rebuilt(node, whole) if whole and not isinstance(node, Sub) else node


def powers(node: Node, letter: Node) -> tuple[Node, Node, Node | None] | None:
    """a, b, c of `a + b X + c X^2` (c None where there is no square); None for anything else."""
    zero: Node = Num(0.0)
    if node == letter:
        return zero, ONE, None
    if all(n != letter for n in walk(node)):
        return node, zero, None
    match node:
        case Bin("^", base, Num(2)):
            found = powers(base, letter)
            if found is None or found[2] is not None:
                return None
            a, b, _ = found
            return square(a), times(times(TWO, a), b), square(b)
        case Bin("+" | "-", x, y):
            one, two = powers(x, letter), powers(y, letter)
            if one is None or two is None:
                return None
            c = None if one[2] is None and two[2] is None else Bin(node.op, one[2] or zero, two[2] or zero)
            return Bin(node.op, one[0], two[0]), Bin(node.op, one[1], two[1]), c
        case Bin("*" | "/", x, y) if all(n != letter for n in walk(y)) or (
            node.op == "*" and all(n != letter for n in walk(x))
        ):
            factor, rest = (y, x) if any(n == letter for n in walk(x)) else (x, y)
            found = powers(rest, letter)
            if found is None:
                return None
            second = None if found[2] is None else Bin(node.op, found[2], factor)
            return Bin(node.op, found[0], factor), Bin(node.op, found[1], factor), second
        case Un("-", x):
            found = powers(x, letter)
            if found is None:
                return None
            return Un("-", found[0]), Un("-", found[1]), None if found[2] is None else Un("-", found[2])
    return None
