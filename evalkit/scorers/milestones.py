"""Which milestones of the staff's solution does a reply pass?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from evalkit import types
from evalkit.types import Conversation, Mark, Metric, Score, Span, left_open


class Scorer(types.Scorer):
    """Coverage of the staff's milestones. A milestone counts wherever in the reply it stands."""

    version = 15
    metrics = {
        "coverage": Metric("share of the staff's milestones that the reply passes", full=None, staff=1.0, headline=40),
        "in_order": Metric("share of neighbouring milestones passed in the staff's order", full=None),
    }
    marks = {"milestone": Mark("milestone", "milestone", "a milestone of the staff's solution", 20)}
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the last reply alone."""
        analysis = conversation.analysis(-1)
        wanted = conversation.question.milestones
        if analysis is None or not wanted:
            return [Score(m, None, "the problem declares no milestones") for m in self.metrics]
        first: dict[str, int] = {}
        for met in analysis.milestones:
            first.setdefault(met.id, met.start)
        passed = [m for m in wanted if m in first]
        missing = [m for m in wanted if m not in first]
        spans = tuple(Span(m.start, m.end, "milestone", m.id) for m in analysis.milestones)
        reason = f"{len(passed)} of {len(wanted)}" + (f"; missing: {', '.join(missing)}" if missing else "")
        details = {"passed": passed, "missing": missing}
        steps = [first[a] <= first[b] for a, b in pairwise(passed)]
        order = sum(steps) / len(steps) if steps else None
        ordered = f"{sum(steps)} of {len(steps)} steps" if steps else "fewer than two milestones were passed"
        lacks = analysis.lacks if missing else ""  # what is not judged can pass more, and takes none away
        return [
            left_open(Score("coverage", len(passed) / len(wanted), reason, spans, details), lacks),
            left_open(Score("in_order", order, ordered), lacks),
        ]
