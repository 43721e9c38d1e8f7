"""`625 + 3250 = 3875 + 1650 = 5525`: a sum that goes on behind its total, with `=` between as a calculator shows it.

The side behind begins with the value of the side before, and something else is done to it, up to a further `=`. As an equation that is
false, as a calculation it is right.
Not covered: letters; a last side of which nothing follows (`20 + 6 = 26 + 1`).
"""

from __future__ import annotations

from evalkit.derivation.following import scopes
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Num
from evalkit.derivation.verdicts.verdict import Verdict

OPERATIONS = frozenset({"+", "-", "*", "dot", "/"})
SLACK = 1e-9


def running_total(reading: Reading, read: Read) -> Read | None:
    """Goes on from the value of its left side, which stands behind the sign, to a further total."""
    if read.op != "=" or read.statement is None or not all(map(scopes.is_constant, read.sides)):
        return None
    places = [side[0].start for side in read.statement.sides]
    if read.right_start not in places[:-1]:
        return None
    first, value = first_of(read.sides[1]), number_in(reading.judge.general, read.sides[0])
    if first is None or value is None or abs(first.value - value) > last_place(reading, read, first):
        return None
    return read.decided(Verdict.DISPUTED, "a calculation that goes on behind its total")


def first_of(node: Node) -> Num | None:
    """The number with which a calculation begins."""
    if not isinstance(node, Bin) or node.op not in OPERATIONS:
        return None
    while isinstance(node, Bin) and node.op in OPERATIONS:
        node = node.left
    return node if isinstance(node, Num) else None


def last_place(reading: Reading, read: Read, first: Num) -> float:
    """By how much the total may be rounded, as it is written."""
    assert read.statement is not None  # noqa: S101 - asked for before
    side = next(s for s in read.statement.sides if s[0].start == read.right_start)
    written = next((t.text for t in side if t.kind == "num"), "")
    decimals = len(written.partition(".")[2]) if "e" not in written.lower() else 0
    exact = first.value == round(first.value)
    return SLACK * max(1.0, abs(first.value)) if exact else 0.5 * 10.0**-decimals + SLACK
