r"""What is meant by a fraction at a place where it has no value: `\frac{(s+1)(s+3)}{(s+1)(s+2)}` at `s = -1` is what is left of it.

Not covered: factors that are alike only when they are worked out (`x^2 - 4` above, `x - 2` below).
"""

from __future__ import annotations

from evalkit.derivation.grammar.nodes import Bin, Node, Num, children, walk

_TIMES = ("*", "dot")


def reduced(node: Node, name: Node) -> Node:
    r"""A fraction without the factors in the letter that stand above and below, `\frac{(s+1)(s+3)}{(s+1)(s+2)}` at `s = -1`: what is
    meant there is what is left."""
    factors = [node]
    while isinstance(factors[0], Bin) and factors[0].op in _TIMES:
        factors[:1] = [factors[0].left, factors[0].right]
    at = next((i for i, f in enumerate(factors) if isinstance(f, Bin) and f.op == "/"), None)
    if at is None:
        return node
    above, below = (product(side) for side in children(factors[at]))
    written = len(below)
    others = [f for i, f in enumerate(factors) if i != at]
    for factor in list(below):
        if not any(n == name for n in walk(factor)):
            continue
        held = next((side for side in (above, others) if factor in side), None)
        if held is not None:
            held.remove(factor)
            below.remove(factor)
    if len(below) == written:
        return node
    return Bin("/", times([*others, *above]), times(below))


def product(node: Node) -> list[Node]:
    """The factors of a product of numbers."""
    return [*product(node.left), *product(node.right)] if isinstance(node, Bin) and node.op in _TIMES else [node]


def times(factors: list[Node]) -> Node:
    """Their product; 1 of none."""
    found: Node = factors[0] if factors else Num(1)
    for factor in factors[1:]:
        found = Bin("*", found, factor)
    return found
