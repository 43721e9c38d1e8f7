"""Relations of moments tried with random letters: independent of each other or not, of mean 0 or not, in their shapes or as numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from evalkit.derivation.following.moment_shapes import Shapes, of_numbers_alone
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Call, Node, Num, is_zero, walk
from evalkit.derivation.verdicts.verdict import TRUE, Judgement
from evalkit.derivation.worlds.entries import Drawn, Entry, Moments
from evalkit.derivation.worlds.moments import HOW, NAMES
from evalkit.derivation.worlds.scope import unbound_names

MAX_RANDOM = 5
BACK = 3000
"""How many characters before a relation may say that letters are independent or have mean 0."""
INDEPENDENT = re.compile(
    r"independ|uncorrelat|\bi\.?i\.?d\b|white noise|orthogonal|cov[^=\n]{0,30}=\s*\$?0", re.IGNORECASE
)
CENTRED = re.compile(
    r"\bzero[- ]mean|mean (?:of |is |equal to )?(?:zero|0)|mean\s*=\s*0|cent(?:er|re)d|unbiased|[E𝔼]\W{0,8}\w+\W{0,8}=\s*0",
    re.IGNORECASE,
)


def told(reading: Reading, read: Read, random: list[str]) -> Judgement | None:
    """The verdict that it is true, if it is for letters of which the text says no more than it does."""
    if len(random) > MAX_RANDOM:
        return None
    before = reading.document.text[max(0, read.start - BACK) : read.end]
    independent, centred = bool(INDEPENDENT.search(before)), bool(CENTRED.search(before))
    for how in all_ways(random):
        if how.independent > independent or how.centred > centred:
            continue
        found = tried(reading, read, random, how)
        if (
            found.verdict in TRUE
            and says_something(reading, read, random, how)
            and not holds_of_numbers(reading, read, random, how)
        ):
            words = [w for w, on in (("independent", how.independent), ("centred", how.centred)) if on]
            return replace(found, reason=f"for all random {', '.join((*words, *random))}") if random else found
    return None


def says_something(reading: Reading, read: Read, random: list[str], how: Moments) -> bool:
    """Whether no moment in it is 0 by the premise alone: it would be true with any factor before that."""
    left, right = read.sides
    if is_zero(left) or is_zero(right) or not (how.independent or how.centred):
        return True
    moments_in = {n for side in read.sides for n in walk(side) if isinstance(n, Call) and n.name in NAMES}
    return all(tried(reading, replace(read, left=n, right=Num(0)), random, how).verdict not in TRUE for n in moments_in)


def all_ways(random: list[str]) -> Iterator[Moments]:
    """The weakest premise first."""
    for independent in (False, True):
        for centred in (False, True):
            yield Moments(tuple(random), independent, centred)


def tried(reading: Reading, read: Read, random: list[str], how: Moments) -> Judgement:
    """The verdict where the letters are random in this way: of the declared shape, or else numbers."""
    scope = reading.judge.scope
    known = {name: scope.find(name) for name in random}
    shapes = {n: k[1].shape if k is not None and isinstance(k[1], Drawn) else () for n, k in known.items()}
    others: Shapes = dict.fromkeys((n for n in unbound_names(scope, *read.sides) if n not in random), ())
    found = judged_with(reading, read.sides, how, shapes, others)
    if found.verdict in TRUE or not any(shapes.values()):
        return found
    numbers = judged_with(reading, read.sides, how, dict.fromkeys(random, ()), others)
    return numbers if numbers.verdict in TRUE else found


def holds_of_numbers(reading: Reading, read: Read, random: Sequence[str], how: Moments) -> bool:
    """Whether it holds where its letters are numbers, and not where they are columns and matrices."""
    scope = reading.judge.scope
    unknown = unbound_names(scope, *read.sides)
    free = [n for n in unknown if n in random]
    known = {n: k[1].shape for n in random if (k := scope.find(n)) is not None and isinstance(k[1], Drawn)}
    constant = [n for n in unknown if n not in random]

    def judged(sides: tuple[Node, Node], shapes: Shapes) -> Judgement:
        drawn = dict.fromkeys(free, ()) | known | {n: s for n, s in shapes.items() if n in random}
        others = dict.fromkeys(constant, ()) | {n: s for n, s in shapes.items() if n in constant}
        return judged_with(reading, sides, how, drawn, others)

    return of_numbers_alone(reading, read.sides, free, constant, judged)


def judged_with(reading: Reading, sides: tuple[Node, Node], how: Moments, shapes: Shapes, others: Shapes) -> Judgement:
    """The verdict where random letters, and others, have these shapes."""
    entries: dict[str, Entry] = {HOW: how}
    entries |= {n: Drawn(shape, frozenset(), None, "reply") for n, shape in others.items()}
    entries |= {n: Drawn(shape, frozenset({"random"}), None, "reply") for n, shape in shapes.items()}
    with reading.judge.trying(entries):
        return reading.judge.equation(*sides)
