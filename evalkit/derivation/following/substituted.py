r"""`Let u = r^2/2, so du = r\,dr`: differentials of two letters, one of which the text wrote as an expression in the other.

What holds for all values of the letters, with that expression, is true; nothing is false by it.
Not covered: equations between both letters that are not solved for one of them, three differentials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.spoken import is_small_letter
from evalkit.derivation.grammar.nodes import Diff, Node, Sub, Sym, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, names_in, unbound_names

CONSTANT = "a differential of something constant"
"""Why a differential has no value."""
BACK = 30
"""How many relations before may have said what a letter is in the other."""
POSITIVE = Drawn((), frozenset({"positive"}), None, "reply")


def differentials(reading: Reading, read: Read) -> Read | None:
    """Holds for differentials of two letters, one of which was written as an expression in the other."""
    names = {n.x.name for side in read.sides for n in walk(side) if isinstance(n, Diff) and isinstance(n.x, Sym | Sub)}
    if read.judgement.reason != CONSTANT or len(names) != 2:
        return None
    for name, body in written(reading, read, names):
        unknown = unbound_names(reading.judge.scope, *read.sides, body)
        if not all(n in names or is_small_letter(n) for n in unknown):
            continue
        entries: dict[str, Entry] = dict.fromkeys({*unknown, *names}, POSITIVE)
        with reading.judge.trying({**entries, name: Defined(body, (), None, "reply")}):
            judgement = reading.judge.equation(*read.sides)
        if judgement.verdict in TRUE:
            return replace(read, judgement=Judgement(Verdict.HOLDS, "assumptions", f"as {name} was written before"))
    return None


def written(reading: Reading, read: Read, names: set[str]) -> Iterator[tuple[str, Node]]:
    """What the text wrote for one of two letters in the other, the nearest first."""
    for before in reversed(reading.relations[-BACK:]):
        if before.op not in EQUAL or before.end > read.start or before.judgement.verdict in FALSE:
            continue
        for name, body in ((before.left, before.right), (before.right, before.left)):
            letter = shapes.plain_name(name) if name is not None else None
            if letter in names and body is not None and set(names_in(body)) & names == names - {letter}:
                yield letter, body
