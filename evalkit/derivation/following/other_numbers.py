r"""Numbers other than those drawn: `\log v^2 = 2\log v` holds of positive v, `\arcsin(\sin x) = x` near 0, `|x|' = 1` on one side.

A relation with a root, a logarithm or the like, in numbers that nothing explains, is looked at once more where one of these is
negative, or large, and the others are positive.
Not covered: sums and limits, which may have no value there; exponents that are whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from evalkit.derivation.following.reading import Reading
from evalkit.derivation.following.taken import PRIVATE
from evalkit.derivation.grammar.nodes import Big, Bin, Call, Grad, Node, Num, Sym, Un, walk
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_in

FAR = Num(4.0)
"""How much larger a number is made than it was drawn."""
MAX_MOVED, FEW, LATELY = 4, 2, 200
"""Numbers of one relation that are moved; so many of them in every way; relations back that tell of one that it is positive."""
COUNTED = frozenset({"binom", "\\Gamma"})
WITH_SIGNS = frozenset(
    {"log", "sqrt", "abs", "max", "min", "arcsin", "arccos", "arctan", "sign", "norm", "norm_2", "norm_F"}
)
"""Functions that treat numbers of both signs, or large and small ones, in more than one way."""
BEYOND = frozenset({"lim", "E", "Var", "Cov", "between"})
"""What has no value for some numbers because it does not converge."""
TURNED = {"<": ">", ">": "<", "leq": "geq", "geq": "leq"}
MAKES: tuple[Callable[[Node], Node], ...] = (
    lambda x: Un("-", x),
    lambda x: Bin("*", FAR, x),
    lambda x: Un("-", Bin("*", FAR, x)),
)
"""Negative, large, or both."""


def numbers_among(entries: Mapping[str, Entry]) -> list[str]:
    """The letters that were taken for any number."""
    return [n for n, e in entries.items() if isinstance(e, Drawn) and not e.shape and "integer" not in e.kinds]


def said_positive(reading: Reading) -> frozenset[str]:
    r"""Names that the reply says to be positive, `v > 0`, and did not say otherwise since; \sigma is by habit."""
    found = {n for n, kinds in reading.properties.items() if "positive" in kinds}
    for r in reading.relations[-LATELY:]:
        name, op, value = (r.left, r.op, r.right) if isinstance(r.left, Sym) else (r.right, TURNED.get(r.op), r.left)
        if not isinstance(name, Sym) or not isinstance(value, Num) or op not in TURNED:
            continue
        if op == ">" and value.value >= 0 and not r.negated:
            found.add(name.name)
        else:
            found.discard(name.name)
    return frozenset({*found, "\\sigma"})


def holds_of_some(
    judge: Judge,
    sides: tuple[Node, Node],
    names: Collection[str],
    positive: frozenset[str] = frozenset(),
    *,
    domains: bool = True,
) -> bool:
    """Whether what holds of the numbers drawn fails for others; positive: letters that are not negative; domains: or has no value on
    the right where it has one on the left."""
    both = Bin("=", *sides)
    nodes = walk(both)
    if not any(map(is_uneven, nodes)) or any(map(may_diverge, nodes)):
        return False
    counted = {m for n in nodes for m in counting(n)}
    by = {m for n in nodes if isinstance(n, Grad) for m in names_in(n.by)}
    moved = [n for n in names if n in names_in(both) and n not in counted]
    for name in moved[:MAX_MOVED]:
        for make in MAKES[1:2] if name in positive else MAKES if len(moved) <= FEW else MAKES[:2]:
            places = {n: make(Sym(f"{n}{PRIVATE}")) if n == name else Sym(f"{n}{PRIVATE}") for n in moved}
            left, right = (at_places(side, {n: p for n, p in places.items() if n in by}) for side in sides)
            with judge.trying(others(moved, {n: p for n, p in places.items() if n not in by})):
                if fails_or_has_no_value(judge, (left, right), domains=domains):
                    return True
    return False


def fails_or_has_no_value(judge: Judge, sides: tuple[Node, Node], *, domains: bool = True) -> bool:
    """Whether it fails; domains: or has a value on the left and none on the right."""
    verdict = judge.equation(*sides).verdict
    if verdict is not Verdict.UNPARSED:
        return verdict is Verdict.FAILS
    return domains and judge.equation(sides[0], sides[0]).verdict in TRUE


def others(names: Sequence[str], places: Mapping[str, Node]) -> dict[str, Entry]:
    """Positive numbers, and what the letters are made of these."""
    fresh: dict[str, Entry] = {f"{n}{PRIVATE}": Drawn((), frozenset({"positive"}), None, "reply") for n in names}
    return fresh | {n: Defined(body, (), None, "reply") for n, body in places.items()}


def at_places(node: Node, places: Mapping[str, Node]) -> Node:
    """The value of an expression where the letters by which it is derived are these."""
    for name, place in places.items():
        node = Call("at", (node, Sym(name), place))
    return node


def is_uneven(node: Node) -> bool:
    match node:
        case Call(name, _):
            return name in WITH_SIGNS
        case Bin("^", _, Bin("/", Num(), Num())):
            return True
        case Bin("^", _, Num(v)):
            return not float(v).is_integer()
        case Bin("^", base, power):
            return bool(names_in(power)) and base != Sym("e") and not isinstance(base, Num)
    return False


def may_diverge(node: Node) -> bool:
    match node:
        case Call(name, _):
            return name in BEYOND
        case Big("int", _, _, low, high):
            ends = [n for end in (low, high) if end is not None for n in walk(end)]
            return not ends or any(isinstance(n, Num) and not math.isfinite(n.value) for n in ends)
    return isinstance(node, Big)


def counting(node: Node) -> Iterator[str]:
    """Names that count, and are no other numbers."""
    match node:
        case Call(name, args) if name in COUNTED:
            for arg in args:
                yield from names_in(arg)
        case Un("!", x):
            yield from names_in(x)
