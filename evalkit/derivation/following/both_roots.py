r"""`x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}` behind an equation in x: both values solve it.

Not covered: equations that stand far before, and roots of more than one letter.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from evalkit.derivation.following import shapes
from evalkit.derivation.following.imaginary import complex_tree
from evalkit.derivation.following.missteps import AROUND, DOUBTED_VALUE, MAX_EDITS, edited
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.two_signs import put
from evalkit.derivation.grammar.nodes import EITHER, Bin
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from evalkit.derivation.worlds.scope import Defined, names_in

FAR = 10
"""Relations back among which the equation stands."""


def has_both_roots(reading: Reading, at: int, read: Read) -> bool:
    """Whether a letter is given two values, by a sign of two, and an equation before it holds for each."""
    name = shapes.plain_name(read.sides[0])
    if name is None or EITHER not in names_in(read.sides[1]) or name in names_in(read.sides[1]):
        return False
    before = [r for r in reading.relations[max(0, at - FAR) : at] if r.chain != read.chain and r.op == "="]
    return any(
        name in names_in(Bin("=", *r.sides))
        and shapes.plain_name(r.sides[0]) != name
        and solves(reading, read, name, r)
        for r in reversed(before)
        if r.left is not None and r.right is not None and r.judgement.verdict not in FALSE
    )


def is_one_edit_off(reading: Reading, at: int, read: Read) -> bool:
    """Whether the two values do not solve the equation right before them, and would with one edit."""
    before = reading.relations[at - 1] if at else read
    name = shapes.plain_name(read.sides[0])
    if name is None or before.op != "=" or before.chain == read.chain or before.judgement.verdict in FALSE | TRUE:
        return False
    if before.left is None or before.right is None or name not in names_in(Bin("=", *before.sides)):
        return False
    if any(shapes.plain_name(side) == name for side in before.sides):
        return False  # another of its values: `t = 1 or t = 2 \\pm 3`
    if EITHER not in names_in(read.sides[1]) or DOUBTED_VALUE.search(
        reading.document.text, max(0, before.start - AROUND), read.start
    ):
        return False
    others = (replace(read, right=e.right) for e in islice(edited(read), MAX_EDITS) if e.left == read.left)
    return any(solves(reading, other, name, before) for other in others)


def solves(reading: Reading, read: Read, name: str, equation: Read) -> bool:
    """Whether the equation holds for the two values, and not for any value."""
    judge = (read.then if read.then is not None else reading.judge).branch()
    judge.forget()
    roots = complex_tree(judge.scope, read.sides[1])  # a root that is no real number solves its equation as well
    for value in (*(put(roots, sign) for sign in (1.0, -1.0)), None):
        there = judge.branch()
        if value is not None:
            there.define({name: Defined(value, (), None, "reply")})
        if (there.computed(*equation.sides).verdict in TRUE) != (value is not None):
            return False
    return True
