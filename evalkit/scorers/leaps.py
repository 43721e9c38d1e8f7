"""Where does a derivation leap: which milestones are missing between two that it passes?"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit import types
from evalkit.derivation import Analysis
from evalkit.types import Conversation, Metric, Score, Span


class Scorer(types.Scorer):
    """Number of leaps. A reply that passes no milestone has no steps to leap over: None."""

    metrics = {
        "count": Metric("leaps over milestones", high=1000, full=None, better="lower", staff=0.0),
    }
    reads_derivation = True
    time_limit = 20.0

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the last reply alone."""
        analysis: Analysis | None = conversation.analysis(-1)
        if analysis is None or not conversation.question.milestones:
            return [Score("count", None, "the problem declares no milestones")]
        if not analysis.milestones:
            return [Score("count", None, "no milestone was passed")]
        spans = tuple(Span(x.start, x.end, "leap", f"{x.reason}: {', '.join(x.missing)}") for x in analysis.leaps)
        reason = "; ".join(f"over {', '.join(x.missing)}" for x in analysis.leaps) or "no leap"
        return [
            Score("count", len(analysis.leaps), reason, spans, {"missing": [list(x.missing) for x in analysis.leaps]})
        ]
