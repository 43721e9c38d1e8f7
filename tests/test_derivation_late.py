"""A reply whose time is over: what was judged stands, what is left has no verdict, and nothing is concluded from what is
not found. Time is told here by a clock that goes on by one whenever it is looked at."""

from __future__ import annotations

from contextlib import suppress
from itertools import count
from typing import Any

import pytest

from evalkit.derivation import FALSE, TRUE, Analysis, DerivationSpec, analyse, analyse_with, compile_setting
from evalkit.derivation.following.late import NOT_JUDGED, RULE
from evalkit.derivation.following.reader import MAX_RELATIONS
from evalkit.derivation.worlds.deadline import NEVER, Deadline, LateError
from evalkit.interface.equations import Equations, equations
from evalkit.judging import bounds
from evalkit.scorers import approach, assumptions, ban, leaps, milestones, novelty
from evalkit.scorers import equations as relations
from evalkit.types import Conversation, Question, Scorer

SPEC: dict[str, Any] = {
    "symbols": {"P": "n x n, symmetric, data", "z": "n", "c": "n, data"},
    "definitions": ["q = \\frac{1}{2} z^\\top P z - c^\\top z"],
    "milestones": [
        {"id": "slope", "equation": "\\nabla_z q = Pz - c"},
        {"id": "along", "equation": "z^\\top \\nabla_z q = z^\\top P z - c^\\top z"},
    ],
    "approaches": [
        {"id": "slopes", "claims": ["gradient"], "uses": ["milestone slope"]},
        {"id": "squares", "claims": ["completing the square"]},
    ],
}
SETTING = compile_setting(DerivationSpec.model_validate(SPEC))
RIGHT, WRONG = "$(P + P)z = 2Pz$", "$(P + P)z = 3Pz$"
LINES = ["The gradient of $q = \\frac{1}{2} z^\\top P z - c^\\top z$ is", "$$\\nabla_z q = Pz - c$$", RIGHT, WRONG]
REPLY = "\n\n".join(
    [
        *LINES,
        *(f"${n}Pz + Pz = {n + 1}Pz$" for n in range(2, 12)),
        "Hence $z^\\top \\nabla_z q = z^\\top P z - c^\\top z$.",
    ]
)
QUESTION = Question(
    "set/a", "?", staff_approach="slopes", approaches=("slopes", "squares"), milestones=("slope", "along"), tracks=()
)


def ticking(ticks: float) -> Deadline:
    """A deadline that passes when it has been looked at so often."""
    times = count()
    return Deadline(ticks, lambda: float(next(times)))


def by_ticks(text: str, ticks: float, **more: Any) -> Analysis:
    return analyse(text, SETTING, deadline=ticking(ticks), **more)


def looked() -> int:
    """How often a clock is looked at that gives all the time that is wanted."""
    times = count()
    analyse(REPLY, SETTING, deadline=Deadline(1e9, lambda: float(next(times))))
    return next(times)


WHOLE = analyse(REPLY, SETTING)
LOOKS = looked()
SHORT = 0.4
"""The share of that with which relations are left."""


def test_with_time_enough_a_deadline_changes_nothing() -> None:
    assert by_ticks(REPLY, 1e9) == WHOLE
    assert WHOLE.read_all
    assert not WHOLE.lacks


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0])
def test_what_is_decided_in_time_is_decided_as_with_all_the_time(share: float) -> None:
    found = by_ticks(REPLY, share * LOOKS)
    assert [(r.start, r.end) for r in found.relations] == [(r.start, r.end) for r in WHOLE.relations]
    for here, there in zip(found.relations, WHOLE.relations, strict=True):
        if here.rule == RULE:
            assert (str(here.verdict), here.reason) == ("unparsed", NOT_JUDGED)
        elif here.verdict in TRUE | FALSE:
            assert here.verdict == there.verdict
    left = sum(r.rule == RULE for r in found.relations)
    if left:
        assert f"{left} of {len(found.relations)} relations were not judged" in found.lacks
    if share == 0.0:
        assert left == len(WHOLE.relations)
        assert found.milestones == ()
    assert {m.id for m in found.milestones} <= {m.id for m in WHOLE.milestones}


def test_most_of_a_long_reply_is_judged_before_its_time_is_over() -> None:
    found = by_ticks(REPLY, SHORT * LOOKS)
    decided = [r for r in found.relations if r.rule != RULE]
    assert 4 <= len(decided) < len(found.relations)
    assert not found.read_all
    assert found.lacks.startswith("stopped after ")
    assert bounds.RAN_OUT.match(found.lacks)  # another machine may judge it


def test_nothing_is_false_that_was_not_asked_what_takes_it_back() -> None:
    """`z = 3` is a value of the reply's own, and only when all has been read it is told from a slip."""
    for ticks in range(0, LOOKS, 7):
        found = by_ticks(REPLY, ticks)
        wrong = [r.source for r in found.relations if r.verdict in FALSE]
        assert wrong in ([], [r.source for r in WHOLE.relations if r.verdict in FALSE])


def test_who_does_not_heed_the_time_is_not_stopped() -> None:
    deadline = ticking(0)
    deadline.look()
    with pytest.raises(LateError), deadline.heeded():
        pass
    for _ in range(3):
        NEVER.look()


def test_a_trial_inside_that_came_too_late_decides_nothing() -> None:
    deadline = ticking(3)

    def tried() -> None:
        with deadline.heeded():
            for _ in range(5):
                with suppress(LateError):  # what a trial inside makes of it
                    deadline.look()

    with pytest.raises(LateError):
        tried()


def test_earlier_replies_have_a_share_of_their_own() -> None:
    known = "Let $Q = P + P$."
    assert by_ticks("$Qz = 2Pz$", 1e9, before=[known]).read_all
    slow = "\n".join([known, *(f"${n}Pz + Pz = {n + 1}Pz$" for n in range(2, 40))])
    found = by_ticks("$Qz = 2Pz$", 200, before=[slow, slow, slow])
    assert "earlier replies used up their share" in found.lacks
    assert all(r.rule != RULE for r in found.relations)


def test_two_readings_share_the_time_of_a_reply() -> None:
    proposal: dict[str, Any] = {"relations": [], "scopes": []}
    found = analyse_with(proposal, REPLY, SETTING, {}, deadline=ticking(LOOKS))
    assert found.lacks.startswith("stopped after ")
    assert analyse_with(proposal, REPLY, SETTING, {}).read_all


def test_more_relations_than_are_read_are_told() -> None:
    found = analyse("\n".join(["$1 + 1 = 2$"] * (MAX_RELATIONS + 3)), SETTING)
    assert len(found.relations) == MAX_RELATIONS
    assert f"more than {MAX_RELATIONS} relations" in found.lacks
    assert analyse("\n".join(["$1 + 1 = 2$"] * MAX_RELATIONS), SETTING).read_all


def test_a_reply_that_takes_more_steps_than_one_may_is_not_judged_to_its_end() -> None:
    """Steps are counted, so no other machine judges more of it."""
    found = analyse("\n\n".join(f"$\\sum_{{k=1}}^{{600}} k^{n} z_1 = {n} z_1$" for n in range(2, 60)), SETTING)
    assert found.lacks.endswith("relations were not judged: the reply takes too much work")
    assert not bounds.RAN_OUT.match(found.lacks)


# ---------------------------------------------------------------- scorers


def values(scorer: Scorer, *analyses: Analysis) -> dict[str, float | None]:
    replies = tuple(REPLY for _ in analyses)
    scores = scorer.score(Conversation(QUESTION, replies, lambda i: analyses[i]))
    for score in scores:
        lacks = next((a.lacks for a in reversed(analyses) if a.lacks), "")
        if lacks and score.value is None and "first turn" not in score.reason:
            assert bounds.RAN_OUT.match(score.reason), score
    return {score.metric: score.value for score in scores}


LATE = by_ticks(REPLY, SHORT * LOOKS)


def test_shares_stand_and_counts_are_open() -> None:
    found = values(relations.Scorer(), LATE)
    assert found["share_true"] is not None
    assert found["unread"] is not None
    assert found["unread"] > 0
    assert (found["false"], found["unstated"], found["disputed"]) == (None, None, None)
    assert values(relations.Scorer(), WHOLE)["false"] == 1


def test_what_is_not_found_is_not_absent() -> None:
    assert values(milestones.Scorer(), WHOLE) == {"coverage": 1.0, "in_order": 1.0}
    assert values(milestones.Scorer(), LATE) == {"coverage": None, "in_order": None}
    assert values(leaps.Scorer(), LATE) == {"count": None}
    late = values(approach.Scorer(), LATE)
    assert (late["level"], late["rival_level"], late["claimed"]) == (None, None, 1.0)
    silent = REPLY.replace("The gradient of", "Of")
    assert values(approach.Scorer(), by_ticks(silent, SHORT * LOOKS))["claimed"] is None
    assert values(ban.Scorer(), LATE) == {"violated": None}
    assert values(ban.Scorer(approaches=["slopes"]), WHOLE) == {"violated": 1.0}
    assert values(novelty.Scorer(), WHOLE, LATE) == {"share": None, "milestones": None}
    assert values(novelty.Scorer(), LATE, WHOLE) == {"share": None, "milestones": None}
    items = assumptions.Scorer.model_validate(
        {"items": [{"id": "a", "title": "A", "wordings": ["a scalar rule"], "said_by": ["along"]}]}
    )
    assert set(values(items, LATE).values()) == {None}


def test_milestones_that_are_all_there_stay_there() -> None:
    """A reply that has all of them before its time is over lacks none."""
    early = "\n\n".join(
        [LINES[1], "Hence $z^\\top \\nabla_z q = z^\\top P z - c^\\top z$.", *REPLY.split("\n\n")[2:-1]]
    )
    found = next(a for n in range(8, 40) if (a := by_ticks(early, n * LOOKS / 20)).lacks and len(a.milestones) == 2)
    assert values(milestones.Scorer(), found)["coverage"] == 1.0


# ---------------------------------------------------------------- commands


def test_the_command_says_what_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.interface.equations.soft", lambda _: ticking(SHORT * LOOKS))
    found = equations(REPLY, world=SPEC)
    assert any("not all of the reply was judged" in line and "were not judged" in line for line in found.lines())
    data = found.data()
    assert (data["read_all"], data["lacks"]) == (False, found.found.lacks)
    assert (RULE, True) in [(name, bool(says)) for name, says in found.rules()]
    assert "lacks" not in Equations(REPLY, SETTING, WHOLE).data()


def test_the_soft_bound_comes_before_the_hard_one() -> None:
    deadline = bounds.soft(2.0)
    assert deadline.seconds < 2.0 * (1 - bounds.EARLY)
    assert not deadline.missed
