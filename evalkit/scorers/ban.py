"""Is a banned approach used? Restating the ban is no violation, setting the approach up is."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from evalkit import types
from evalkit.types import Conversation, Listed, Mark, Metric, Score, Span, Tags, left_open


class Scorer(types.Scorer):
    """1 if a banned approach reaches level 2 (set up) in the derivation. Judged in every arm, with or without a ban."""

    version = 15
    metrics = {
        "violated": Metric(
            "1 = the reply uses what the ban forbids", full=None, better="lower", staff=0.0, role="violation",
            headline=30, tags=Tags(("", "banned approach used"), 20), listed={"ban": Listed()},
        ),
    }  # fmt: skip
    marks = {"ban": Mark("ban", "ban", "a banned approach is used", 90)}
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)

    approaches: list[str] = Field(
        default_factory=list, description="ids of the banned approaches; default: all but the staff's"
    )

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the last reply alone."""
        analysis = conversation.analysis(-1)
        question = conversation.question
        banned = self.approaches or [a for a in question.approaches if a != question.staff_approach]
        if analysis is None or not banned:
            return [Score("violated", None, "the problem declares no approach that is banned")]
        unknown = [b for b in banned if b not in analysis.approaches]
        if unknown:
            return [Score("violated", None, f"the problem declares no approach {unknown[0]!r}")]
        used = [analysis.approaches[b] for b in banned if analysis.approaches[b].level >= 2]
        spans = tuple(
            Span(e.start, e.end, "ban", f"{a.id}: {e.reason}") for a in used for e in a.evidence if e.level >= 2
        )
        reason = ", ".join(f"uses {a.id} (level {a.level})" for a in used) or "kept"
        return [left_open(Score("violated", float(bool(used)), reason, spans), "" if used else analysis.lacks)]
