"""Which metrics go together: against scipy and a partial correlation by dummies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from evalkit.comparing.correlations import Together, correlations
from evalkit.showing.tables.correlations import correlation_tables
from evalkit.stats.correlation import spearman


def drawn(seed: int, problems: int = 10, each: int = 8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two metrics that rise together over problems and against each other inside them."""
    rng = np.random.default_rng(seed)
    p = np.repeat(np.arange(problems), each)
    inside = rng.normal(size=len(p))
    return 3.0 * p + inside, 3.0 * p - inside + rng.normal(0, 0.5, len(p)), p


def test_over_replies_it_is_spearmans_and_inside_problems_that_of_ranks_there() -> None:
    x, y, p = drawn(1)
    found = spearman(x, y, p)
    assert found.over_replies == pytest.approx(spearmanr(x, y).statistic)
    ranks = pd.DataFrame({"x": x, "y": y, "p": p}).groupby("p").rank()
    dummies = pd.get_dummies(p).to_numpy(dtype=float)
    left = [ranks[c] - dummies @ np.linalg.lstsq(dummies, ranks[c], rcond=None)[0] for c in ("x", "y")]
    assert found.inside == pytest.approx(np.corrcoef(*left)[0, 1])
    assert found.over_replies is not None
    assert found.inside is not None
    assert found.over_replies > 0.9
    assert found.inside < -0.7
    assert (found.replies, found.strata) == (80, 10)


NOTHING = [
    ("one-does-not-vary", [1.0] * 6, [0.0, 1.0] * 3, [0] * 6),
    ("the-other-does-not-vary", [0.0, 1.0] * 3, [1.0] * 6, [0] * 6),
    ("no-reply-judged-on-both", [], [], []),
    ("too-few", [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [0] * 3),
]


@pytest.mark.parametrize(("x", "y", "stratum"), [row[1:] for row in NOTHING], ids=[row[0] for row in NOTHING])
def test_nothing_to_say(x: list[float], y: list[float], stratum: list[int]) -> None:
    found = spearman(np.array(x), np.array(y), np.array(stratum, dtype=np.int64))
    assert (found.over_replies, found.inside) == (None, None)


def test_one_sample_a_problem_has_no_inside() -> None:
    found = spearman(np.arange(8.0), np.arange(8.0) ** 2, np.arange(8))
    assert found.over_replies == pytest.approx(1.0)
    assert (found.inside, found.strata) == (None, 0)


def test_replies_judged_on_both_metrics_are_named() -> None:
    x, y, p = drawn(2)
    rows = [(f"p{q}", "plain", "m", i % 8, m, v) for m, values in (("a.x", x), ("b.y", y)) for i, (q, v) in
            enumerate(zip(p, values, strict=True))]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["problem", "template", "model", "sample", "metric", "value"])
    scores.loc[:4, "value"] = np.nan
    (found,) = correlations(scores, ["a.x", "b.y", "c.z"])
    assert found.found.replies == 75
    assert found.found.over_replies == pytest.approx(spearmanr(x[5:], y[5:]).statistic)
    (table,) = correlation_tables([found])
    assert table.rows[0][:3] == ("a.x", "b.y", "75")
    assert correlation_tables([]) == []


def test_metrics_that_never_meet_are_counted_and_not_shown() -> None:
    nothing = spearman(np.array([]), np.array([]), np.array([], dtype=np.int64))
    some = spearman(np.arange(8.0), np.arange(8.0), np.arange(8))
    (table,) = correlation_tables([Together("a.x", "b.y", nothing), Together("a.x", "c.z", some)])
    assert [row[:2] for row in table.rows] == [("a.x", "c.z")]
    assert "no reply has both of (1)" in table.note
    assert correlation_tables([Together("a.x", "b.y", nothing)]) == []
