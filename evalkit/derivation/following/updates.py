"""A value in numbers that a step of a method changes: `w = 0.5`, later `w = 0.5 - 0.1 \\cdot 0.069`.

Not covered: updates in letters (`w = w - \\eta g`), and those that add a bare number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.examples import constant_value
from evalkit.derivation.following.nearly import unit
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num, Un, walk
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined

CLOSE = 1e-9


def updated(reading: Reading, read: Read) -> Read | None:
    """Changes a value in numbers by a product: the step of a method, and the letter means the new value."""
    left, right = read.sides
    name = shapes.plain_name(left)
    entry = reading.judge.own.get(name) if name else None
    if name is None or not isinstance(entry, Defined) or entry.params or not scopes.is_constant(right):
        return None
    if not changes_by_product(right):
        return None
    begun = isinstance(entry.body, Num | Un) and right.left == entry.body
    if not begun and not goes_on(reading, read, name, right, entry.body):
        return None
    reading.judge.define({name: Defined(right, (), None, "reply")})
    return replace(read.decided(Verdict.ASSUMPTION, "an update"), introduces=frozenset({name}))


def changes_by_product(node: Node) -> TypeGuard[Bin]:
    """Whether it is something and a product more or less."""
    if not isinstance(node, Bin) or node.op not in ("+", "-"):
        return False
    return any(isinstance(n, Bin) and n.op in ("*", "dot") for n in walk(node.right))


def goes_on(reading: Reading, read: Read, name: str, right: Bin, value: Node) -> bool:
    """Whether a step behind another step begins with what that came to, and does not conclude from it: `w = 1 - 0.1 \\cdot 2`,
    then `w = 0.8 - ...`. What comes to the same value again is no step."""
    last = next((r for r in reversed(reading.relations) if name in r.introduces), None)
    if last is None or last.judgement.rule != "updated" or prose.CONCLUDE.search(read.words.strip()):
        return False
    if not is_rounded(reading, right.left, value):
        return False
    now, then = constant_value(reading, right), constant_value(reading, value)
    return now is None or then is None or bool(abs(now.item() - then.item()) > CLOSE * abs(then.item()))


def is_rounded(reading: Reading, node: Node, value: Node) -> bool:
    """Whether a number is this value, or shows it to a decimal at least."""
    shown, exact = constant_value(reading, node), constant_value(reading, value)
    written = node.x if isinstance(node, Un) else node
    if not isinstance(written, Num) or shown is None or exact is None or shown.size != 1 or exact.size != 1:
        return False
    place = unit(written.value)
    return bool(abs(shown.item() - exact.item()) <= (place if place < 0.5 else 0.0) + CLOSE * abs(exact.item()))
