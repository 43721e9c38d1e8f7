"""`compare --fail-if`: what is written, what fails, and with which exit code."""

from __future__ import annotations

import pytest

from evalkit.comparing.comparison import Comparison
from evalkit.comparing.demands import Demand, broken, demand_of
from evalkit.errors import SpecError

ROWS = [
    Comparison("approach.level", "m", "ban", "plain", mean_arm=1.4, mean_baseline=0.25),
    Comparison("approach.level", "n", "ban", "plain", mean_arm=2.0, mean_baseline=0.5),
    Comparison("approach.level", "n", "cut", "plain"),
    Comparison("text.correct", "m", "ban given hint", "ban alone", kind="interaction", mean_arm=0.0),
]

WRITTEN = [
    ("ban approach.level < 1.5", Demand("ban", "approach.level", "<", 1.5)),
    ("  ban  approach.level>=2 ", Demand("ban", "approach.level", ">=", 2.0)),
    ("ban approach.level > -1e-3", Demand("ban", "approach.level", ">", -0.001)),
]


@pytest.mark.parametrize(("text", "demand"), WRITTEN)
def test_what_is_written(text: str, demand: Demand) -> None:
    assert demand_of(text) == demand


@pytest.mark.parametrize(
    "text", ["", "ban < 1", "ban approach.level = 1", "ban approach.level < x", "a b < nan", "a b c < 1"]
)
def test_what_cannot_be_read(text: str) -> None:
    with pytest.raises(SpecError, match="ARM METRIC < NUMBER"):
        demand_of(text)


FAILS = [
    ("one-model", "ban approach.level < 1.5", ["ban approach.level < 1.5: 1.4 (m)"]),
    ("none", "ban approach.level < 1.4", []),
    ("at-the-number", "ban approach.level <= 1.4", ["ban approach.level <= 1.4: 1.4 (m)"]),
    ("both", "ban approach.level > 1", ["ban approach.level > 1: 1.4 (m)", "ban approach.level > 1: 2 (n)"]),
    ("baseline", "plain approach.level >= 0.5", ["plain approach.level >= 0.5: 0.5 (n)"]),
]


@pytest.mark.parametrize(("text", "told"), [f[1:] for f in FAILS], ids=[f[0] for f in FAILS])
def test_what_fails(text: str, told: list[str]) -> None:
    assert broken([demand_of(text)], ROWS) == told


UNKNOWN = [
    ("bann approach.level < 1", "arm 'bann'; did you mean 'ban'"),
    ("ban text.correct < 1", "metric 'text.correct'"),
    ("cut approach.level < 1", "no reply of cut could be judged"),
]


@pytest.mark.parametrize(("text", "says"), UNKNOWN)
def test_a_demand_without_a_mean_is_no_pass(text: str, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        broken([demand_of(text)], ROWS)
