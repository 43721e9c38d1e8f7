r"""Doubts by a point at which something is least: `at the minimum $X^\top X w = X^\top y$` says that a gradient is 0 there.

What is left of a relation, side minus side, is then a multiple of a gradient. Not covered: conditions that are multiplied by a
vector, and several unknowns at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.derivation.following.conventions import factors, moving
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import said_before
from evalkit.derivation.grammar.nodes import Bin, Call, Grad, Node, Num, Sym, has_derivative
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined

STATIONARY = re.compile(
    r"\b(?:minim\w+|maxim\w+|optim\w+|stationar\w+|critical|equilibrium|normal equations?|least squares|first[- ]order|orthogonal|at the (?:solution|best|peak|bottom))\b",
    re.I,
)
MAX_FUNCTIONS = 4


def at_a_stationary_point(grounds: Grounds, read: Read) -> str:
    """Says that a gradient of the problem's is 0, in a sentence about a point where it is."""
    if read.judgement.verdict is not Verdict.FAILS or not STATIONARY.search(said_before(grounds, read)):
        return ""
    if any(has_derivative(side) for r in grounds.readable if r.chain == read.chain for side in r.sides):
        return ""  # it says what a derivative is: with a wrong sign the gap is twice that
    judge, gap = grounds.judge(read), Bin("-", *read.sides)
    for slope in slopes(grounds, read):
        for factor in (Num(1), *factors(grounds, read)):
            for side in (Bin("*", factor, slope), Bin("*", Bin("-", Num(0), factor), slope)):
                if judge.equation(gap, side).verdict in TRUE:
                    return "holds where a gradient of the problem's is 0"
    return ""


def slopes(grounds: Grounds, read: Read) -> Iterator[Node]:
    """The gradients of the problem's functions by the free letters of a relation."""
    entries = grounds.reading.setting.scope.entries
    functions = [(n, e) for n, e in entries.items() if isinstance(e, Defined) and not e.index][:MAX_FUNCTIONS]
    for letter in moving(grounds, read):
        for name, entry in functions:
            yield Grad(Call(name, tuple(map(Sym, entry.params))) if entry.params else Sym(name), letter)
