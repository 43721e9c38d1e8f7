r"""A condition that a world obeys by one of its solutions shows nothing of the others: `|x| + |y| = 40` is no `|x + y| = 40`.

Numbers that a condition fixes are the solution that lies near a random start (worlds/solving.py). Where another sign may be
another solution, what holds by them is looked at once more, at solutions from starts of every sign.
Not covered: values (`x = 3` may be one of the solutions), more than a few numbers, solutions that no start leads to.
"""

from __future__ import annotations

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.systems import system_of
from evalkit.derivation.verdicts.solutions import Effort, is_folded, obeys, solutions
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.entries import Solved

MAX_EFFORT = 4_000
"""Steps of evaluation for one relation."""


def by_one_solution(reading: Reading, read: Read) -> Read | None:
    """Holds with one solution of a condition, and not with another."""
    solved = [e for n, e in reading.judge.assumed.items() if isinstance(e, Solved) and n in read.judgement.under]
    folded = [(e.left, e.right) for e in solved if is_folded((e.left, e.right))]
    if not folded or reading.trial:
        return None
    near = [r for r in reading.relations if (r.left, r.right) in folded]
    system = system_of(reading, read, near) if near else None
    if system is None or system.value is not None:
        return None
    effort = Effort(MAX_EFFORT)
    points = solutions(system.env, system.conditions, system.unknown, {}, effort)
    if all(obeys(system.env, system.claim, point) for point in points):
        return None
    return read.decided(Verdict.SKIPPED, "holds with one of the solutions of a condition, not with all")
