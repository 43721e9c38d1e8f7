"""The scorer `leaps`: which approach's leaps count, and when nothing can be judged."""

from __future__ import annotations

import pytest

from evalkit.derivation.findings.results import Analysis, ApproachFound, Leap, Met
from evalkit.scorers.leaps import Scorer
from evalkit.types import Conversation, Question, Score

LEAPS = (
    Leap("staff", ("first", "second"), 0, 1, "from the problem to third"),
    Leap("other", ("square",), 0, 1, "from the problem to root"),
    Leap("other", ("sum",), 1, 2, "from root to end"),
)


def scored(levels: dict[str, int], *, milestones: tuple[str, ...] = ("first",), passed: bool = True) -> Score:
    """Approaches `staff` and `other` have milestones of their own, `idea` has none."""
    question = Question("set/a", "?", staff_approach="staff", milestones=milestones, tracks=("staff", "other"))
    approaches = {name: ApproachFound(name, level, False, (), ()) for name, level in levels.items()}
    analysis = Analysis((), (Met("third", 0, 1, None),) if passed else (), LEAPS, approaches)
    (score,) = Scorer().score(Conversation(question, ("ab",), lambda _: analysis))
    return score


@pytest.mark.parametrize(
    ("levels", "followed", "count"),
    [
        ({}, "staff", 1),
        ({"staff": 3, "other": 2}, "staff", 1),
        ({"staff": 2, "other": 3}, "other", 2),
        ({"other": 2}, "other", 2),
        ({"other": 1}, "staff", 1),
        ({"staff": 3, "other": 3}, "staff", 1),
        ({"idea": 3, "other": 2}, "other", 2),
        ({"idea": 3}, "staff", 1),
    ],
    ids=["none", "staff-further", "other-further", "other", "only-claimed", "tie", "no-track-beside", "no-track"],
)
def test_the_approach_that_is_taken_farthest_counts(levels: dict[str, int], followed: str, count: int) -> None:
    found = scored(levels)
    assert (found.value, found.details["approach"]) == (count, followed)
    assert len(found.spans) == count


def test_nothing_to_judge_is_none_not_zero() -> None:
    assert scored({}, passed=False).value is None
    assert scored({}, milestones=()).value is None
    (no_analysis,) = Scorer().score(Conversation(Question("set/a", "?", milestones=("first",)), ("ab",)))
    assert no_analysis.value is None


def test_a_conversation_is_found_by_its_leaps() -> None:
    tags = Scorer.metrics["count"].tags
    assert tags is not None
    assert tags.names == ("", "leap")
    assert set(Scorer.marks) == {"leap"}
