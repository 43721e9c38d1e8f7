r"""`\sqrt{2as} = \sqrt{2 \cdot 9.8 \cdot 5}`: numbers put in for the letters of a formula, which are not the values that these had.

One wrong number among them may be a slip. It is another example where two or more of them are other ones, or where the words
before it tell the number: "the next one moves for 5 seconds".
Not covered: letters that had no value, numbers for whole terms, letters in another order than in the formula, values of matrices.
"""

from __future__ import annotations

import re

from evalkit.derivation.following import scopes
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Sub, Sym, Un, children, rebuilt
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined

NEAR = 600
"""How many characters before it the words are looked at."""
NUMBER = re.compile(r"(?<![\w.,])\d{1,9}(?:\.\d{1,9})?(?![\w,]|\.\d)")
_PRODUCTS = ("*", "dot", "cross")


def other_values_put_in(grounds: Grounds, read: Read) -> str:
    """Puts numbers in for the letters of a formula, not their values: another example's."""
    if read.judgement.verdict is not Verdict.FAILS or not children(read.sides[0]) or isinstance(read.sides[0], Sub):
        return ""  # a letter alone is given a value
    values = put_in(*read.sides)
    if not values:
        return ""
    judge = grounds.judge(read)
    others = {n: v for n, v in values.items() if judge.equation(n, v).verdict not in TRUE}
    entries = (judge.scope.entries.get(n.name) for n in others if isinstance(n, Sym | Sub))
    if not others or not all(isinstance(e, Defined) and scopes.is_constant(e.body) for e in entries):
        return ""
    said = numbers_said(grounds, read) if len(others) == 1 else set()
    meant = len(others) > 1 or all(isinstance(v, Num) and v.value in said for v in others.values())
    return "the numbers that are put in may be those of another example" if meant else ""


def put_in(left: Node, right: Node) -> dict[Node, Node] | None:
    """The numbers that stand on the right for the letters on the left; None where that is not all that differs."""
    if isinstance(left, Sym | Sub) and left != right:
        plain = right.x if isinstance(right, Un) and right.op == "-" else right
        return {left: right} if isinstance(plain, Num) else None
    parts, others = children(left), children(right)
    if len(parts) != len(others) or signed(rebuilt(left, others) if others else left) != signed(right):
        return None
    found: dict[Node, Node] = {}
    for one, other in zip(parts, others, strict=True):
        inner = put_in(one, other)
        if inner is None or any(found.get(n, v) != v for n, v in inner.items()):
            return None
        found |= inner
    return found


def signed(node: Node) -> Node:
    """A product, whatever its sign."""
    return Bin("*", node.left, node.right) if isinstance(node, Bin) and node.op in _PRODUCTS else node


def numbers_said(grounds: Grounds, read: Read) -> set[float]:
    """The numbers in the words before it, in its part of the text."""
    first, end = max(0, read.start - NEAR), grounds.reading.outline.part_end
    found = NUMBER.finditer(grounds.reading.document.masked(first, read.start))
    return {float(m[0]) for m in found if end(first + m.start()) > read.start}
