"""The scorers that read the derivation, called in this process on analyses of small replies."""

from __future__ import annotations

from functools import lru_cache

import pytest

from evalkit import plugins, problems
from evalkit.derivation import Analysis
from evalkit.problems import Problem
from evalkit.types import Question
from tests import test_scorers_in_process_answers as answers
from tests import test_scorers_in_process_passage as passage
from tests.derivation_help import CASES
from tests.in_process import Analysed, Row, holes, rounded, scored, table, values

HEAD = 'title = "Autoencoder"\nstatement = "Which linear code loses least?"\n'
STAFF = '\n[staff]\nsolution = "The projector."\napproach = "{}"\n'


@lru_cache
def problem(staff: str) -> Problem:
    """The linear autoencoder with one of its three approaches (differentials, projector, svd_of_data) as the staff's."""
    text = HEAD + (CASES / "lae.toml").read_text(encoding="utf-8") + STAFF.format(staff)
    return problems.parse(text, "set/lae", "lae.toml")


def analysed(turns: tuple[str, ...], staff: str = "projector") -> Analysed:
    """What `Conversation.analysis` is in a run: each reply is read with those before it."""

    def analysis(index: int) -> Analysis | None:
        at = index % len(turns)
        found: Analysis | None = problem(staff).analyse(turns[at], turns[:at])
        return found

    return analysis


GRADIENTS = r"$\nabla_{W_2} L = -2(X-W_2W_1X)(W_1X)^\top$ and $\nabla_{W_1} L = -2W_2^\top(X-W_2W_1X)X^\top$. "
CONDITIONS = r"So $(I-W_2W_1)CW_1^\top = 0$ and $W_2^\top(I-W_2W_1)C = 0$. "
PROJECTOR = r"Then $(I - U_kU_k^\top)CU_k = 0$. "
WHOLE = GRADIENTS + CONDITIONS + PROJECTOR
SVD = r"Factor the data as $X = U\Sigma V^\top$. "
SVD_TO_THE_END = SVD + r"Hence $XX^\top = U\Sigma^2U^\top$. "
SVD_DROPPED = (
    SVD
    + r"We turn to differentials. With $E = X - W_2W_1X$ we have $dL = 2\operatorname{Tr}(E^\top dE)$, and "
    + (
        r"$dE = -dW_2W_1X - W_2dW_1X$, so $\nabla_{W_1}L = -2W_2^\top EX^\top$ and $\nabla_{W_2}L = -2EX^\top W_1^\top$. "
    )
)
DIFFERENTIAL = r"With $E = X - W_2W_1X$ we have $dE = -dW_2W_1X - W_2dW_1X$, so "
CLAIM = "As you propose, a projector will do the work. "
WORDS = "A linear code keeps what varies most."
TRUE, FALSE = r"$\|X\|_F^2 = n\operatorname{Tr}(C)$", r"$\operatorname{Tr}(C) = \|X\|_F^2$"
UNSTATED, UNREAD = r"$$W_1W_2 = I_k$$", r"$X = \clubsuit$"


def approach(level: int, claimed: int, rival: int, changed: int | None) -> dict[str, float | None]:
    return {"level": level, "claimed": claimed, "rival_level": rival, "changed": changed}


def equations(share: float | None, false: int | None, unstated: int, unread: float | None) -> dict[str, float | None]:
    return {"share_true": share, "false": false, "unstated": unstated, "unread": unread}


def milestones(coverage: float, in_order: float | None) -> dict[str, float | None]:
    return {"coverage": coverage, "in_order": in_order}


def novelty(share: float | None, gained: int | None) -> dict[str, float | None]:
    return {"share": share, "milestones": gained}


ROWS: dict[str, list[Row]] = {
    "approach": [
        Row(WORDS, approach(0, 0, 0, None), "absent"),
        Row(CLAIM + GRADIENTS, approach(1, 1, 0, None), "announced-and-not-done"),
        Row(WHOLE, approach(3, 0, 0, None), "done-and-not-announced"),
        Row(CLAIM + WHOLE, approach(3, 1, 0, None), "announced-and-done"),
        Row("The SVD of X would be natural. " + WHOLE, approach(3, 0, 1, None), "rival-announced"),
        Row(SVD_TO_THE_END, approach(0, 0, 3, None), "rival-done"),
        Row(SVD_DROPPED, approach(0, 0, 3, None), "the-stronger-of-two-rivals"),
        Row(SVD_TO_THE_END + WHOLE, approach(3, 0, 3, None), "both-done"),
        Row((WHOLE, CONDITIONS + PROJECTOR), approach(3, 0, 0, 0), "kept-in-the-second-turn"),
        Row((SVD_TO_THE_END, WHOLE), approach(3, 0, 0, 1), "changed-to-the-staffs"),
        Row((WHOLE, SVD_TO_THE_END), approach(0, 0, 3, 1), "changed-away"),
        Row((WHOLE, SVD_TO_THE_END + WHOLE), approach(3, 0, 3, 1), "one-more-in-the-second-turn"),
        Row((WORDS, WHOLE), approach(3, 0, 0, None), "none-in-the-first-turn"),
        Row((WHOLE, WORDS), approach(0, 0, 0, None), "none-in-the-second-turn"),
        Row((CLAIM, WHOLE), approach(3, 0, 0, None), "only-announced-in-the-first-turn"),
        Row((SVD_TO_THE_END, WHOLE, WHOLE), approach(3, 0, 0, 0), "the-turn-before-counts-not-the-first"),
    ],
    "ban": [
        Row(WORDS, {"violated": 0}, "absent"),
        Row(WHOLE, {"violated": 0}, "the-staffs-is-not-banned"),
        Row("You ban the SVD of X. " + WHOLE, {"violated": 0}, "restated-is-not-used"),
        Row(SVD_TO_THE_END, {"violated": 1}, "used-to-the-end"),
        Row(SVD_DROPPED, {"violated": 1}, "set-up-is-enough", {"approaches": ["svd_of_data"]}),
        Row(WHOLE, {"violated": 1}, "the-staffs-where-named", {"approaches": ["projector"]}),
        Row(SVD_TO_THE_END, {"violated": 0}, "a-rival-where-another-is-named", {"approaches": ["projector"]}),
        Row(
            SVD_TO_THE_END, {"violated": 1}, "one-of-two-is-enough", {"approaches": ["differentials", "svd_of_data"]}
        ),
        Row(WHOLE, {"violated": None}, "not-declared", {"approaches": ["svd_of_data", "induction"]}),
        Row((SVD_TO_THE_END, WHOLE), {"violated": 0}, "used-before-is-not-used-now"),
    ],
    "equations": [
        Row(WORDS, equations(None, None, 0, None), "no-relation"),
        Row(TRUE, equations(1, 0, 0, 0), "true"),
        Row(FALSE, equations(0, 1, 0, 0), "false"),
        Row("$A = X + W_1$", equations(0, 1, 0, 0), "ill-typed-is-false"),
        Row(f"{TRUE} but {FALSE}; once more {FALSE}.", equations(1 / 3, 1, 0, 0), "a-false-one-said-twice"),
        Row(rf"{TRUE}, {FALSE} and $W_1 = 2W_1$.", equations(1 / 3, 2, 0, 0), "two-different-false-ones"),
        Row(f"It is not true that {FALSE}.", equations(None, None, 0, None), "denied"),
        Row(UNSTATED, equations(None, None, 1, 0), "premise-not-stated"),
        Row(rf"{UNSTATED} and $$W_2^\top W_2 = I_k$$ {TRUE}", equations(1, 0, 2, 0), "two-premises-beside-a-true-one"),
        Row(UNREAD, equations(None, None, 0, 1), "unread"),
        Row(f"{TRUE}, {UNREAD}, $q_7(X) = Zy$, {FALSE}", equations(0.5, 1, 0, 0.5), "half-unread"),
        Row(r"With $E = X - W_2W_1X$.", equations(None, None, 0, 0), "a-definition-is-not-checked"),
    ],
    "leaps": [
        Row(WORDS, {"count": None}, "no-milestone"),
        Row(WHOLE, {"count": 0}, "step-by-step"),
        Row(CONDITIONS + PROJECTOR, {"count": 1}, "begins-in-the-middle"),
        Row(GRADIENTS + PROJECTOR, {"count": 1}, "leaves-out-the-conditions"),
        Row((WHOLE, CONDITIONS), {"count": 1}, "earlier-turns-do-not-fill-in"),
    ],
    "milestones": [
        Row(WORDS, milestones(0, None), "none"),
        Row(r"Plainly $(I-W_2W_1)CW_1^\top = 0$.", milestones(0.2, None), "one-has-no-order"),
        Row(GRADIENTS, milestones(0.4, 1), "two-in-order"),
        Row(CONDITIONS + GRADIENTS, milestones(0.8, 2 / 3), "two-pairs-exchanged"),
        Row(PROJECTOR + CONDITIONS + GRADIENTS, milestones(1, 0.5), "from-the-end"),
        Row(WHOLE, milestones(1, 1), "all-in-order"),
        Row(WHOLE + GRADIENTS, milestones(1, 1), "said-again-the-first-place-counts"),
        Row(GRADIENTS + r"With $E = X-W_2W_1X$, $dL = 2\operatorname{tr}(E^\top dE)$.", milestones(0.4, 1), "others"),
        Row((GRADIENTS, CONDITIONS), milestones(0.4, 1), "the-last-turn-alone"),
    ],
    "novelty": [
        Row(GRADIENTS, novelty(None, None), "first-turn"),
        Row((GRADIENTS, CONDITIONS), novelty(1, 2), "all-new"),
        Row((GRADIENTS, GRADIENTS + CONDITIONS), novelty(0.5, 2), "half-new"),
        Row((GRADIENTS, GRADIENTS), novelty(0, 0), "nothing-new"),
        Row((CONDITIONS, r"$0 = (I-W_2 W_1) C W_1^\top$"), novelty(0, 0), "mirrored-is-not-new"),
        Row((GRADIENTS, CONDITIONS, WHOLE), novelty(0.2, 1), "against-all-earlier-turns"),
        Row((GRADIENTS, WORDS, GRADIENTS), novelty(0, 0), "a-turn-without-any-between"),
        Row((GRADIENTS, WORDS), novelty(None, 0), "no-relation-now"),
        Row((WORDS, GRADIENTS), novelty(1, 2), "no-relation-before"),
        Row((GRADIENTS, f"{FALSE} and {TRUE}"), novelty(1, 0), "false-ones-do-not-count"),
        Row((GRADIENTS, f"It is not true that {TRUE}."), novelty(None, 0), "what-is-denied-does-not-count"),
    ],
}  # fmt: skip


@table(ROWS)
def test_rows(name: str, row: Row) -> None:
    found = scored(name, problem("projector").question, row.turns, analysed(row.turns), **row.fields)
    assert values(found) == rounded(row.expected)


def test_no_metric_is_left_out() -> None:
    assert holes(ROWS, never_none=NONE_WITHOUT_DECLARATION) == set()


def test_every_scorer_has_a_table() -> None:
    assert sorted({*ROWS, *passage.ROWS, *answers.ROWS}) == sorted(plugins.known("scorers"))


# ---------------------------------------------------------------- what the problem does not declare

NONE_WITHOUT_DECLARATION = {
    "approach.level", "approach.claimed", "approach.rival_level", "equations.unstated", "milestones.coverage",
}  # fmt: skip
PLAIN = Question("set/plain", "What is the best code?", milestones=("first",), staff_approach="projector")
UNDECLARED = [
    ("approach", "the problem declares no staff approach"),
    ("ban", "the problem declares no approach that is banned"),
    ("equations", "the problem declares no mathematics"),
    ("leaps", "the problem declares no milestones"),
    ("milestones", "the problem declares no milestones"),
    ("novelty", "the problem declares no mathematics"),
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


def test_what_is_new_is_shown_in_the_last_reply() -> None:
    turns = (GRADIENTS, GRADIENTS + CONDITIONS)
    found = scored("novelty", problem("projector").question, turns, analysed(turns))
    assert [turns[1][s.start : s.end] for s in found["share"].spans] == CONDITIONS.split("$")[1::2]
    assert found["share"].reason == "2 of 4 true relations are new"
    assert found["milestones"].details == {"new": ["condition_decoder", "condition_encoder"]}


def test_leaps_are_counted_along_the_approach_that_the_reply_takes() -> None:
    """By differentials the gradients follow from the differential of the loss; the projector's track does not ask how."""
    question = problem("projector").question
    for text, count, followed in ((GRADIENTS, 0, "projector"), (DIFFERENTIAL + GRADIENTS, 1, "differentials")):
        (found,) = scored("leaps", question, (text,), analysed((text,))).values()
        assert (found.value, found.details["approach"]) == (count, followed)
    assert found.details["missing"] == [["differential"]]
    assert found.reason == "from the problem to gradient_decoder over differential"
    assert [text[s.start : s.end] for s in found.spans] == [GRADIENTS.split("$")[1]]
