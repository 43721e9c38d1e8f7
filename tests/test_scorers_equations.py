"""The scorer `equations`: what stands in the share, and what is counted beside it."""

from __future__ import annotations

import pytest

from evalkit.derivation import Analysis, Relation, Verdict
from evalkit.scorers.equations import Scorer
from evalkit.types import Conversation, Question, Score


def scored(*verdicts: Verdict) -> dict[str, Score]:
    relations = tuple(
        Relation(i, i + 1, "=", f"a_{i}", "=", "b", v, None, "", None, (), i, 0) for i, v in enumerate(verdicts)
    )
    conversation = Conversation(Question("set/a", "?"), ("x" * len(verdicts),), lambda _: Analysis(relations))
    return {s.metric: s for s in Scorer().score(conversation)}


BESIDE = {
    "disputed": (Verdict.DISPUTED, "disputed"),
    "unstated": (Verdict.UNSTATED, "unstated"),
    "unread": (Verdict.UNPARSED, "unread"),
}


@pytest.mark.parametrize(("verdict", "metric"), BESIDE.values(), ids=BESIDE)
def test_what_is_neither_true_nor_false_stands_beside_the_share(verdict: Verdict, metric: str) -> None:
    scores = scored(Verdict.IDENTITY, Verdict.FAILS, verdict, verdict)
    assert (scores["share_true"].value, scores["false"].value) == (0.5, 1)
    assert scores[metric].value == (0.5 if metric == "unread" else 2)
    assert [s.kind for s in scores[metric].spans] == [metric, metric]


def test_disputed_relations_alone_leave_the_share_without_a_value() -> None:
    scores = scored(Verdict.DISPUTED)
    assert (scores["share_true"].value, scores["false"].value, scores["disputed"].value) == (None, None, 1)
    assert scores["disputed"].details["disputed"]
