"""The scorers that read the derivation, called in this process on analyses of small replies."""

from __future__ import annotations

from evalkit import plugins
from tests import test_scorers_in_process_answers as answers
from tests import test_scorers_in_process_passage as passage
from tests import test_scorers_in_process_rubric as rubric
from tests.in_process import Row, holes, rounded, scored, table, values
from tests.in_process_texts import (
    CLAIM,
    CONDITIONS,
    FALSE,
    GRADIENTS,
    PROJECTOR,
    SVD_DROPPED,
    SVD_TO_THE_END,
    TRUE,
    UNREAD,
    UNSTATED,
    WHOLE,
    WORDS,
    analysed,
    problem,
)


def approach(level: int, claimed: int, rival: int, changed: int | None) -> dict[str, float | None]:
    return {"level": level, "claimed": claimed, "rival_level": rival, "changed": changed}


def equations(
    share: float | None, false: int | None, unstated: int, unread: float | None, disputed: int = 0
) -> dict[str, float | None]:
    return {"share_true": share, "false": false, "unstated": unstated, "unread": unread, "disputed": disputed}


def milestones(coverage: float, in_order: float | None) -> dict[str, float | None]:
    return {"coverage": coverage, "in_order": in_order}


def novelty(share: float | None, gained: int | None) -> dict[str, float | None]:
    return {"share": share, "milestones": gained}


NONE_WITHOUT_DECLARATION = {
    "approach.level", "approach.claimed", "approach.rival_level", "equations.unstated", "equations.disputed",
    "milestones.coverage",
}  # fmt: skip
"""Their None stands in test_scorers_in_process_reasons.py."""

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
        Row("So $X + W_1 = X$", equations(0, 1, 0, 0), "ill-typed-is-false"),
        Row(f"{TRUE} but {FALSE}; once more {FALSE}.", equations(1 / 3, 1, 0, 0), "a-false-one-said-twice"),
        Row(rf"{TRUE}, {FALSE} and $W_1 = 2W_1$.", equations(1 / 3, 2, 0, 0), "two-different-false-ones"),
        Row(f"It is not true that {FALSE}.", equations(None, None, 0, None), "denied"),
        Row(UNSTATED, equations(None, None, 1, 0), "premise-not-stated"),
        Row(rf"{UNSTATED} and $$W_2^\top W_2 = I_k$$ {TRUE}", equations(1, 0, 2, 0), "two-premises-beside-a-true-one"),
        Row(UNREAD, equations(None, None, 0, 1), "unread"),
        Row(f"{TRUE}, {UNREAD}, $q_7(X) = Zy$, {FALSE}", equations(0.5, 1, 0, 0.5), "half-unread"),
        Row(r"**Rank condition:** $W_2W_2^\top = I_m$", equations(None, None, 0, 0, 1), "a-condition-is-disputed"),
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
        Row((TRUE, f"{TRUE} and {FALSE}"), novelty(0, 0), "false-ones-do-not-count"),
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
    elsewhere = {"judge", "assumptions"}  # in test_judge.py and test_scorer_assumptions.py
    tables = {*ROWS, *passage.ROWS, *answers.ROWS, *rubric.ROWS}
    assert sorted(tables | elsewhere) == sorted(plugins.known("scorers"))


def test_who_reads_the_derivation_says_so_and_runs_in_a_process_that_can_be_killed() -> None:
    scorers = {name: plugins.load("scorers", name).Scorer for name in plugins.known("scorers")}
    assert {name for name, scorer in scorers.items() if scorer.reads_derivation} == ROWS.keys() | {"assumptions"}
    assert all(scorers[name].isolated for name in ROWS)
