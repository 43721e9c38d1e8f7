r"""An inequality that holds by the way it is made: `v^\top A^\top A v \ge 0`, `\|x\|^2 + \lambda > 0`, `X^\top X + \lambda I \succ 0`.

Letters that nothing explains are columns, numbers or square matrices by their places. A column is not 0 where the section says so.
Not covered: conditions on letters but `v \ne 0` and what declarations say; nothing is false by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.entrywise import shape, written_out
from evalkit.derivation.following.free import MAX_NAMES, MAX_TRIED, behind_matrices, of_matrices, unexplained
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.taken import SIZE, entry, places, tries
from evalkit.derivation.grammar.nodes import Big, Bin, Node, Num, Sym, is_zero, walk
from evalkit.derivation.verdicts.bounds import Prover
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.entries import Defined, Entry, Family
from evalkit.derivation.worlds.indices import loose_indices
from evalkit.derivation.worlds.scope import Scope
from evalkit.derivation.worlds.values import number

DEFINITENESS = ("succ", "succeq", "prec", "preceq")


def by_its_make(reading: Reading, read: Read) -> Read | None:
    """Is an inequality that squares, norms and signs prove."""
    return proven(reading, read)


def definite(reading: Reading, read: Read) -> Read | None:
    """Says of a matrix that it is definite, as sums and squares of definite ones are."""
    return proven(reading, read) if read.op in DEFINITENESS else None


def proven(reading: Reading, read: Read) -> Read | None:
    """What the way proves in which its sides are made; not which values a letter has that is declared to have them."""
    scope = reading.judge.scope
    if any(isinstance(b, Num) and is_drawn(scope, a) for a, b in (read.sides, read.sides[::-1])):
        return None
    nonzero = frozenset(
        r.left
        for r in reading.relations
        if r.op == "neq" and r.section == read.section and r.left and r.right and is_zero(r.right)
    )
    for entries in meanings(reading, Bin("=", *read.sides)):
        with reading.judge.trying(entries):
            env = reading.judge.general
            local = {name: number(1.0) for name in loose_indices(env, Bin("=", *read.sides), {})}
            prover = Prover(env, nonzero, local)
            if read.op not in DEFINITENESS and not all(is_zero(side) or prover.is_number(side) for side in read.sides):
                continue
            if prover.holds(read.sides[0], read.op, read.sides[1]):
                return replace(read, judgement=Judgement(Verdict.ALGEBRA, reason="by squares, norms and signs"))
    return None


def is_drawn(scope: Scope, node: Node) -> bool:
    """Whether it is a letter that nothing defines, or an entry of one."""
    name = shapes.plain_name(node)
    found = scope.resolve(name) or scope.family(name.partition("_")[0]) if name is not None else None
    entry = found[1] if found is not None else None
    return (
        is_drawn(scope, entry.of) if isinstance(entry, Family) else name is not None and not isinstance(entry, Defined)
    )


def meanings(reading: Reading, both: Node) -> Iterator[dict[str, Entry]]:
    """What the letters of a relation may be that nothing explains."""
    names = unexplained(reading.judge.scope, both)
    found = places(reading.judge.scope, both, names)
    found = replace(found, columns=found.columns | behind_matrices(reading.judge.scope, both, names))
    if not names:
        yield {}
    if found.called or not 1 <= len(names) <= MAX_NAMES or reading.freed >= MAX_TRIED:
        return
    reading.freed += 1
    sizes = [Sym(d) for d in reading.judge.worlds[0].sizes] if of_matrices(reading.judge.scope, both) else []
    for size in tries(names, found, [SIZE, *sizes], numbers=not sizes):
        yield {n: e for name in names for n, e in entry(name, found, size, frozenset()).items()}


def is_by_entry(reading: Reading, read: Read) -> bool:
    """Whether it has a meaning for columns entry by entry, or compares a column with a number."""
    env = reading.judge.general
    shapes = [shape(env, written_out(env, side, signed=True)) for side in read.sides]
    sums = any(isinstance(n, Big) for side in read.sides for n in walk(side))
    return not sums and None not in shapes and (shapes[0] == shapes[1] or (1, 1) in shapes)
