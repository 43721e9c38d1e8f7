"""Which approach does a reply use, and which does it only announce?

Levels: 0 absent, 1 mentioned or claimed only, 2 set up (its objects defined), 3 the conclusion depends on it. A
sentence that announces an approach is a claim and never evidence of use.

`judge = true`: where the level cannot be said (a problem without [symbols], a reply too long to be analysed), the judge
of the experiment is asked for it. It says nothing of the other metrics.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from evalkit import types
from evalkit.reading import votes
from evalkit.types import Analysis, Conversation, Listed, Mark, Metric, Score, Span, Tags, left_open

_MENTION = Mark("mention", "mention", "the staff's approach is mentioned (level 1)", 60, quiet=True)
_USE = Mark("use", "approach", "the staff's approach is used (levels 2 and 3)", 50)
_RIVAL = Mark("rival", "rival", "another approach is used", 80)
_LEVELS = Tags(("staff approach absent", "claimed only", "set up", "staff approach used"), 10)


class Scorer(types.Scorer):
    """Use level of the staff's approach and of its strongest rival."""

    version = 15
    metrics = {
        "level": Metric(
            "use level of the staff's approach, 0 to 3", high=3.0, full=None, staff=3.0, role="use level", headline=20,
            tags=_LEVELS,
        ),
        "claimed": Metric(
            "1 = the reply announces the staff's approach", full=None, better="neither",
            listed={"claim": Listed(before="announces ")},
        ),
        "rival_level": Metric("highest use level among the other approaches", high=3.0, full=None, better="neither"),
        "changed": Metric("1 = another approach than in the turn before", full=None, better="neither"),
    }  # fmt: skip
    marks = {
        "approach 1": _MENTION, "approach 2": _USE, "approach 3": _USE,
        "rival 1": _MENTION, "rival 2": _RIVAL, "rival 3": _RIVAL,
        "claim": Mark("claim", "claim", "the staff's approach is announced: a claim is no use", 70),
    }  # fmt: skip
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)
    said_by: ClassVar[dict[str, str]] = {"level": "approach"}

    judge: bool = Field(False, description="ask the judge of the experiment where the level cannot be said")

    def questions(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        return {"approach": ()} if self.judge else {}

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the last reply; `changed` looks at the one before it as well."""
        scores = self._by_analysis(conversation)
        staff = conversation.question.staff_approach
        if not self.judge or scores[0].value is not None or staff is None:
            return scores
        told = conversation.votes("approach")
        return [votes.in_place_of(scores[0], told, lambda found: found["levels"].get(staff)), *scores[1:]]

    def _by_analysis(self, conversation: Conversation) -> Sequence[Score]:
        analysis = conversation.analysis(-1)
        staff = conversation.question.staff_approach
        if analysis is None or staff is None or staff not in analysis.approaches:
            declared = staff is not None and staff in conversation.question.approaches
            lacks = "has no [symbols] table" if declared else "declares no staff approach"
            return [Score(m, None, f"the problem {lacks}") for m in self.metrics]
        found = analysis.approaches[staff]
        levels = {name: a.level for name, a in analysis.approaches.items()}
        rivals = {name: level for name, level in levels.items() if name != staff}
        spans = tuple(Span(e.start, e.end, f"approach {e.level}", e.reason) for e in found.evidence)
        claims = tuple(Span(start, end, "claim", staff) for start, end in found.claims)
        reason = ", ".join(f"{name}: {level}" for name, level in levels.items())
        rival = max(rivals.values(), default=0)
        lacks = analysis.lacks  # also a level 3 is open then: what the conclusion depends on is not known
        announced = Score("claimed", float(found.claimed), "announced" if found.claimed else "not announced", claims)
        taken = Score("rival_level", rival, reason, _rival_spans(analysis, staff)) if rivals else _none("rival_level")
        return [
            left_open(Score("level", found.level, reason, (*spans, *claims), {"levels": levels}), lacks),
            announced if found.claims else left_open(announced, lacks),
            left_open(taken, lacks if rivals else ""),
            left_open(_changed(conversation, levels), lacks),
        ]


def _none(metric: str) -> Score:
    return Score(metric, None, "the problem declares no other approach")


def _rival_spans(analysis: Analysis, staff: str) -> tuple[Span, ...]:
    others = [a for name, a in analysis.approaches.items() if name != staff]
    return tuple(Span(e.start, e.end, f"rival {e.level}", f"{a.id}: {e.reason}") for a in others for e in a.evidence)


def _changed(conversation: Conversation, levels: dict[str, int]) -> Score:
    if len(conversation.replies) < 2:
        return Score("changed", None, "the first turn")
    before = conversation.analysis(-2)
    if before is not None and before.lacks:
        return Score("changed", None, f"{before.lacks}: in the turn before")
    used = {name for name, level in levels.items() if level == 3}
    used_before = {name for name, a in before.approaches.items() if a.level == 3} if before else set()
    if not used or not used_before:
        return Score("changed", None, "no approach carries the conclusion in one of the turns")
    reason = f"{', '.join(sorted(used_before))} -> {', '.join(sorted(used))}"
    return Score("changed", float(used != used_before), reason)
