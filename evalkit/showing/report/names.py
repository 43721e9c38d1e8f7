"""What arms and approaches are, in the words of those who wrote them: from the texts that the run file holds.

Not covered: templates that the run file lacks (chats recorded elsewhere); these arms have their names alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.specs import problems
from evalkit.specs.templates import about_of

MOST = 6
"""Approaches that are named one by one."""


def arms_told(stores: Sequence[Store], arms: Sequence[str]) -> dict[str, str]:
    """Arm -> what its template says of itself; arms whose templates say nothing are left out."""
    texts = {arm: next((t for s in stores if (t := s.spec("template", f"{arm}.j2"))), "") for arm in arms}
    return {arm: about for arm, text in texts.items() if (about := about_of(text))}


def approaches_told(stores: Sequence[Store]) -> list[str]:
    """`differentials and the trace (hw7/3bi, hw7/3bii)`: the staff's approach of every problem that names one."""
    found: dict[str, list[str]] = {}
    for identifier in sorted({name for store in stores for name in store.problems()}):
        text = next((t for s in stores if (t := s.spec("problem", identifier))), "")
        title = _staff_title(text, identifier)
        if title:
            found.setdefault(title, []).append(identifier)
    told = [f"{title} ({', '.join(ids)})" for title, ids in found.items()]
    return told if len(told) <= MOST else [*told[: MOST - 1], f"{len(told) - MOST + 1} more"]


def _staff_title(text: str, identifier: str) -> str:
    try:
        problem = problems.stored(text, identifier)
    except SpecError:  # of an older evalkit, or a scorer that is not here
        return ""
    return next((a.title or a.id for a in problem.approaches if a.id == problem.staff.approach), "")
