r"""First-step equations: `E = 1 + \frac12 E + \frac12 F` and `F = 1 + \frac12 E` are to be solved, and give E no new value.

In a part of the text in which a letter stands on both sides of such an equation, the equations that are linear in their names,
with numbers for factors, are taken in their order: what follows from those before is true, as long as nothing in the part
contradicts them and they are no more than their names; nothing is false by it. Not covered: letters as factors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from evalkit.derivation.following.definitions import builtin
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.grammar.nodes import Bin, Call, Node, Num, Sub, Sym, Un
from evalkit.derivation.grammar.pretty import pretty
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import BUILT_IN, Defined

RULE = "first_steps"
MAX_ROWS, CLOSE, NEARLY = 60, 1e-9, 2e-3
NONE = ""
OPEN = frozenset({Verdict.DISPUTED, Verdict.ASSUMPTION, Verdict.DEFINITION, Verdict.UNBOUND})
BOLD = re.compile(r"[ \t]{0,3}(?:(?:[-*+]|\d{1,2}[.)])[ \t]+)?\*\*")
Row = dict[str, float]
"""How many times each name stands in the difference of two sides, and the number without one."""


@dataclass
class System:
    """Equations that hold together."""

    rows: list[Row] = field(default_factory=list)

    def rank(self, *more: Row, numbers: bool) -> int:
        rows = [*self.rows, *more]
        names = sorted({n for row in rows for n in row} - {NONE})
        matrix = [[row.get(n, 0.0) for n in names] + ([row.get(NONE, 0.0)] if numbers else []) for row in rows]
        return int(np.linalg.matrix_rank(np.array(matrix), tol=CLOSE)) if matrix else 0

    def gives(self, row: Row) -> bool:
        return bool(self.rows) and self.rank(row, numbers=True) == self.rank(numbers=True)

    def nearly(self, row: Row) -> bool:
        """Whether the row has a number that is off by no more than a rounding."""
        if self.rank(row, numbers=False) != self.rank(numbers=False) or not self.rows:
            return False
        names = sorted({n for r in self.rows for n in r} - {NONE})
        matrix = np.array([[r.get(n, 0.0) for n in names] for r in self.rows])
        values = np.linalg.lstsq(matrix, -np.array([r.get(NONE, 0.0) for r in self.rows]), rcond=None)[0]
        parts = [row.get(n, 0.0) * float(v) for n, v in zip(names, values, strict=True)]
        return abs(sum(parts) + row.get(NONE, 0.0)) <= NEARLY * max(abs(row.get(NONE, 0.0)), *map(abs, parts))

    def allows(self, row: Row) -> bool:
        return self.rank(row, numbers=True) == self.rank(row, numbers=False)


def accept_first_steps(reading: Reading) -> None:
    """Call true what follows from equations in which letters stand on both sides."""
    parts: dict[int, list[tuple[int, Row]]] = {}
    for at, read in enumerate(reading.relations[: MAX_ROWS * 10]):
        row = row_of(reading, read)
        if row is not None:
            parts.setdefault(part_of(reading, read.start), []).append((at, row))
    for rows in parts.values():
        if len(rows) > MAX_ROWS or not any(refers_to_itself(reading, reading.relations[at]) for at, _ in rows):
            continue
        for at in following(reading, rows):
            read = reading.relations[at]
            if read.judgement.verdict in OPEN:
                found = Judgement(Verdict.HOLDS, "assumptions", "follows from the equations before", rule=RULE)
                reading.relations[at] = replace(read, judgement=found)


def following(reading: Reading, rows: list[tuple[int, Row]]) -> Iterator[int]:
    """The places of relations that follow from those before; none where some contradict each other."""
    names = {n for _, row in rows for n in row} - {NONE}
    system, found = System(), []
    for at, row in rows:
        if system.gives(row):
            found.append(at)
        elif system.nearly(row):
            continue  # with rounded numbers
        elif not system.allows(row) or is_concluded(reading.relations[at]) or len(system.rows) >= len(names):
            return
        else:
            system.rows.append(row)
    yield from found


def part_of(reading: Reading, place: int) -> int:
    """The line of the last heading or bold label before a place."""
    outline = reading.outline
    here = outline.number(place)
    lines = ((i, outline.lines[i]) for i in range(here, -1, -1))
    return next((i for i, x in lines if x.level or BOLD.match(reading.document.text, x.start)), 0)


def refers_to_itself(reading: Reading, read: Read) -> bool:
    """`E = 1 + \\frac12 E`."""
    if read.left is None or read.right is None or not isinstance(read.left, Sym | Sub | Call):
        return False
    left, right = linear(reading, read.left), linear(reading, read.right)
    return bool(left and right and any(right.get(n) not in (None, 0.0, 1.0) for n in left if n != NONE))


def row_of(reading: Reading, read: Read) -> Row | None:
    """The difference of both sides where it is linear in names; None where it has none."""
    if read.op != "=" or read.left is None or read.right is None or read.negated:
        return None
    left, right = linear(reading, read.left), linear(reading, read.right)
    if left is None or right is None:
        return None
    row = {n: left.get(n, 0.0) - right.get(n, 0.0) for n in left.keys() | right.keys()}
    return row if any(n != NONE and abs(c) > CLOSE for n, c in row.items()) else None


def linear(reading: Reading, node: Node) -> Row | None:
    """An expression as a sum of names with factors; None where it is none."""
    match node:
        case Num(value):
            return {NONE: value} if np.isfinite(value) else None
        case Sym(name) | Sub(_, name, _) if name and name not in BUILT_IN:
            found = reading.setting.scope.entries.get(name)
            known = number_in(reading.judge.general, node) if isinstance(found, Defined) else None
            return {NONE: known} if known is not None else {name: 1.0}
        case Call(name, args) if all(isinstance(a, Sym | Sub | Num) for a in args) and not builtin(name):
            return {pretty(node): 1.0} if reading.setting.scope.find(name) is None else None
        case Un("-", x):
            return scaled(linear(reading, x), -1.0)
        case Bin("+" | "-", a, b):
            one, other = linear(reading, a), scaled(linear(reading, b), 1.0 if node.op == "+" else -1.0)
            if one is None or other is None:
                return None
            return {n: one.get(n, 0.0) + other.get(n, 0.0) for n in one.keys() | other.keys()}
        case Bin("*" | "dot", a, b):
            one, other = linear(reading, a), linear(reading, b)
            if one is not None and one.keys() <= {NONE}:
                return scaled(other, one.get(NONE, 0.0))
            return scaled(one, other.get(NONE, 0.0)) if other is not None and other.keys() <= {NONE} else None
        case Bin("/", a, b):
            under = linear(reading, b)
            if under is None or not under.keys() <= {NONE} or not under.get(NONE):
                return None
            return scaled(linear(reading, a), 1 / under[NONE])
    return None


def scaled(row: Row | None, by: float) -> Row | None:
    return None if row is None else {n: c * by for n, c in row.items()}
