r"""Another spelling of a quantity of the problem, `\beta^\star`, that is said to be what it is but for one edit.

Not covered: other numbers, factors and terms: another convention, or another penalty, explains them.
"""

from __future__ import annotations

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Alias, Defined, Entry
from evalkit.derivation.worlds.values import Trouble

SLIPS = frozenset({"transpose", "inverse", "exponent", "order"})
"""Edits that make no other problem of it."""


def is_misstated(reading: Reading, name: str, left: Node, right: Node, entry: Entry) -> bool:
    """Whether another spelling of something of the problem, `\\beta^*`, is said to be what it is but for one edit: a slip,
    and no other meaning."""
    if not isinstance(entry, Defined) or entry.source != "problem" or scopes.is_constant(right):
        return False
    if not isinstance(reading.judge.scope.entries.get(name), Alias):
        return False
    kind = slip(reading.judge, left, right, frozenset({Verdict.IDENTITY})).kind
    return kind in SLIPS and not is_multiple(reading, left, right)


def is_multiple(reading: Reading, left: Node, right: Node) -> bool:
    """Whether a side is a multiple of the other, as with another convention of sign or scale; two numbers always are."""
    env = reading.judge.general
    try:
        env.begin()
        a, b = (np.asarray(env.value(side, {})).reshape(-1) for side in (left, right))
    except (Trouble, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return True
    return a.shape != b.shape or abs(a @ b) >= (1 - 1e-9) * float(np.linalg.norm(a) * np.linalg.norm(b))
