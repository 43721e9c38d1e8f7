"""`(2n - 1)!!` by factorials, where it is seen to be odd or even.

Not covered: `n!!` of a letter alone.
"""

from __future__ import annotations

import math

from evalkit.derivation.grammar.nodes import Bin, Node, Num, Un, Unreadable

MAX_DOUBLE = 300
"""The largest number of which a double factorial is computed."""


def double_factorial(node: Node) -> Node:
    """`(2n - 1)!!`: the product of the odd numbers up to this one, or of the even ones, by factorials."""
    match node:
        case Num(v) if v == round(v) and 0 <= v <= MAX_DOUBLE:
            return Num(float(math.prod(range(int(v), 0, -2))))
        case Bin("*", Num(2), x):
            return Bin("*", Bin("^", Num(2), x), Un("!", x))
        case Bin("+" | "-" as op, Bin("*", Num(2), x), Num(v)) if v == round(v) and v % 2:
            half = (v + 1) // 2 if op == "+" else (1 - v) // 2  # (2k - 1)!! = (2k)! / (2^k k!)
            k = Bin("+", x, Num(half)) if half > 0 else Bin("-", x, Num(-half)) if half else x
            return Bin("/", Un("!", Bin("*", Num(2), k)), Bin("*", Bin("^", Num(2), k), Un("!", k)))
    raise Unreadable("a double factorial")
