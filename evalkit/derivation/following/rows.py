r"""`\partial L/\partial x = \partial L/\partial y \cdot \partial y/\partial x`: derivatives of numbers as rows, where shapes fit so only.

A product of derivatives that has no shape with gradients as columns is looked at once more with all of them as rows, and is
true where it holds so; and so is every derivative behind words that say so ("we write gradients as rows"). Elsewhere a row for
a column is an error: `\partial(a^\top x)/\partial x = a^\top`.
Not covered: relations that mix both, derivatives by matrices in a product, gradients that have a name.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Grad, Node, Un, children, rebuilt, walk
from evalkit.derivation.grammar.stream import COLUMN, SCALAR
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import Scope

_PRODUCTS = ("*", "dot", "cross")
IN_ROWS = re.compile(
    r"\b(?:gradients?|derivatives?|slopes?)\b[^.\n]{0,60}\b(?:as|are|is|be)\s+(?:an?\s+)?row(?:s\b(?!\s+of)|[- ]vectors?\b)|\bnumerator[- ]layout\b",
    re.I,
)
"""Words that say it: `we write gradients as rows`."""


def gradients_in_rows(reading: Reading, read: Read) -> Read | None:
    """Holds where derivatives of numbers by columns are rows, and has no shape where they are columns."""
    scope = reading.judge.scope
    left, right = (in_rows(side, scope) for side in read.sides)
    chained = any(is_chained(n) for side in read.sides for n in walk(side))
    if (left, right) == read.sides or not (chained or IN_ROWS.search(reading.document.text, 0, read.start)):
        return None
    judgement = reading.judge.equation(left, right)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason="where derivatives of numbers are rows"))


def is_chained(node: Node) -> bool:
    """Whether two derivatives are multiplied."""
    return (
        isinstance(node, Bin) and node.op in _PRODUCTS and isinstance(node.right, Grad) and isinstance(node.left, Grad)
    )


def in_rows(node: Node, scope: Scope) -> Node:
    """The tree with a row for the derivative of every number by a column."""
    if isinstance(node, Grad):
        number = node.order == 1 and scope.shape(node.f) == SCALAR and scope.shape(node.by) == COLUMN
        return Un("T", node) if number else node
    parts = children(node)
    return rebuilt(node, [in_rows(part, scope) for part in parts]) if parts else node
