"""Where does a derivation leap: which milestones are missing before one that it passes?

Counted along the approach that the reply takes, or along the staff's where it takes none: a reply that solves the
problem another way is not blamed for the staff's steps. The problem itself counts as passed, so that a ready-made
result is a leap; a missing step counts once, at the first milestone that needs it. Not covered: leaps within one
milestone.
"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit import types
from evalkit.types import Analysis, Conversation, Listed, Mark, Metric, Question, Score, Span, Tags, left_open


class Scorer(types.Scorer):
    """Number of leaps. A reply that passes no milestone has no steps to leap over: None."""

    version = 15
    metrics = {
        "count": Metric(
            "leaps over milestones", high=1000, full=None, better="lower", staff=0.0, headline=50,
            tags=Tags(("", "leap"), 40), listed={"leap": Listed(quoted=False)},
        ),
    }  # fmt: skip
    marks = {"leap": Mark("leap", "leap", "steps were left out before this", 40)}
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the last reply alone."""
        analysis = conversation.analysis(-1)
        if analysis is None or not conversation.question.milestones:
            return [Score("count", None, "the problem declares no milestones")]
        if not analysis.milestones:
            return [left_open(Score("count", None, "no milestone was passed"), analysis.lacks)]
        followed = _followed(analysis, conversation.question)
        found = [leap for leap in analysis.leaps if leap.approach == followed]
        notes = [f"{leap.reason} over {', '.join(leap.missing)}" for leap in found]
        spans = tuple(Span(leap.start, leap.end, "leap", note) for leap, note in zip(found, notes, strict=True))
        details = {"approach": followed, "missing": [list(leap.missing) for leap in found]}
        return [left_open(Score("count", len(found), "; ".join(notes) or "no leap", spans, details), analysis.lacks)]


def _followed(analysis: Analysis, question: Question) -> str:
    """The approach with milestones of its own that is taken farthest; of those taken as far, the one of which fewest
    steps are missing, then the staff's. The staff's where none reaches level 2."""
    staff = question.staff_approach or ""
    levels = {name: a.level for name, a in analysis.approaches.items() if name in question.tracks and a.level >= 2}
    missing = {name: sum(len(leap.missing) for leap in analysis.leaps if leap.approach == name) for name in levels}
    return max(levels, key=lambda name: (levels[name], -missing[name], name == staff), default=staff)
