"""A value in numbers that a step of a method changes: `w = 0.5`, later `w = 0.5 - 0.1 \\cdot 0.069`.

Not covered: updates in letters (`w = w - \\eta g`), and those that add a bare number.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Un, walk
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined


def updated(reading: Reading, read: Read) -> Read | None:
    """Changes a value in numbers by a product: the step of a method, and the letter means the new value."""
    left, right = read.sides
    name = shapes.plain_name(left)
    entry = reading.judge.own.get(name) if name else None
    if name is None or not isinstance(entry, Defined) or entry.params or not scopes.is_constant(right):
        return None
    if not isinstance(entry.body, Num | Un) or not changes_by_product(right, entry.body):
        return None
    reading.judge.define({name: Defined(right, (), None, "reply")})
    return replace(read.decided(Verdict.ASSUMPTION, "an update"), introduces=frozenset({name}))


def changes_by_product(node: Node, value: Node) -> bool:
    """Whether it is this value and a product more or less."""
    if not isinstance(node, Bin) or node.op not in ("+", "-") or node.left != value:
        return False
    return any(isinstance(n, Bin) and n.op in ("*", "dot") for n in walk(node.right))
