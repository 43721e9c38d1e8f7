"""Do the relations of a derivation hold?

Counted are relations that could be checked (in random worlds, see evalkit.derivation); definitions, assumptions,
inequalities, unread and vacuous ones are not, and neither are those that the reply itself denies. What could not be
read is a share of its own, never merged with what is false; neither are disputed relations, which do not hold as they
are read but may be no claims, or hold a name that may mean something else. Of a reply that was not judged to its end
`share_true` and `unread` are those of what was listed, with the reason; what is counted is None.
Not covered: whether a true relation helps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evalkit import types
from evalkit.derivation import Other, Relation
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.types import Conversation, Listed, Mark, Metric, Score, Span, Tags, left_open

UNREAD = frozenset({Verdict.UNPARSED, Verdict.UNBOUND})


class Scorer(types.Scorer):
    """Share of the checkable relations that hold; the false ones are listed."""

    version = 14
    metrics = {
        "share_true": Metric("share of the checkable relations that hold", staff=1.0),
        "false": Metric(
            "false relations, each counted once",
            high=10_000,
            full=0.0,
            better="lower",
            staff=0.0,
            headline=60,
            tags=Tags(("", "false equation"), 30),
            listed={"false": Listed(details="false")},
        ),
        "unstated": Metric(
            "relations that hold only under a premise that the reply does not state",
            high=10_000,
            full=None,
            better="lower",
            staff=0.0,
        ),
        "disputed": Metric(
            "relations that do not hold as they are read, but may be meant otherwise",
            high=10_000,
            full=None,
            better="lower",
            unsettled=True,
        ),
        "unread": Metric("share of all relations that could not be read", full=None, better="lower"),
    }
    marks = {
        "false": Mark("false", "false", "an equation that does not hold", 30),
        "disputed": Mark(
            "disputed",
            "disputed",
            "an equation that does not hold as it is read, but may be meant otherwise",
            135,
            quiet=True,
        ),
        "unread": Mark("unread", "unread", "mathematics that could not be read", 140, quiet=True),
    }
    reads_derivation = True
    imports = ("evalkit.derivation.analysis",)

    def score(self, conversation: Conversation) -> Sequence[Score]:
        """Judge the relations of the last reply."""
        analysis = conversation.analysis(-1)
        if analysis is None:
            return [Score(m, None, "the problem has no [symbols] table") for m in self.metrics]
        stated: list[Relation] = [r for r in analysis.relations if not r.negated]
        checked = [r for r in stated if r.verdict in TRUE | FALSE]
        unread = [r for r in stated if r.verdict in UNREAD]
        false = [r for r in checked if r.verdict in FALSE]
        distinct = len({(r.left, r.op, r.right) for r in false})
        share = len(unread) / len(stated) if stated else None
        seen = f"{len(unread)} of {len(stated)} relations could not be read"
        bare = [r for r in stated if r.verdict is Verdict.UNSTATED]
        note = f"{len(bare)} hold only under a premise that is not stated" if bare else "none"
        unstated = _counted("unstated", bare, note)
        doubtful = [r for r in stated if r.verdict is Verdict.DISPUTED]
        note = f"{len(doubtful)} do not hold as they are read, but may be meant otherwise" if doubtful else "none"
        disputed = _counted("disputed", doubtful, note)
        if analysis.other is not None:
            disputed = _beside(disputed, analysis.other)
        lacks = analysis.lacks
        more = f"; {lacks}" if lacks else ""
        unstated, disputed = left_open(unstated, lacks), left_open(disputed, lacks)
        unread_score = Score("unread", share, (seen if stated else "no relation") + more, _spans(unread, "unread"))
        if not checked:
            reason = "no relation that can be checked"
            none = [left_open(Score(m, None, reason), lacks) for m in ("share_true", "false")]
            return [*none, unstated, disputed, unread_score]
        reason = f"{len(checked) - len(false)} of {len(checked)} checkable relations hold; {seen}"
        spans = _spans(false, "false")
        details = {"false": [_described(r) for r in false], "checked": len(checked)}
        return [
            Score("share_true", 1 - len(false) / len(checked), reason + more, spans, details),
            left_open(Score("false", distinct, reason, spans, details), lacks),
            unstated,
            disputed,
            unread_score,
        ]


def _beside(disputed: Score, other: Other) -> Score:
    """With what a model's reading has to do with it."""
    refused = f", {len(other.refused)} of its proposals refused" if other.refused else ""
    reason = f"{disputed.reason}; a model's reading differs on {other.differ}{refused}"
    more = {"readings_differ": other.differ, **({"refused": list(other.refused[:20])} if other.refused else {})}
    return replace(disputed, reason=reason, details={**disputed.details, **more})


def _counted(metric: str, relations: Sequence[Relation], reason: str) -> Score:
    """How many there are, with each of them as evidence."""
    return Score(
        metric, len(relations), reason, _spans(relations, metric), {metric: [_described(r) for r in relations]}
    )


def _spans(relations: Sequence[Relation], kind: str) -> tuple[Span, ...]:
    return tuple(Span(r.start, r.end, kind, r.reason) for r in relations)


def _described(relation: Relation) -> dict[str, object]:
    counter = relation.counterexample
    return {
        "source": relation.source,
        "verdict": str(relation.verdict),
        "reason": relation.reason,
        "counterexample": counter and [counter.world, counter.at, counter.left, counter.right],
    }
