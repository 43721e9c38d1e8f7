r"""`V = (0.8, 0.6; 0.6, -0.8)`: the signs of singular vectors and of eigenvectors are the reply's choice, and are kept.

Of a matrix of numbers only: those of random data say nothing. What fails, and equates something that rests on these
vectors with numbers, is tried with the other signs: u_i and v_i turn together where their singular value is not 0. Where it
holds so, the vectors have these signs from here on, in the whole text or the part that it stands in. A relation before it
that was right must stay right: else the text has two choices, and this one is no truth.

Vectors of a value that comes more than once are those of any basis: what hangs on ours is disputed, unless it gives vectors
that belong to no basis. Not covered: a basis of such a space that the reply keeps to, columns in another order together
with their values, signs of more than MAX_CELLS columns at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from evalkit.derivation.following import scopes
from evalkit.derivation.following.claims import approximation
from evalkit.derivation.following.examples import is_random
from evalkit.derivation.following.figures import cut_off
from evalkit.derivation.following.nearly import figures, spreads, within_figures
from evalkit.derivation.following.numbers import rounded, sides, vectors_of
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.turning import SAME, Cell, Turning, are_near, evaluated, hangs_on, is_near
from evalkit.derivation.grammar.nodes import Bin, Block, Node, Num
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.draw import Array
from evalkit.derivation.worlds.scope import Factor

CHOSEN = "with the signs that the reply gives the vectors"
MAX_CELLS = 6
MAX_TRIALS, MAX_BEFORE, MAX_FITTING = 60, 120, 4
"""Relations of a reply that are tried, relations before one that are asked, and choices that come near which are looked at."""


def chosen_signs(reading: Reading, read: Read) -> Read | None:
    """Is right in numbers with other signs of vectors of a decomposition, which are the reply's choice from here on."""
    for side, other, _, _ in sides(read):
        factors = vectors_behind(reading, other)
        if not factors or reading.oriented >= MAX_TRIALS or not is_settled(reading, side, factors):
            continue
        reading.oriented += 1
        found = tried(reading, read, side, other, factors)
        if found is not None:
            return found
    return None


def chosen_nearly(reading: Reading, read: Read) -> Read | None:
    """Is nearly right so: `U \\approx (0.32, 0.95; 0.95, -0.32)`."""
    return chosen_signs(reading, read) if read.op == "approx" else None


def vectors_behind(reading: Reading, node: Node) -> dict[str, Factor]:
    """The factors with vectors on which a side depends, those of matrices of numbers."""
    env = reading.judge.general
    found = {n: env.scope.entries.get(n) for n in env.depends(node)}
    factors = {n: e for n, e in sorted(found.items()) if isinstance(e, Factor) and e.part != 1}
    if not factors or reading.loose(node) or any(is_random(reading, e.of) for e in factors.values()):
        return {}
    return factors


def is_settled(reading: Reading, node: Node, factors: Mapping[str, Factor]) -> bool:
    """Whether a side is the same numbers in every world, whatever signs the vectors have."""
    if scopes.is_constant(node):
        return True
    return reading.judge.general.depends(node).isdisjoint(factors) and not is_random(reading, node)


def tried(reading: Reading, read: Read, side: Node, other: Node, factors: Mapping[str, Factor]) -> Read | None:
    """The relation with other signs."""
    env = reading.judge.general
    wanted, have = evaluated(env, side, {}), evaluated(env, other, {})
    turning = Turning(env, factors)
    if wanted is None or have is None or wanted.shape != have.shape or not turning.known:
        return None
    cells = [c for c in turning.cells if hangs_on(env, other, have, turning.turned(c))]
    if turning.loose and hangs_on(env, other, have, turning.mixed()):
        if vectors_of(reading, other) is not None and not turning.is_basis(wanted, other, vectors_of(reading, other)):
            return None
        return disputed(read, "any basis of the vectors of a value that comes twice will do")
    if len(cells) > MAX_CELLS:
        return disputed(read, "the signs of many vectors are free")
    kept: Read | None = None
    fitting = 0
    for chosen in choices(cells):
        value = evaluated(env, other, turning.turned(chosen))
        if value is None or not is_near(wanted, value):
            continue
        fitting += 1
        if fitting > MAX_FITTING:
            return disputed(read, "the signs of many vectors are free")
        entries = turning.entries(chosen)
        with reading.judge.trying(entries):
            found = verdict(reading, read, side, value)
        if found is None:
            continue
        if chosen and wanted.size == 1:
            return disputed(read, "right with another sign of a vector, which nothing else tells")
        against = contradicted(reading, turning, chosen)
        if not against:
            reading.judge.define(entries)
            return found
        kept = kept or inconsistent(reading, read, other, against)
    return kept


def disputed(read: Read, reason: str) -> Read | None:
    return read.decided(Verdict.DISPUTED, reason) if read.op in EQUAL else None


def verdict(reading: Reading, read: Read, side: Node, value: Array) -> Read | None:
    """The relation with the signs that are in force, None where it is not even nearly right."""
    if read.op == "approx":
        numbers = Block(tuple(tuple(Num(float(x)) for x in row) for row in value))
        first = side is read.right
        return approximation(reading, replace(read, left=numbers if first else side, right=side if first else numbers))
    judgement = reading.judge.equation(*read.sides)
    if judgement.verdict in TRUE:
        return replace(read, judgement=replace(judgement, reason=CHOSEN))
    for rule in (rounded, within_figures, cut_off):
        found = rule(reading, read)
        if found is not None:
            return found
    return within_its_figures(reading, read, side, value)


def within_its_figures(reading: Reading, read: Read, side: Node, value: Array) -> Read | None:
    """Differs by no more than what the figures of the side in numbers may have been rounded by, or cut off."""
    env = reading.judge.general
    have, slack = evaluated(env, side, {}), spreads(env, side)
    if have is None or slack is None or not figures(side):
        return None
    near = bool((np.abs(have - value).reshape(-1) <= 2 * slack + SAME).all())
    return read.decided(Verdict.DISPUTED, "right up to the figures that it is computed from") if near else None


def choices(cells: Sequence[Cell]) -> Iterator[Cell]:
    """Every set of columns that may turn, the smallest first."""
    for count in range(len(cells) + 1):
        for some in combinations(cells, count):
            yield frozenset().union(*some)


def contradicted(reading: Reading, turning: Turning, chosen: Cell) -> list[Read]:
    """The relations before, right or nearly so, that are not with these signs."""
    env, local = turning.env, turning.turned(chosen)
    out: list[Read] = []
    for r in reading.relations[-MAX_BEFORE:] if chosen else ():
        if r.left is None or r.right is None or r.op not in (*EQUAL, "approx") or r.judgement.verdict in FALSE:
            continue
        if env.depends(Bin("=", r.left, r.right)).isdisjoint(local):
            continue
        before = [evaluated(env, side, {}) for side in r.sides]
        after = [evaluated(env, side, local) for side in r.sides]
        if are_near(before) and not are_near(after):
            out.append(r)
    return out


def inconsistent(reading: Reading, read: Read, other: Node, against: Sequence[Read]) -> Read | None:
    """Speaks against signs that were chosen before. False where nothing but the vectors that belong to it told these, in the
    same part: who gives vectors again may choose anew."""
    part, env = vectors_of(reading, other), reading.judge.general
    given = [p for r in against for side in r.sides if (p := vectors_of(reading, side)) is not None]
    again = part is not None and any(p.part == part.part for p in given)
    plain = not any(
        r.judgement.verdict in TRUE
        and reading.outline.part_end(r.start) > read.start
        and (value := evaluated(env, r.sides[0], {})) is not None
        and value.size > 1
        for r in against
    )
    return disputed(read, "signs of vectors that were chosen otherwise before") if again or plain else None


def gives_signs(reading: Reading, node: Node, value: Node) -> bool:
    """Whether a node is vectors of a decomposition, and a value in numbers the same but for the signs of the columns."""
    part = vectors_of(reading, node)
    if part is None or part.part == 1 or not scopes.is_constant(value):
        return False
    env = reading.judge.general
    a, b = evaluated(env, node, {}), evaluated(env, value, {})
    if a is None or b is None or a.shape != b.shape or is_random(reading, node):
        return False
    return all(is_near(x, y) or is_near(x, -y) for x, y in zip(a.T, b.T, strict=True))
