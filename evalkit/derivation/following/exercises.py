"""Doubts by the exercise in which a relation stands: where a text has several, one letter may be another thing in each.

`Solve: dy/dx = 2x`, further down `Solve: dy/dx = y^2`; `Example 1`, `Example 2`; `question: ...`. The problem's meaning of a
name belongs to the exercises in which something true is said of it. Every public function that takes grounds and a relation
is a doubt (doubts.py). Not covered: exercises that no word at the head of a line begins.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from evalkit.derivation.following import scopes
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Defined

MARK = re.compile(
    r"^[ \t]{0,3}(?:\#{1,6}[ \t]*|[-+>][ \t]+|\*{1,2}[ \t]*)*(?:"
    r"(?P<label>(?:Exercise|Example|Problem)[ \t]+(?:\d+|[A-Z]\b)|(?:[Qq]uestion|[Ee]xercise):)"
    r"|(?P<asks>Question[ \t]+\d+|Q\d+\b|(?:Solve|Find|Evaluate|Determine|Differentiate|Integrate)\b(?![ \t]+for\b)))",
    re.M,
)
"""What begins an exercise: a label of its own, or what asks for something, which does only with an equation of its own."""
PART = re.compile(r"^[ \t]{0,3}(?:\#{1,6}[ \t]*|\*{1,2}[ \t]*)*(?:Part[ \t]+)?\((?:[b-h]|ii|iii|iv|v)\)", re.M | re.I)


def of_another_exercise(grounds: Grounds, read: Read) -> str:
    """Has a name of the problem of which something true is said in another exercise of the text, and nothing in its own."""
    text = grounds.reading.document.text
    marks = list(MARK.finditer(text))
    if not marks:
        return ""
    starts = [0, *(m.start() for m in marks)]
    mine = bisect_right(starts, read.start) - 1
    asks = marks[max(mine - 1, 0)]["asks"] is not None
    line = text.find("\n", starts[mine] + 1)
    entries, problem = grounds.judge(read).scope.entries, grounds.reading.setting.scope.entries
    for name in sorted(grounds.names(read)):
        if not isinstance(entries.get(name), Defined) or not isinstance(problem.get(name), Defined):
            continue
        true = {bisect_right(starts, r.start) - 1 for r, names in grounds.true if speaks(r, read, name, names)}
        if not true or mine in true:
            continue
        opened = (r for r in grounds.reading.relations if starts[mine] <= r.start < line)
        if not asks or (mine and any(is_given(grounds, r, name) for r in opened)):
            return f"{name}: another exercise speaks of it"
    return ""


def speaks(other: Read, read: Read, name: str, names: frozenset[str]) -> bool:
    """Whether something else is true of a name by what it means."""
    return name in names and other.chain != read.chain and other.judgement.verdict is not Verdict.ALGEBRA


def is_given(grounds: Grounds, read: Read, name: str) -> bool:
    """Whether it is an equation for a name that the problem's does not obey."""
    if read.left is None or read.right is None or read.judgement.verdict in TRUE:
        return False
    return name in grounds.names(read)


def another_value_in_a_part(grounds: Grounds, read: Read) -> str:
    """Works out in numbers what an earlier part of the exercise, (a) before (b), worked out otherwise."""
    text = grounds.reading.document.text
    if not scopes.is_constant(read.sides[1]):
        return ""
    before = [r for r, _ in grounds.true if r.left == read.left and r.end <= read.start and r.chain != read.chain]
    told: Sequence[Read] = [r for r in before if r.right is not None and scopes.is_constant(r.right)]
    apart = bool(told) and PART.search(text, told[-1].end, read.start)
    return "another part may have other numbers" if apart else ""
