"""Doubts by what an error looks like: it is made in a step whose letters are known and kept, and is near to what is true.

On texts that no rule had seen, most of what was false and called so was one slip of sign, term or number, or had names of
which other things were true; what was not false had a name of which nothing else is true, gave a function a body far from its
own, or compared values that only the reply had given: then it was more often our reading that was wrong.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: replies of a few relations,
which can confirm nothing; equations in numbers alone.
"""

from __future__ import annotations

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.shapes import plain_name
from evalkit.derivation.following.stepwise import has_wrong_digit
from evalkit.derivation.following.strangers import FEW, is_given_matrix, is_worked_step
from evalkit.derivation.grammar.nodes import Call
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import Defined, Dimension

WEAK = frozenset({"", "factor", "letter"})
"""Edits that a misread name explains as well as a slip does: another letter, one letter more or less as a factor."""


def only_here(grounds: Grounds, read: Read) -> str:
    """Has free letters, a name that stands in nothing else that is true, and is no slip of sign, term or number."""
    if not is_in_letters(grounds, read) or grounds.slip(read) not in WEAK:
        return ""
    if not any(map(plain_name, read.sides)) and grounds.slip_of_form(read):
        return ""  # it rewrites, and what its names mean does not matter
    entries = grounds.judge(read).scope.entries
    names = (n for n in grounds.names(read) if not isinstance(entries.get(n), Dimension))
    name = min((n for n in names if not grounds.confirmed(read, n)), default="")
    return f"{name}: nothing else that is true tells what it means" if name else ""


def another_body(grounds: Grounds, read: Read) -> str:
    """Gives a function a body that is not one edit from the one that it has, or a slope one of several functions of one name."""
    call = read.left
    if isinstance(call, Call) and call.name == "log" and len(call.args) == 1:
        call = call.args[0]  # `\\log L(p) = ...`
    if not isinstance(call, Call) or not is_in_letters(grounds, read) or grounds.slip(read):
        return ""
    name = call.name.rstrip("'")
    known = isinstance(grounds.judge(read).scope.entries.get(name), Defined)
    told = sum(name in r.introduces for r in grounds.relations if r.start < read.start)
    return f"{name}: perhaps another function of that name" if known and (name == call.name or told > 1) else ""


def own_value(grounds: Grounds, read: Read) -> str:
    """Compares numbers by names that only the reply gave a value, and is no slip of sign, term or number."""
    names = grounds.names(read)
    if (
        not names
        or read.judgement.verdict is not Verdict.FAILS
        or read.judgement.rule != "evaluated"
        or is_short(grounds)
    ):
        return ""
    if any(grounds.free(read, side) for side in read.sides) or grounds.slip(read) not in WEAK:
        return ""
    judge = grounds.judge(read)
    if has_wrong_digit(grounds.reading, judge.general, read):
        return ""
    entries = judge.scope.entries
    own = all(getattr(e := entries.get(name), "source", "") == "reply" and not is_given_matrix(e) for name in names)
    return f"{min(names)}: only the reply gave it a value, and may have given it another" if own else ""


def is_in_letters(grounds: Grounds, read: Read) -> bool:
    """Whether it fails, in a reply of some length, has free letters, and is no step toward what the problem says it asks."""
    if read.judgement.verdict is not Verdict.FAILS or is_short(grounds):
        return False
    setting = grounds.reading.setting
    toward = is_worked_step(grounds, read) or any(map(grounds.is_asked, grounds.names(read)))
    if toward and (setting.milestones or setting.specials):
        return False
    return any(grounds.free(read, side) for side in read.sides)


def is_short(grounds: Grounds) -> bool:
    """Whether a reply has too few relations to confirm what its names mean."""
    return len(grounds.readable) <= FEW
