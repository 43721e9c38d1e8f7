"""One piece of notation thousands of times, as a model in a loop writes it: every scorer ends by itself, in linear time."""

from __future__ import annotations

import pytest

from evalkit.judging.analyses import Analyses
from evalkit.judging.applying import apply
from evalkit.judging.bounds import RAN_OUT
from evalkit.specs import problems
from evalkit.types import Reply
from tests.benchmarks.fuzz import PROBLEM

SIZE = 30_000
PIECES = [".", "!", "?", "\\(", "\\[", "|a|\n", "(", "`", '"', "$", "\\!", "x=", "- a\n", "\u3002"]


@pytest.fixture(scope="module")
def problem() -> problems.Problem:
    return problems.parse(PROBLEM, "s/p", "p.toml")


BOXED = [("\\boxed{", piece) for piece in (".", "\\(", "A ")]


@pytest.mark.parametrize(("before", "piece"), [*(("", piece) for piece in PIECES), *BOXED], ids=repr)
def test_no_bound_has_to_end_a_scorer(before: str, piece: str, problem: problems.Problem) -> None:
    size = SIZE // 2 if before else SIZE
    text = before + piece * (size // len(piece)) + "}" * bool(before)
    analyses = Analyses(problem, (text,))
    reasons = {name: apply(s, problem, (Reply(text),), analyses)[0].reason for name, s in problem.scorers.items()}
    assert not {name: why for name, why in reasons.items() if RAN_OUT.match(why) or "failed" in why}
