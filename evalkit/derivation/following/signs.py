r"""Relations that hold with one sign or the other: `x = a \pm b`, and stars that transpose."""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.free import free_letters
from evalkit.derivation.following.nearly import within_figures
from evalkit.derivation.following.numbers import rounded
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.stepwise import rounded_parts
from evalkit.derivation.following.two_signs import put
from evalkit.derivation.grammar.nodes import EITHER, Bin, Call, Node, Num, Sub, Sym, Un, children, rebuilt, walk
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Scope, names_in

ONE_OF_TWO = "one of two signs"
OF_A_SET = re.compile(r"\b(?:are|were|two|both|either|pair|roots?|solutions?|zero(?:e?s)?|\w*values?|points?)\b", re.I)


def both_signs(reading: Reading, read: Read) -> Read | None:
    """Has a sign of two: true where it holds with the upper on both sides, and with the lower."""
    left, right = read.sides
    if (alone := margins(left, right)) is not None and all(map(scopes.is_constant, alone)):
        found = replace(read, left=alone[0], right=alone[1], judgement=reading.judge.equation(*alone))
        if found.judgement.verdict is Verdict.FAILS:
            found = rounded(reading, found) or within_figures(reading, found) or found
        if found.judgement.verdict is not Verdict.FAILS:
            return replace(read, judgement=found.judgement)
    where = [EITHER in names_in(side) for side in (left, right)]
    if not any(where):
        return None
    if not all(where):
        off = [Bin("-", put(left, s), put(right, s)) for s in (1.0, -1.0)]
        judgement = reading.judge.equation(Bin("*", *off), Num(0))
        both = where[0] and not is_either_value(reading, read)  # `(a \pm b)^2 = a^2 + b^2` says it of both
        if judgement.verdict in TRUE and (
            not both or all(reading.judge.equation(o, Num(0)).verdict in TRUE for o in off)
        ):
            return replace(read, judgement=replace(judgement, reason="" if both else "with one of the two signs"))
        return read.decided(Verdict.SKIPPED, ONE_OF_TWO)
    same = [signed(reading, read, s, s) for s in (1.0, -1.0)]
    if any(j.verdict is Verdict.UNBOUND for j in same):
        return in_free_letters(reading, read)
    if all(j.verdict in TRUE for j in same):
        return replace(read, judgement=same[0])
    wrong = next((j for j in same if j.verdict is Verdict.FAILS), None)
    if any(j.verdict is Verdict.DISPUTED for j in same):
        return replace(read, judgement=next(j for j in same if j.verdict is Verdict.DISPUTED))
    other = [signed(reading, read, s, -s) for s in (1.0, -1.0)]
    if not all(j.verdict in TRUE for j in other):
        failed = wrong is not None and any(j.verdict is Verdict.FAILS for j in other)
        return replace(read, judgement=wrong) if failed and wrong else read.decided(Verdict.SKIPPED, ONE_OF_TWO)
    if is_either_value(reading, read):
        return replace(read, judgement=other[0])
    if wrong is not None and writes_both(reading, read):
        return replace(read, judgement=wrong)  # who writes both says which goes with which
    return read.decided(Verdict.DISPUTED, "holds where the signs are read the other way round")


def is_either_value(reading: Reading, read: Read) -> bool:
    r"""Whether a chain tells two values of something, in whatever order: `t = \frac{5 \pm 1}{-2} = -\frac{5 \pm 1}{2}`."""
    first = next((r for r in reading.relations if r.chain == read.chain), read)
    if first.left is not None and EITHER not in names_in(first.left):
        return True
    return all(scopes.is_constant(put(side, 1.0)) for side in read.sides)


def writes_both(reading: Reading, read: Read) -> bool:
    r"""Whether a conclusion has `\mp` too, and its words speak of no set, in which the order is idle: `the roots are`."""
    first = next((r for r in reading.relations if r.chain == read.chain), read)
    marks = (t.text for side in (read.statement.sides if read.statement else ()) for t in side)
    return "mp" in marks and is_concluded(first) and not OF_A_SET.search(first.words)


def in_free_letters(reading: Reading, read: Read) -> Read:
    """The verdict where nothing explains its letters: true where it holds with both signs for all values of them."""
    found: Read | None = None
    for sign in (1.0, -1.0):
        found = free_letters(reading, replace(read, left=put(read.sides[0], sign), right=put(read.sides[1], sign)))
        if found is None or found.judgement.verdict not in TRUE:
            return read.decided(Verdict.SKIPPED, ONE_OF_TWO)
    return replace(read, judgement=found.judgement) if found is not None else read


def signed(reading: Reading, read: Read, first: float, second: float) -> Judgement:
    """The verdict with one sign on the left and one on the right; numbers are rounded as they are written."""
    left, right = put(read.sides[0], first), put(read.sides[1], second)
    found = reading.judge.equation(left, right)
    if found.verdict is not Verdict.FAILS:
        return found
    here = replace(read, left=left, right=right, judgement=found)
    rules = (rounded_parts, rounded, within_figures)
    return next((r.judgement for rule in rules if (r := rule(reading, here)) is not None), found)


def margins(left: Node, right: Node) -> tuple[Node, Node] | None:
    r"""What stands behind the signs of `m \pm a = m \pm b`, where m is the same."""
    match left, right:
        case Bin("+", a, Bin("*", Sym(one), x)), Bin("+", b, Bin("*", Sym(other), y)) if (
            a == b and one == other == EITHER
        ):
            return x, y
    return None


def turning_stars(reading: Reading, read: Read) -> Read | None:
    r"""Has names with a star that mean nothing: `x^* A = \lambda^* x^*` holds where the star transposes."""
    left, right = read.sides
    scope = reading.judge.scope
    both = [n for side in (left, right) for n in walk(side)]
    starred = [n for n in both if isinstance(n, Sym | Sub) and "^*" in n.name]
    starred += [Sym(n.name) for n in both if isinstance(n, Call) and n.name.endswith("^*")]
    if not starred or any(scope.find(n.name) for n in starred):
        return None
    if all(scope.shape(without_star(n)) in (SCALAR, None) for n in starred):
        return by_free_letters(reading, read) if is_adjoint(scope) else None
    judgement = reading.judge.equation(turned(left), turned(right))
    if judgement.verdict not in TRUE or turned(left) == turned(right):
        return None
    return replace(read, judgement=replace(judgement, reason="where a star transposes"))


def is_adjoint(scope: Scope) -> bool:
    """Whether the problem says of a matrix that its star transposes."""
    return any(
        name.endswith("^*") and isinstance(entry, Defined) and entry.body == Un("T", Sym(name.removesuffix("^*")))
        for name, entry in scope.entries.items()
    )


def by_free_letters(reading: Reading, read: Read) -> Read | None:
    """Holds for all columns that nothing explains, where a star transposes."""
    read_so = replace(read, left=turned(read.sides[0]), right=turned(read.sides[1]))
    if read_so.left == read_so.right:
        return None
    found = free_letters(reading, read_so)
    return replace(read, judgement=found.judgement) if found is not None and found.judgement.verdict in TRUE else None


def turned(node: Node) -> Node:
    """The tree with the transpose for every star."""
    if isinstance(node, Sym | Sub) and "^*" in node.name:
        return Un("T", without_star(node))
    if isinstance(node, Call) and node.name.endswith("^*") and len(node.args) == 1:  # y^*(A x): a product
        return Bin("*", Un("T", Sym(node.name.removesuffix("^*"))), turned(node.args[0]))
    parts = children(node)
    return rebuilt(node, [turned(part) for part in parts]) if parts else node


def without_star(node: Sym | Sub) -> Sym | Sub:
    plain = node.name.replace("^*", "", 1)
    if isinstance(node, Sym):
        return Sym(plain)
    base = without_star(node.base) if isinstance(node.base, Sym | Sub) else node.base
    return Sub(base, plain, node.index)
