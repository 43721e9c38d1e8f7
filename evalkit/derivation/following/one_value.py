r"""Doubts about what gives one value to something that takes many: `\|E\|^2 = 4 + 1`, and a formula whose indices are bounded beside it.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: 0, 1 and -1, which are said of
every value, too; and indices that words alone bound.
"""

from __future__ import annotations

import numpy as np

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.ranges import bound
from evalkit.derivation.following.reading import Read
from evalkit.derivation.grammar.nodes import Node, Num, Sym
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Drawn, Factor
from evalkit.derivation.worlds.values import Trouble
from evalkit.derivation.worlds.world import ASSUMED

COMMON = (0.0, 1.0, -1.0)
BESIDE = 400
"""How many characters away indices are bounded."""
FLIPPED = {"<": ">", ">": "<", "leq": "geq", "geq": "leq"}


def number_of_what_varies(grounds: Grounds, read: Read) -> str:
    """Sets equal to one number what is another one in every world: it may be that of an example."""
    if read.judgement.verdict is not Verdict.FAILS or read.judgement.rule != "evaluated":
        return ""
    for a, b in (read.sides, read.sides[::-1]):
        if scopes.is_constant(b) and not scopes.is_constant(a) and varies(grounds, read, a, b):
            return "a number for what is another one in every world: perhaps that of an example"
    return ""


def varies(grounds: Grounds, read: Read, node: Node, number: Node) -> bool:
    """Whether a number other than the common ones stands beside what has several values and rests on a matrix or a column: of
    numbers it may be a condition."""
    scope = grounds.judge(read).scope
    behind = [scope.entries.get(name) for name in grounds.judge(read).general.depends(node)]
    if not any(isinstance(e, Factor) or (isinstance(e, Drawn) and e.shape) for e in behind):
        return False
    found = []
    for env in grounds.judge(read).envs(ASSUMED):
        try:
            values = [env.value(side, {}) for side in (node, number)]
        except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
            continue
        if not all(isinstance(v, np.ndarray) and v.size == 1 for v in values):
            return False
        found.append([float(np.real(v).item()) for v in values if isinstance(v, np.ndarray)])
    if len(found) < 2 or any(said == common for _, said in found for common in COMMON):
        return False
    return bool(np.ptp([value for value, _ in found]) > 1e-6 * max(abs(value) for value, _ in found))


def list_for_a_matrix(grounds: Grounds, read: Read) -> str:
    """Has a matrix that an example gave as a list in round brackets, `A = (1, 2, 2)`: a row, perhaps, and not a column."""
    if read.judgement.verdict is not Verdict.ILL_TYPED:
        return ""
    given = grounds.reading.setting.scope.entries
    for other in grounds.readable:
        name = shapes.plain_name(other.sides[0]) or ""
        entry = given.get(name)
        listed = other.judgement.rule == "example_value" and pretty(other.sides[1]).startswith("(")
        if (
            listed
            and isinstance(entry, Drawn)
            and len(entry.shape) == 2
            and name in grounds.behind(read) | grounds.names(read)
        ):
            return f"{name}: a row or a column"
    return ""


def indices_bounded(grounds: Grounds, read: Read) -> str:
    """Is true for the indices that are bounded beside it: `= 0, because $i > k \\ge j$`."""
    if read.judgement.verdict is not Verdict.FAILS:
        return ""
    judge = grounds.judge(read).branch()
    for other in grounds.relations:
        near = abs(other.start - read.start) <= BESIDE and other.judgement.rule == "index_range"
        if not near or other.left is None or other.right is None:
            continue
        sides, op = [other.left, other.right], other.op
        if not grounds.reading.is_index(other.left):
            sides, op = sides[::-1], FLIPPED.get(op, op)
        if not (isinstance(sides[0], Sym) and grounds.reading.is_index(sides[0])) or isinstance(sides[1], Num):
            continue
        judge.limits.ranges.update(bound(grounds.reading, sides, (op,)))
    if not judge.limits.ranges:
        return ""
    return "holds for the indices that are bounded beside it" if judge.equation(*read.sides).verdict in TRUE else ""
