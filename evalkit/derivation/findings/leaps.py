"""Where a reply leaps: milestones of an approach that are missing before one that it passed."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

from evalkit.derivation.findings.results import Leap, Met
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.grammar.nodes import Num, is_zero
from evalkit.derivation.problem.setting import Milestone
from evalkit.derivation.verdicts.verdict import FALSE


def leaps(reading: Reading, met: Sequence[Met], too_wide: Sequence[Met] = ()) -> list[Leap]:
    """For every approach, where the reply would leap if it took that approach. The problem itself counts as passed.

    A milestone is reached by a leap where steps that it follows from, directly or over other missing ones, were not
    passed. A missing step counts once, at the first milestone that needs it. A step that was taken wrongly is an error
    and no leap. too_wide: conditions that the reply arrives at, though it says them of more than they hold for.
    """
    places = {m.id: m for m in reversed((*met, *too_wide))}
    ends = {m.relation for m in too_wide}
    taken = {m.id for m in reading.setting.milestones if attempted(m, reading, ends)} | places.keys()
    out: list[Leap] = []
    for track in [a.id for a in reading.setting.approaches] or [""]:
        before = steps(reading.setting.milestones, track)
        leapt: set[str] = set()
        for name in before:
            if name not in places:
                continue
            missing, landing = gap(name, before, taken)
            if missing and not missing <= leapt:
                here, ordered = places[name], tuple(n for n in before if n in missing)
                start = " and ".join(n for n in before if n in landing) or "the problem"
                out.append(Leap(track, ordered, here.start, here.end, f"from {start} to {name}"))
            leapt |= missing
    return out


def attempted(milestone: Milestone, reading: Reading, ends: Container[int | None]) -> bool:
    """Whether a false relation has a side of the milestone: its gradient, with a wrong value. ends: those that are a
    milestone said too widely, and no attempt at the steps before it with which they share a side."""
    sides = {side for pair in milestone.forms for side in pair if not isinstance(side, Num) and not is_zero(side)}
    return any(
        r.judgement.verdict in FALSE and sides & {r.left, r.right} and number not in ends
        for number, r in enumerate(reading.relations)
    )


def steps(milestones: Sequence[Milestone], track: str) -> dict[str, tuple[str, ...]]:
    """Milestone of an approach -> those of the same approach that it follows from."""
    before: dict[str, tuple[str, ...]] = {}
    for m in milestones:
        if not m.approaches or track in m.approaches:
            last = tuple(before)[-1:]
            before[m.id] = last if m.after is None else tuple(n for n in m.after if n in before)
    return before


def gap(name: str, before: Mapping[str, tuple[str, ...]], places: Container[str]) -> tuple[set[str], set[str]]:
    """The missing steps right before a milestone, and the passed ones from which they lead on."""
    missing: set[str] = set()
    landing: set[str] = set()
    todo = list(before[name])
    while todo:
        step = todo.pop()
        if step in places:
            landing.add(step)
        elif step not in missing:
            missing.add(step)
            todo += before[step]
    return missing, landing
