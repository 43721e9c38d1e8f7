"""Doubts by what an equation may ask for: it may be there to be solved, and claim nothing.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: what only words elsewhere ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.beside import PLAIN, is_plain
from evalkit.derivation.following.chained import factors
from evalkit.derivation.following.continued import GOES_ON
from evalkit.derivation.following.givens import set_to_zero
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.premises import said_of_every
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.grammar.nodes import Bin, Grad, Node, Num, Un, has_derivative, is_zero
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, family_key, names_in

Term = tuple[float, frozenset[tuple[Node, float]]]
"""The number before a term, and the powers of its letters."""
AN_EQUATION = re.compile(r"\bequation\s+(?:is|reads)\W*$", re.I)
"""`the auxiliary equation is`: it is said which equation, not that it holds."""
CALLED = re.compile(r"\bequations?(?:\s+(?:is|are|reads?))?\W*$", re.I)
"""`giving the normal equations`: what stands there is one, and may be there to be solved."""
SET_TO_ZERO = re.compile(r"\b(?:set|sets|setting|equat(?:e|es|ing)|put|puts|putting)\b[^.$]{0,60}?\b(?:zero|0)\b", re.I)
"""`Setting it to zero`, `equating the gradient with 0`; not what is equal to 0 already."""


def open_condition(grounds: Grounds, read: Read) -> str:
    """Has no free letter on both sides: it cannot hold in general, and asks for a value."""
    if read.judgement.verdict is not Verdict.FAILS or grounds.is_decided_by_worlds(read):
        return ""
    reading = grounds.reading
    if any(s.limit and said_of_every(reading, read, s.limit) for s in reading.setting.specials):
        return ""  # `M^T M = I for any lambda` claims, and asks for nothing
    left, right = (grounds.free(read, side) for side in read.sides)
    if left & right:
        return ""
    asked = left | right
    in_numbers = all(scopes.is_constant(side) for side in read.sides if not grounds.free(read, side))
    if any(map(is_zero, read.sides)) or not in_numbers:
        asked -= grounds.data(read)  # what is given may vanish; but a number for it is an example
    if grounds.is_claimed(read) and not AN_EQUATION.search(read.words):
        asked &= grounds.names(read)  # what stands behind a definition alone is not what it asks for
    if any(isinstance(side, Grad) for side in read.sides) and not any(map(is_zero, read.sides)):
        return ""  # what a derivative is, is worked out; that it is 0, may be asked
    if asked and in_an_example(grounds, read, asked):
        return ""
    return "a condition on letters that are free" if asked else ""


def uneven(grounds: Grounds, read: Read) -> str:
    """Is not claimed in words, and a free letter stands on one side alone: it cannot hold for all values, and may tie letters together."""
    if read.judgement.verdict is not Verdict.FAILS or grounds.is_claimed(read) or is_link(read):
        return ""
    if any(map(has_derivative, read.sides)) and not any(map(is_zero, read.sides)):
        return ""  # what a derivative is, is worked out
    left, right = (grounds.free(read, side) for side in read.sides)
    entries = grounds.judge(read).scope.entries
    tied = {n for n in (left ^ right) - grounds.data(read) if family_key(n) not in entries}  # of `s_i` not s
    if not isinstance(entries.get(headed(read) or ""), Defined):  # `E = mgh`, without its v
        tied &= grounds.names(read)  # what stands behind a name alone may be on one side of an identity, too
    return f"{min(tied)}: stands on one side alone, and may be tied to the other letters" if tied else ""


def nothing_to_work_out(grounds: Grounds, read: Read) -> str:
    """Equates two sums of numbers' terms, `12x = 500 + 2x`, that have nothing to be worked out, so that no step is claimed: it asks for a value."""
    if read.judgement.verdict is not Verdict.FAILS or grounds.is_decided_by_worlds(read) or is_link(read):
        return ""
    left, right = (terms_of(grounds, read, side) for side in read.sides)
    if left is None or right is None or not (left | right):
        return ""
    alone = max(len(left - right), len(right - left))
    return "neither side has anything to be worked out" if alone > 1 or not left & right else ""


def is_link(read: Read) -> bool:
    """Whether it goes on a chain: it rewrites, and asks for nothing."""
    s = read.statement
    return s is None or s.joined == GOES_ON or s.sides[0][0].start != read.start


def terms_of(grounds: Grounds, read: Read, side: Node) -> frozenset[Term] | None:
    """The terms of a sum in free numbers; None where one is no number times powers of letters, or two could be added."""
    entries = grounds.judge(read).scope.entries
    found: dict[frozenset[tuple[Node, float]], float] = {}
    for sign, term in signed(side):
        number, powers = float(sign), dict[Node, float]()
        for factor in factors(term):
            base, power = factor, 1.0
            if isinstance(factor, Bin) and factor.op == "^" and isinstance(factor.right, Num):
                base, power = factor.left, factor.right.value
            if isinstance(base, Num) and power == 1 and abs(number) == 1:
                number *= base.value
                continue
            entry = entries.get(shapes.plain_name(base) or "")
            if not isinstance(entry, Drawn) or entry.shape != () or base in powers:
                return None
            powers[base] = power
        monomial = frozenset(powers.items())
        if monomial in found:
            return None
        found[monomial] = number
    return frozenset((number, monomial) for monomial, number in found.items() if number)


def signed(node: Node, sign: int = 1) -> Iterator[tuple[int, Node]]:
    """The terms of a sum with their signs."""
    match node:
        case Bin("+" | "-", a, b):
            yield from signed(a, sign)
            yield from signed(b, sign if node.op == "+" else -sign)
        case Un("-", x):
            yield from signed(x, -sign)
        case _:
            yield sign, node


def called_an_equation(grounds: Grounds, read: Read) -> str:
    """Is called an equation by the word right before it: with free letters, or some of its own, it may be there to be solved."""
    entries = grounds.judge(read).scope.entries
    own = (isinstance(e := entries.get(n), Defined) and e.source == "reply" for n in grounds.names(read))
    free = any(grounds.free(read, side) for side in read.sides) or any(own)
    return "an equation, perhaps to be solved" if free and CALLED.search(read.words) else ""


def of_what_is_set_to_zero(grounds: Grounds, read: Read) -> str:
    """Is what free letters obey where the words set something to zero that no relation tells: "setting the gradient to zero"."""
    if (
        read.judgement.verdict is not Verdict.FAILS
        or not SET_TO_ZERO.search(read.words)
        or any(map(has_derivative, read.sides))
    ):
        return ""
    entries = grounds.judge(read).scope.entries
    told = any(isinstance(entries.get(shapes.plain_name(side) or ""), Defined) for side in read.sides)
    free = any(grounds.free(read, side) for side in read.sides)
    if not free or told:
        return ""
    relations = grounds.reading.relations
    at = next((i for i, r in enumerate(relations) if (r.start, r.end) == (read.start, read.end)), 0)
    return "" if set_to_zero(grounds.reading, at, read) else "a condition: something is set to zero there"


def updates_itself(grounds: Grounds, read: Read) -> str:
    """Gives a letter a value in which it stands itself, first where it is no number, and no word concludes it: a step, `W = W - G`."""
    left, right = read.sides
    name = shapes.plain_name(left)
    entry = grounds.judge(read).scope.entries.get(name or "")
    number = isinstance(entry, Drawn) and (entry.shape == () or next(signed(right))[1] == left)
    if name is None or name not in names_in(right) or not number or is_concluded(read):
        return ""
    return f"{name}: perhaps its next value"


def in_an_example(grounds: Grounds, read: Read, letters: frozenset[str]) -> bool:
    """Whether plain words claim it of numbers that the same item or paragraph just gave to all its letters, one to each. A
    value that was concluded may be wrong itself; any other word between may have changed one."""
    assumed, outline = grounds.judge(read).assumed, grounds.reading.outline
    if not grounds.is_claimed(read) or not any(map(scopes.is_constant, read.sides)):
        return False
    places: list[tuple[int, int]] = []
    for name in letters:
        entry = assumed.get(name)
        given = [r for r in grounds.readable if name in r.introduces and r.section == read.section]
        if not isinstance(entry, Defined) or not scopes.is_constant(entry.body) or len(given) != 1:
            return False
        if is_concluded(given[0]) or given[0].end > read.start or outline.block_end(given[0].start) <= read.start:
            return False
        places.append((given[0].start, given[0].end))
    return is_plain(grounds.reading.document.text, grounds.readable, min(places)[0], read, places, PLAIN | {"with"})
