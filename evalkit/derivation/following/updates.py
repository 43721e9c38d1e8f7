"""A value in numbers that a step of a method changes: `w = 0.5`, later `w = 0.5 - 0.1 \\cdot 0.069`.

Not covered: updates in letters (`w = w - \\eta g`), and those that add a bare number.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.examples import constant_value
from evalkit.derivation.following.nearly import unit
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
    if not changes_by_product(reading, right, entry.body):
        return None
    reading.judge.define({name: Defined(right, (), None, "reply")})
    return replace(read.decided(Verdict.ASSUMPTION, "an update"), introduces=frozenset({name}))


def changes_by_product(reading: Reading, node: Node, value: Node) -> bool:
    """Whether it is this value, as it is written or rounded, and a product more or less."""
    if not isinstance(node, Bin) or node.op not in ("+", "-"):
        return False
    if not any(isinstance(n, Bin) and n.op in ("*", "dot") for n in walk(node.right)):
        return False
    return node.left == value or is_rounded(reading, node.left, value)


def is_rounded(reading: Reading, node: Node, value: Node) -> bool:
    """Whether a number is what the step before came to: `w = 1 - 0.1 \\cdot 2`, then `w = 0.8 - ...`."""
    shown, exact = constant_value(reading, node), constant_value(reading, value)
    written = node.x if isinstance(node, Un) else node
    if not isinstance(written, Num) or shown is None or exact is None or shown.size != 1 or exact.size != 1:
        return False
    return bool(abs(shown.item() - exact.item()) <= min(unit(written.value), 0.5) * (1 + 1e-9))
