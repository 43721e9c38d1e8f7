"""The values that declared scalars are given: a claim about a sign or a size is judged by them."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.derivation import DerivationSpec, analyse, compile_setting
from evalkit.derivation.problem.entries import parse_text
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.draw import scalar
from evalkit.derivation.worlds.entries import Solved
from evalkit.derivation.worlds.world import ASSUMED
from tests.derivation_help import setting_of, verdicts

SYMBOLS = {"a": "scalar", "b": "positive", "c": "nonnegative", "p": "probability", "q": "small", "r": "integer"}
CLAIMS = [
    ("any-number-may-be-negative", "|a| = a", False),
    ("any-number-may-be-positive", "|a| = -a", False),
    ("a-positive-number-is-its-own-size", "|b| = b", True),
    ("so-is-one-that-is-not-negative", "|c| = c", True),
    ("a-positive-number-may-be-above-one", "|1 - b| = 1 - b", False),
    ("a-positive-number-may-be-below-one", "|1 - b| = b - 1", False),
    ("a-probability-is-not-negative", "|p| = p", True),
    ("a-probability-is-at-most-one", "|1 - p| = 1 - p", True),
    ("a-probability-may-be-below-a-half", "|1 - 2p| = 2p - 1", False),
    ("a-small-number-is-far-below-one", "|1 - 50q| = 1 - 50q", True),
    ("a-small-number-is-not-nothing", "b + q = b", False),
    ("an-integer-is-above-one", "|1 - r| = r - 1", True),
    ("an-integer-is-not-always-two", "|2 - r| = 2 - r", False),
]


@pytest.mark.parametrize(("claim", "true"), [c[1:] for c in CLAIMS], ids=[c[0] for c in CLAIMS])
def test_a_claim_about_a_sign(claim: str, true: bool) -> None:
    setting = setting_of({"symbols": SYMBOLS})
    letter = verdicts(analyse(f"So $${claim}$$", setting))
    assert (letter in ("i", "a")) is true, letter
    assert (letter == "f") is not true, letter


RANGES = [
    ("", -1.7, 1.7, 0.4),
    ("positive", 0.4, 1.9, 0.4),
    ("nonnegative", 0.4, 1.9, 0.4),
    ("pd", 0.4, 1.9, 0.4),
    ("psd", 0.4, 1.9, 0.4),
    ("probability", 0.15, 0.85, 0.15),
    ("small", 0.004, 0.01, 0.004),
    ("integer", 2, 5, 2),
    ("positive integer", 2, 5, 2),
    ("positive small", 0.004, 0.01, 0.004),
]


@pytest.mark.parametrize(("kinds", "low", "high", "least"), RANGES, ids=[r[0] or "any" for r in RANGES])
def test_the_range_of_a_kind(kinds: str, low: float, high: float, least: float) -> None:
    rng = np.random.default_rng(1)
    drawn = np.array([scalar(rng, frozenset(kinds.split())) for _ in range(800)])
    assert drawn.shape == (800, 1, 1)
    assert [drawn.min(), drawn.max()] == pytest.approx([low, high], rel=0.05)
    assert np.abs(drawn).min() == pytest.approx(least, rel=0.05), "nothing is near zero, where all would be equal"
    if "integer" in kinds:
        assert set(drawn.ravel()) == {2, 3, 4, 5}


def test_where_a_search_passed_is_no_term_of_the_root() -> None:
    """Else the tolerance grows with the powers of far starts, and anything holds beside the root."""
    spec = DerivationSpec.model_validate({"symbols": {"x": "", "a": "positive"}})
    judge = Judge(compile_setting(spec), 0)
    left, right = (parse_text(side, judge.scope) for side in ("x^9 + a x", "2"))
    judge.assume({"x": Solved(left, right)})
    for env in judge.envs(ASSUMED):
        env.begin()
        root = env.symbol("x", {})
        assert abs(float(np.asarray(root).item())) < 2
        assert env.scale < 2
