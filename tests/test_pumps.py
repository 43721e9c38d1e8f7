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

SIZE = 15_000
PIECES = [".", "!", "?", "\\(", "\\[", "|a|\n", "(", "`", '"', "$", "\\!", "x=", "- a\n", "\u3002"]


@pytest.fixture(scope="module")
def problem() -> problems.Problem:
    return problems.parse(PROBLEM, "s/p", "p.toml")


BOXED = [("\\boxed{", piece) for piece in (".", "\\(", "A ")]


@pytest.mark.parametrize(("before", "piece"), [*(("", piece) for piece in PIECES), *BOXED], ids=repr)
def test_no_bound_has_to_end_a_scorer(
    before: str, piece: str, problem: problems.Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.judging.analyses.CPU_SECONDS", 2 * CPU_SECONDS)  # machines differ
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
TRIES = 5


def spent(scorer: Scorer, reply: str) -> float:
    """Seconds of processor time."""
    before = time.process_time()
    scorer.score(Conversation(Question("set/a", "How many?"), (reply,)))
    return time.process_time() - before


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("piece", REPEATED, ids=repr)
def test_an_answer_four_times_as_long_takes_no_more_than_eight_times_as_long(piece: str, name: str) -> None:
    """What else the machine does adds to either time, so both are measured again, one after the other, until the least
    of each holds the bound: quadratic work, sixteen times as long, never does."""
    short, long = ("The answer is " + piece * (size // len(piece)) for size in (4_000, 16_000))
    least, most = float("inf"), float("inf")
    for again in range(TRIES):
        blanks = " " * again  # what was read last may be kept
        most = min(most, spent(READERS[name], long + blanks))
        if most < 8 * LEAST:
            return
        least = min(least, spent(READERS[name], short + blanks))
        if most < 8 * least:
            return
    pytest.fail(f"{most:.2f} s for four times what takes {least:.2f} s")
