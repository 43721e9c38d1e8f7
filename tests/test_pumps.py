"""One piece of notation thousands of times, as a model in a loop writes it: every scorer ends by itself, in linear time."""

from __future__ import annotations

import time

import pytest

from evalkit.judging.analyses import Analyses
from evalkit.judging.applying import apply
from evalkit.judging.bounds import CPU_SECONDS, RAN_OUT
from evalkit.scorers import choice, number, sequence, text
from evalkit.specs import problems
from evalkit.types import Conversation, Question, Reply, Scorer
from tests.benchmarks.fuzz import PROBLEM

SIZE = 30_000
PIECES = [".", "!", "?", "\\(", "\\[", "|a|\n", "(", "`", '"', "$", "\\!", "x=", "- a\n", "\u3002"]


@pytest.fixture(scope="module")
def problem() -> problems.Problem:
    return problems.parse(PROBLEM, "s/p", "p.toml")


BOXED = [("\\boxed{", piece) for piece in (".", "\\(", "A ")]


@pytest.mark.parametrize(("before", "piece"), [*(("", piece) for piece in PIECES), *BOXED], ids=repr)
def test_no_bound_has_to_end_a_scorer(
    before: str, piece: str, problem: problems.Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "evalkit.judging.analyses.CPU_SECONDS", 4 * CPU_SECONDS
    )  # machines differ; quadratic work takes minutes
    size = SIZE // 2 if before else SIZE
    text = before + piece * (size // len(piece)) + "}" * bool(before)
    analyses = Analyses(problem, (text,))
    reasons = {name: apply(s, problem, (Reply(text),), analyses)[0].reason for name, s in problem.scorers.items()}
    assert not {name: why for name, why in reasons.items() if RAN_OUT.match(why) or "failed" in why}


READERS: dict[str, Scorer] = {
    "number": number.Scorer(value=3),
    "hours": number.Scorer(value=3, unit="hours"),
    "choice": choice.Scorer(options={"A": "Paris", "B": "3", "C": "None of the above"}, correct=["A"]),
    "sequence": sequence.Scorer(tokens=["a", "3", "c"]),
    "text": text.Scorer(any_of=["3 hours"]),
}
REPEATED = [
    "123:", "1:2 ", "12:30 ", "1 in 6 ", "1 out of 12 ", "5 M ", "2K ", "- 3\n", "3-1-4 ", "3! ", "84. No, ", "none of the ",
    "A does ", "A — ", "A) ", "- A) x\n", "#### 3\n", "#### Step 3\n", "<answer>", "answer>\n", "<response>\n", "boxed{",
    "or about ", "Check: 3\n\n",
]  # fmt: skip


LEAST = 0.02
"""Seconds below which nothing is told from noise."""


def spent(scorer: Scorer, reply: str, enough: float = 0.0) -> float:
    """Seconds of processor time, the least of three: what else the machine does only adds to it. No more is measured
    once one is below `enough`."""
    least = float("inf")
    for extra in ("", " ", "  "):  # what was read last may be kept
        before = time.process_time()
        scorer.score(Conversation(Question("set/a", "How many?"), (reply + extra,)))
        least = min(least, time.process_time() - before)
        if least < enough:
            break
    return least


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("piece", REPEATED, ids=repr)
def test_an_answer_four_times_as_long_takes_no_more_than_eight_times_as_long(piece: str, name: str) -> None:
    short, long = ("The answer is " + piece * (size // len(piece)) for size in (4_000, 16_000))
    most = spent(READERS[name], long, enough=8 * LEAST)
    assert most < 8 * LEAST or most < 8 * spent(READERS[name], short)
