"""What does a later turn add that was not there before?"""

from __future__ import annotations

from collections.abc import Sequence

from evalkit import types
from evalkit.derivation import Relation
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.types import Conversation, Mark, Metric, Score, Span, left_open


class Scorer(types.Scorer):
    """New true relations and milestones against all earlier turns. The first turn has nothing before it: None."""

    version = 15
    metrics = {
        "share": Metric("share of the turn's true relations that are new", full=None),
        "milestones": Metric("milestones that no earlier turn passed", high=1000, full=None),
    }
    marks = {"new": Mark("new", "new", "new against the earlier turns", 150, quiet=True)}
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Compare the last reply with those before it. Relations are the same when both sides read the same."""
        analyses = [conversation.analysis(i) for i in range(len(conversation.replies))]
        if len(analyses) < 2:
            return [Score(m, None, "the first turn") for m in self.metrics]
        *before, now = analyses
        if now is None:
            return [Score(m, None, "the problem has no [symbols] table") for m in self.metrics]
        old = {_form(r) for a in before if a for r in a.relations}
        true: list[Relation] = [r for r in now.relations if r.verdict in TRUE and not r.negated]
        new = [r for r in true if _form(r) not in old]
        known = {m.id for a in before if a for m in a.milestones}
        gained = sorted({m.id for m in now.milestones} - known)
        spans = tuple(Span(r.start, r.end, "new") for r in new)
        share = len(new) / len(true) if true else None
        reason = f"{len(new)} of {len(true)} true relations are new" if true else "no true relation in this turn"
        lacks = next((a.lacks for a in (now, *before) if a and a.lacks), "")
        scores = [
            Score("share", share, reason, spans),
            Score("milestones", len(gained), ", ".join(gained) or "no new milestone", (), {"new": gained}),
        ]
        return [left_open(score, lacks) for score in scores]


def _form(relation: Relation) -> frozenset[str]:
    """A relation and its mirror image are the same."""
    return frozenset({relation.left.replace(" ", ""), relation.right.replace(" ", "")})
