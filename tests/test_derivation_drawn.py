"""The values that declared scalars are given: a claim about a sign or a size is judged by them."""

from __future__ import annotations

import numpy as np
import pytest

from evalkit.derivation import DerivationSpec, analyse, compile_setting
from evalkit.derivation.problem.entries import parse_text
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE
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
    ("orthogonal", -1, 1, 1),
    ("unit", -1, 1, 1),
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


def test_one_row_and_one_column_of_a_kind() -> None:
    rng = np.random.default_rng(1)
    assert {scalar(rng, frozenset({"skew"})).item() for _ in range(9)} == {0}
    assert {scalar(rng, frozenset({"onehot"})).item() for _ in range(9)} == {1}
    assert np.unique([scalar(rng, frozenset({"orthogonal"})) for _ in range(30)]).tolist() == [-1, 1]


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


SIGNED = [
    ("|{a}| = {a}", False), ("|{a}| = -{a}", False), ("\\sqrt{{{a}^2}} = {a}", False), ("\\max(0, {a}) = {a}", False),
    ("|{a}{b}| = {a}{b}", False), ("|{a} + {b}| = |{a}| + |{b}|", False), ("|{a} - {b}| = {a} - {b}", False), ("\\max({a}, {b}) = {a}", False),
    ("|{a}{b}| = |{a}||{b}|", True), ("|{a}|^2 = {a}^2", True), ("\\sqrt{{{a}^2}} = |{a}|", True), ("\\max({a}, {b}) + \\min({a}, {b}) = {a} + {b}", True),
    ("\\max(0, {a}) - \\max(0, -{a}) = {a}", True), ("|{a} - {b}| = |{b} - {a}|", True),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "holds"), SIGNED)
def test_what_rests_on_the_sign_of_a_letter_holds_with_both(claim: str, holds: bool) -> None:
    for a, b in zip("pqrstuvw", "zyxcdghk", strict=True):
        world = setting_of({"symbols": {a: "", b: ""}})
        (found,) = analyse(f"So ${claim.format(a=a, b=b)}$.", world).relations
        assert (found.verdict in TRUE) == holds, found.source


def test_a_sign_that_is_declared_or_told_is_kept() -> None:
    world = setting_of({"symbols": {"p": "positive", "z": ""}, "definitions": ["f = |z|"]})
    found = analyse("So $|p| = p$ and $|fp| = fp$. If $z > 0$, then $|z| = z$.", world).relations
    assert [r.verdict in TRUE for r in found] == [True, True, False, True]


SIZED = [
    "|1 - {a}| = 1 - {a}",
    "|{a} - 2| = 2 - {a}",
    "\\max({a}, {b}) = {a}",
    "|{a} - {b}| = {a} - {b}",
    "\\min(1, {a}) = {a}",
    "\\sqrt{{(1 - {a})^2}} = 1 - {a}",
]


@pytest.mark.parametrize("claim", SIZED)
@pytest.mark.parametrize("kind", ["", "positive"])
def test_what_rests_on_the_size_of_a_letter_is_not_true(claim: str, kind: str) -> None:
    for a, b in zip("pqrstuvw", "zyxcdghk", strict=True):
        (found,) = analyse(f"So ${claim.format(a=a, b=b)}$.", setting_of({"symbols": {a: kind, b: kind}})).relations
        assert found.verdict not in TRUE, found.source
