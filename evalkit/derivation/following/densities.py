r"""Moments of letters whose distribution the reply names: `X \sim \mathcal N(\mu, \sigma^2)`, so `E[X^2] = \mu^2 + \sigma^2`.

True is what holds for the means and variances that the named distribution has by every convention (a rate or a scale, a
variance or a deviation); what holds by none is disputed, and what holds by some is left alone. So is a letter with two
distributions, one on which a condition was put, and one whose distribution another part of the reply names.
Not covered: random vectors, moments beyond the second, products of several random letters, distributions that words alone name.
"""

from __future__ import annotations

import re
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
from evalkit.derivation.grammar.relations import ORDER
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.entries import Drawn

BACK = 60
"""How many relations before may name a distribution."""
ONE, TWO = Num(1.0), Num(2.0)
MOMENTS = ("E", "Var", "Cov")
OTHERWISE = re.compile(
    r"\b(?:given|condition\w*|truncat\w*|restrict\w*|if|when|unless|under|instead|otherwise|not|uniform\w*|normal\w*|"
    r"gaussian|exponential\w*|distribut\w*|law|replac\w*|scal\w*|shift\w*|n['’]t)\b|\\mid|\|",
    re.I,
)
"""What may give a letter another distribution since it was named."""
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


def laws_of(name: str, args: tuple[Node, ...]) -> tuple[Law, ...]:
    """Mean and variance of a distribution, by each convention of what its parameters are."""
    match KINDS.get(name), args:
        case "normal", (mean, Sym() | Sub() as second):
            return (mean, second), (mean, square(second))
        case "normal", (mean, variance):
            return ((mean, variance),)
        case "uniform", (a, b):
            return ((over(plus(a, b), TWO), over(square(minus(b, a)), Num(12.0))),)
        case "exponential", (rate,):
            return (over(ONE, rate), over(ONE, square(rate))), (rate, square(rate))
        case "bernoulli", (p,):
            return ((p, times(p, minus(ONE, p))),)
        case "binomial", (n, p):
            return ((times(n, p), times(times(n, p), minus(ONE, p))),)
        case "poisson", (rate,):
            return ((rate, rate),)
        case "geometric", (p,):
            variance = over(minus(ONE, p), square(p))
            return (over(ONE, p), variance), (over(minus(ONE, p), p), variance)
        case "gamma", (shape, rate):
            return (over(shape, rate), over(shape, square(rate))), (times(shape, rate), times(shape, square(rate)))
        case "beta", (a, b):
            both = plus(a, b)
            return ((over(a, both), over(times(a, b), times(square(both), plus(both, ONE)))),)
    return ()


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
    disputed = False
    for ways in by_laws(reading, read):
        found = [by_one_law(reading, read, sides) for sides in ways]
        if all(j.verdict in TRUE for j in found):
            return replace(read, judgement=replace(found[0], reason="by the distribution that was named"))
        disputed |= all(j.verdict in FALSE for j in found)
    return read.decided(Verdict.DISPUTED, "not by the distribution that was named") if disputed else None


def by_one_law(reading: Reading, read: Read, sides: tuple[Node, Node]) -> Judgement:
    """The verdict with what the moments are."""
    judgement = reading.judge.equation(*sides)
    if judgement.verdict is not Verdict.UNBOUND:
        return judgement
    found = free_letters(reading, replace(read, left=sides[0], right=sides[1]))
    return found.judgement if found is not None else Judgement(Verdict.FAILS)


def by_laws(reading: Reading, read: Read) -> Iterator[list[tuple[Node, Node]]]:
    """Both sides with what the moments of a letter are, by each convention, where no other moment is left."""
    calls = [n for side in read.sides for n in walk(side) if isinstance(n, Call) and n.name in MOMENTS]
    inside = [m for n in calls for a in n.args for m in walk(a) if isinstance(m, Sym | Sub)]
    for letter in dict.fromkeys(inside):
        laws = named_laws(reading, read, letter)
        ways = [tuple(with_law(side, letter, law) for side in read.sides) for law in laws]
        told = [(a, b) for a, b in ways if a is not None and b is not None]
        left = [n for way in told for side in way for n in walk(side) if isinstance(n, Call) and n.name in MOMENTS]
        if laws and len(told) == len(laws) and not left:
            yield told


def named_laws(reading: Reading, read: Read, letter: Sym | Sub) -> tuple[Law, ...]:
    """Mean and variance of a letter by the one distribution that was named for it, by each convention; empty where several
    were, in another part, or where something else was said of it since."""
    known = reading.judge.scope.find(letter.name)
    if known is not None and not (isinstance(known[1], Drawn) and known[1].shape == ()):
        return ()
    named = [r for r in reading.relations[-BACK:] if r.op == "sim" and r.left is not None and r.right is not None]
    named = [r for r in named if r.left is not None and is_of(r.left, letter)]
    if not named or any(r.right != named[0].right for r in named):
        return ()
    last = named[-1]
    if last.negated or last.right is None or reading.outline.part_end(last.start) <= read.start:
        return ()
    if last.section != read.section or OTHERWISE.search(reading.document.text, named[0].end, read.start):
        return ()
    since = (r for r in reading.relations if r.op in ORDER and r.start >= last.start and r.left is not None)
    if any(is_of(n, letter) for r in since for side in r.sides for n in walk(side)):
        return ()
    name, args = law_named(last.right)
    return () if any(n == Sym("I") for a in args for n in walk(a)) else laws_of(name, args)


def is_of(node: Node, letter: Sym | Sub) -> bool:
    """Whether it is a letter, or another member of the same list."""
    alike = isinstance(node, Sub) and isinstance(letter, Sub) and base_name(node) == base_name(letter)
    return node == letter or alike


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
