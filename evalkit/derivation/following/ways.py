"""Another way to read a relation: what the rules that try one have in common."""

from __future__ import annotations

from collections.abc import Callable

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Node, Num, Sub, Un, children, rebuilt, walk

Pair = tuple[Node, Node]
Way = tuple[Pair, bool, str]
"""What is said instead, whether it is surely meant where it holds, and why."""


def each(read: Read, change: Callable[[Node], Node]) -> Pair:
    """Both sides with every part changed that `change` knows, from the inside."""

    def through(node: Node) -> Node:
        if isinstance(node, Sub) and node.name:
            return node
        parts = children(node)
        return change(rebuilt(node, [through(part) for part in parts]) if parts else node)

    return through(read.sides[0]), through(read.sides[1])


def source(reading: Reading, read: Read) -> str:
    return reading.document.text[read.start : read.end]


def nodes_of(read: Read) -> list[Node]:
    return [n for side in read.sides for n in walk(side)]


def is_number(node: Node) -> bool:
    return isinstance(node, Num) or (isinstance(node, Un) and isinstance(node.x, Num))
