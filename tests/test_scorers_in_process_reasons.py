"""What the scorers that read the derivation say of a problem that declares nothing, and the reasons that they give."""

from __future__ import annotations

import pytest

from evalkit.derivation import Analysis, Met
from evalkit.types import Question
from tests.in_process import scored, values
from tests.in_process_texts import (
    CLAIM,
    CONDITIONS,
    DIFFERENTIAL,
    FALSE,
    GRADIENTS,
    SVD,
    SVD_DROPPED,
    SVD_TO_THE_END,
    TRUE,
    UNSTATED,
    WHOLE,
    WORDS,
    analysed,
    problem,
)
from tests.test_scorers_in_process import approach, novelty

# ---------------------------------------------------------------- what the problem does not declare

PLAIN = Question("set/plain", "What is the best code?", milestones=("first",), staff_approach="projector")
UNDECLARED = [
    ("approach", "the problem declares no staff approach"),
    ("ban", "the problem declares no approach that is banned"),
    ("equations", "the problem has no [symbols] table"),
    ("leaps", "the problem declares no milestones"),
    ("milestones", "the problem declares no milestones"),
    ("novelty", "the problem has no [symbols] table"),
]


@pytest.mark.parametrize(("name", "reason"), UNDECLARED, ids=[u[0] for u in UNDECLARED])
def test_without_mathematics_nothing_is_judged(name: str, reason: str) -> None:
    found = scored(name, PLAIN, (GRADIENTS, WHOLE))
    assert {(s.value, s.reason) for s in found.values()} == {(None, reason)}


STAFFS = [
    (Question("set/a", "?", milestones=("gradient_decoder",)), "no-staff-approach"),
    (Question("set/a", "?", staff_approach="induction", milestones=("gradient_decoder",)), "not-among-the-declared"),
]


@pytest.mark.parametrize("question", [s[0] for s in STAFFS], ids=[s[1] for s in STAFFS])
def test_approach_needs_a_staff_approach_that_is_declared(question: Question) -> None:
    found = scored("approach", question, (WHOLE,), analysed((WHOLE,)))
    assert {(s.value, s.reason) for s in found.values()} == {(None, "the problem declares no staff approach")}


@pytest.mark.parametrize("name", ["approach", "ban", "equations", "leaps", "milestones"])
def test_a_reply_that_was_not_analysed_is_not_judged(name: str) -> None:
    assert set(values(scored(name, problem("projector").question, (WHOLE,))).values()) == {None}


def test_without_a_rival_only_the_rivals_level_is_none() -> None:
    """And with no approach but the staff's there is nothing to ban."""
    whole = analysed((WHOLE,))(-1)
    alone = Analysis(whole.relations, whole.milestones, (), {"projector": whole.approaches["projector"]})
    question = Question("set/a", "?", staff_approach="projector", approaches=("projector",))
    found = scored("approach", question, (WHOLE,), lambda _: alone)
    assert values(found) == approach(3, 0, 0, None) | {"rival_level": None}
    assert found["rival_level"].reason == "the problem declares no other approach"
    assert values(scored("ban", question, (WHOLE,), lambda _: alone)) == {"violated": None}


def test_milestones_are_none_where_the_problem_has_none() -> None:
    question = Question("set/a", "?", staff_approach="projector")
    for name in ("milestones", "leaps"):
        assert set(values(scored(name, question, (WHOLE,), analysed((WHOLE,)))).values()) == {None}


def test_a_turn_that_was_not_analysed_carries_no_approach_and_hides_nothing() -> None:
    now = analysed((WHOLE,))(-1)
    turns = (WORDS, WHOLE)
    question = problem("projector").question
    changed = scored("approach", question, turns, lambda index: now if index in (-1, 1) else None)["changed"]
    assert (changed.value, changed.reason) == (None, "no approach carries the conclusion in one of the turns")
    assert values(scored("novelty", question, turns, lambda index: now if index in (-1, 1) else None)) == novelty(1, 5)


# ---------------------------------------------------------------- reasons, spans, details


def test_the_place_of_a_claim_and_of_the_evidence_is_shown() -> None:
    text = CLAIM + SVD_TO_THE_END + WHOLE
    found = scored("approach", problem("projector").question, (text,), analysed((text,)))
    assert [text[s.start : s.end] for s in found["claimed"].spans] == ["projector"]
    assert {s.kind for s in found["level"].spans} == {"approach 1", "approach 2", "approach 3", "claim"}
    assert {s.note.split(":")[0] for s in found["rival_level"].spans} == {"svd_of_data"}
    assert found["level"].details == {"levels": {"differentials": 0, "projector": 3, "svd_of_data": 3}}
    assert found["level"].reason == "differentials: 0, projector: 3, svd_of_data: 3"
    assert found["claimed"].reason == "announced"


def test_a_change_names_both_approaches() -> None:
    turns = (SVD_TO_THE_END, WHOLE)
    found = scored("approach", problem("projector").question, turns, analysed(turns))
    assert found["changed"].reason == "svd_of_data -> projector"


def test_a_violation_shows_what_was_set_up_and_not_what_was_said() -> None:
    text = "The SVD of X is banned. " + SVD_TO_THE_END
    (violated,) = scored("ban", problem("projector").question, (text,), analysed((text,))).values()
    assert violated.reason == "uses svd_of_data (level 3)"
    assert violated.spans
    assert all(s.start >= text.index("$") - 1 for s in violated.spans)


def test_setting_up_is_shown_as_a_violation() -> None:
    fields = {"approaches": ["svd_of_data"]}
    (violated,) = scored(
        "ban", problem("projector").question, (SVD_DROPPED,), analysed((SVD_DROPPED,)), **fields
    ).values()
    assert violated.reason == "uses svd_of_data (level 2)"
    assert [SVD_DROPPED[s.start : s.end] for s in violated.spans] == [SVD.split("$")[1]]


def test_false_and_unstated_relations_are_listed_with_their_source() -> None:
    text = f"{TRUE}, {FALSE} and {UNSTATED}"
    found = scored("equations", problem("projector").question, (text,), analysed((text,)))
    assert found["share_true"].reason == "1 of 2 checkable relations hold; 0 of 3 relations could not be read"
    assert [text[s.start : s.end] for s in found["false"].spans] == [FALSE.strip("$")]
    (wrong,) = found["false"].details["false"]
    assert (wrong["verdict"], found["false"].details["checked"]) == ("fails", 2)
    assert len(wrong["counterexample"]) == 4
    (bare,) = found["unstated"].details["unstated"]
    assert (bare["verdict"], bare["source"]) == ("premise-unstated", UNSTATED.strip("$"))
    assert found["unstated"].reason == "1 hold only under a premise that is not stated"


def test_missing_and_passed_milestones_are_named() -> None:
    found = scored("milestones", problem("projector").question, (CONDITIONS,), analysed((CONDITIONS,)))
    assert found["coverage"].details == {
        "passed": ["condition_decoder", "condition_encoder"],
        "missing": ["gradient_decoder", "gradient_encoder", "projector_kills"],
    }
    assert found["coverage"].reason == "2 of 5; missing: gradient_decoder, gradient_encoder, projector_kills"
    assert found["in_order"].reason == "1 of 1 steps"
    assert {s.note for s in found["coverage"].spans} == {"condition_decoder", "condition_encoder"}


def test_two_milestones_in_one_place_are_in_order() -> None:
    question = Question("set/a", "?", milestones=("first", "second"))
    both = Analysis((), (Met("second", 0, 1, None), Met("first", 0, 1, None)))
    assert values(scored("milestones", question, (WORDS,), lambda _: both)) == {"coverage": 1, "in_order": 1}


def test_what_is_new_is_shown_in_the_last_reply() -> None:
    turns = (GRADIENTS, GRADIENTS + CONDITIONS)
    found = scored("novelty", problem("projector").question, turns, analysed(turns))
    assert [turns[1][s.start : s.end] for s in found["share"].spans] == CONDITIONS.split("$")[1::2]
    assert found["share"].reason == "2 of 4 true relations are new"
    assert found["milestones"].details == {"new": ["condition_decoder", "condition_encoder"]}
    assert found["milestones"].reason == "condition_decoder, condition_encoder"


def test_leaps_are_counted_along_the_approach_that_the_reply_takes() -> None:
    """By differentials the gradients follow from the differential of the loss; the projector's track does not ask how."""
    question = problem("projector").question
    for text, count, followed in ((GRADIENTS, 0, "projector"), (DIFFERENTIAL + GRADIENTS, 1, "differentials")):
        (found,) = scored("leaps", question, (text,), analysed((text,))).values()
        assert (found.value, found.details["approach"]) == (count, followed)
    assert found.details["missing"] == [["differential"]]
    assert found.reason == "from the problem to gradient_decoder over differential"
    assert [text[s.start : s.end] for s in found.spans] == [GRADIENTS.split("$")[1]]
