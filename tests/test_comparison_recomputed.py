"""Every figure of a comparison recomputed from the plain table of scores, by pandas, scipy and statsmodels.

One experiment with all that complicates it at once: two models, clusters of unequal size, replies that could not be
judged (more of them in one arm), two arms in one family, a declared delta.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from evalkit.comparing.comparison import ALL_MODELS, Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import COLUMNS

METRIC, DELTA, DRAWS = "text.correct", 0.4, 20_000
CLUSTERS = {f"p{i:02d}": f"c{min(i, 6)}" for i in range(10)}
ARMS = {"plain": 0.0, "hint": 0.25, "ban": -0.1}


def drawn() -> pd.DataFrame:
    """problem, model, arm, sample, value (NaN: not judged)."""
    rng = np.random.default_rng(77)
    rows = []
    for i, problem in enumerate(CLUSTERS):
        for model, rate in (("m1", 0.35), ("m2", 0.55)):
            for arm, effect in ARMS.items():
                for k in range(8):
                    value = float(rng.random() < np.clip(rate + effect + 0.1 * math.sin(i), 0.02, 0.98))
                    lost = rng.random() < (0.15 if arm == "hint" else 0.03)
                    rows.append((problem, model, arm, k, np.nan if lost else value))
    return pd.DataFrame(rows, columns=["problem", "model", "arm", "sample", "value"])


def compared(data: pd.DataFrame) -> list[Comparison]:
    columns = (data[name].tolist() for name in ("problem", "arm", "model", "sample", "value"))
    rows = [
        (problem, arm, model, k, 1, METRIC, value, "cut off" if math.isnan(value) else "", n, n, n, False)
        for n, (problem, arm, model, k, value) in enumerate(zip(*columns, strict=True))
    ]
    scores = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    design = Design([("hint", "plain"), ("ban", "plain")], clusters=CLUSTERS, delta={METRIC: DELTA}, seed=5)
    return compare(scores, design, metrics=[METRIC])


class Recomputed:
    """One arm against `plain`, of one model or of all."""

    def __init__(self, data: pd.DataFrame, arm: str) -> None:
        wide = data.pivot_table(index=["problem", "model", "sample"], columns="arm", values="value", dropna=False)
        self.wide: pd.DataFrame = wide[[arm, "plain"]].set_axis(["arm", "plain"], axis=1)
        self.pairs = self.wide.dropna().reset_index()
        self.strata = self.pairs.groupby(["problem", "model"])
        self.models = self.pairs["model"].nunique()
        self.by_problem, self.units = self._means(self.wide)
        self.t = stats.ttest_1samp(self.units, 0)

    def _means(self, wide: pd.DataFrame) -> tuple[Any, Any]:
        """Differences by problem (mean of its models'), and by cluster (mean of its problems')."""
        means = wide.dropna().groupby(["problem", "model"])[["arm", "plain"]].mean()
        problems = (means["arm"] - means["plain"]).groupby("problem").mean()
        return problems, problems.groupby(problems.index.map(CLUSTERS.get)).mean()

    def filled(self, arm: float, plain: float) -> Any:
        return self._means(self.wide.fillna({"arm": arm, "plain": plain}))[1]

    def equivalent(self, units: Any) -> float:
        """p of the two one-sided t tests."""
        error, df = units.std(ddof=1) / len(units) ** 0.5, len(units) - 1
        return float(max(stats.t.sf((DELTA + sign * units.mean()) / error, df) for sign in (1, -1)))

    def within(self, confidence: float) -> tuple[float, float]:
        """Newcombe's interval of Wilson limits with Kott and Carr's effective sizes."""
        sizes = self.strata["arm"].count()
        critical = stats.t.ppf(0.5 + confidence / 2, 2 * int((sizes - 1).sum()))
        sides = []
        for side in ("arm", "plain"):
            mean = self.strata[side].mean().mean()
            variance = (self.strata[side].var(ddof=1) / sizes).sum() / len(sizes) ** 2
            n = max(len(sizes) ** 2 / (1 / sizes).sum(), mean * (1 - mean) / variance)
            middle, wide = mean + critical**2 / (2 * n), 1 + critical**2 / n
            half = critical * math.sqrt(mean * (1 - mean) / n + critical**2 / (4 * n**2))
            sides.append((mean, (middle - half) / wide, (middle + half) / wide))
        (a, a_low, a_high), (b, b_low, b_high) = sides
        return a - b - math.hypot(a - a_low, b_high - b), a - b + math.hypot(a_high - a, b - b_low)

    def permuted(self, table: pd.DataFrame) -> float:
        """Monte Carlo p of the arms' labels mixed within problem and model; columns arm and plain hold 0 and 1."""
        rng, total, seen = np.random.default_rng(9), np.zeros(DRAWS), 0.0
        for _, part in table.groupby(["problem", "model"]):
            n, ones = len(part), int(part["arm"].sum() + part["plain"].sum())
            total += (2 * rng.hypergeometric(ones, 2 * n - ones, n, DRAWS) - ones) / n
            seen += part["arm"].mean() - part["plain"].mean()
        return float((np.abs(total) >= abs(seen) - 1e-9).mean())

    def noise(self) -> float:
        """Mean variance of a problem's difference that its samples make."""
        each = sum(self.strata[side].var(ddof=1) / self.strata[side].count() for side in ("arm", "plain"))
        return float((each.groupby("problem").sum() / self.models**2).mean())  # type: ignore[union-attr]


def figures(c: Comparison, by_hand: Recomputed) -> Iterator[tuple[str, object, object]]:
    """(name, what was found, what it should be)."""
    r, u = by_hand, by_hand.units
    yield "pairs", c.pairs, len(r.pairs)
    yield "dropped", sum(c.dropped.values()), len(r.wide) - len(r.pairs)
    for side, found in (("arm", c.mean_arm), ("plain", c.mean_baseline)):
        yield f"mean of {side}", found, r.strata[side].mean().mean()
    inside = (r.strata["arm"].mean() - r.strata["plain"].mean()).mean()
    sizes = r.strata["arm"].count()
    variance = sum((r.strata[side].var(ddof=1) / sizes).sum() for side in ("arm", "plain")) / len(sizes) ** 2
    yield "these", (c.these.difference, c.these.error), (inside, variance**0.5)
    yield "these, 95 %", (c.these.low, c.these.high), r.within(0.95)
    yield "these, 90 %", (c.these.low90, c.these.high90), r.within(0.9)
    yield "like", (c.like.difference, c.like.error, c.like.df), (u.mean(), u.sem(), len(u) - 1)
    yield "like, 95 %", (c.like.low, c.like.high), tuple(r.t.confidence_interval(0.95))
    yield "like, 90 %", (c.like.low90, c.like.high90), tuple(r.t.confidence_interval(0.9))
    yield "like, p", (c.like.p, c.like.p_equivalent), (r.t.pvalue, r.equivalent(u))
    yield "bounds", (c.worst, c.best), (r.filled(0, 1).mean(), r.filled(1, 0).mean())
    if c.like.p_worst is not None:
        against = r.filled(0, 1) if inside > 0 else r.filled(1, 0)
        yield "p_worst", c.like.p_worst, stats.ttest_1samp(against, 0).pvalue if against.mean() * inside > 0 else 1.0
    if c.like.p_equivalent_worst is not None:
        yield "p_equivalent_worst", c.like.p_equivalent_worst, max(r.equivalent(r.filled(*x)) for x in ((0, 1), (1, 0)))
    power = TTestPower().solve_power(nobs=len(u), alpha=0.05, power=0.8)
    yield "detectable", c.detectable, pytest.approx(power * u.std(ddof=1), abs=1e-5)
    yield "gains and losses", (c.gains, c.losses), ((r.by_problem > 1e-9).sum(), (r.by_problem < -1e-9).sum())
    assert c.spread is not None
    rest = [(u.sum() - x) / (len(u) - 1) for x in u]
    yield "leaving one out", (c.spread.low, c.spread.high), (min(rest), max(rest))
    yield "sd over problems", c.spread.sd, max(r.by_problem.var(ddof=1) - r.noise(), 0.0) ** 0.5


DATA = drawn()
FOUND = compared(DATA)
ROWS = [(model, arm) for model in (ALL_MODELS, "m1", "m2") for arm in ("hint", "ban")]


@pytest.mark.parametrize(("model", "arm"), ROWS, ids=[f"{arm}-{model.replace(' ', '-')}" for model, arm in ROWS])
def test_figures_of_a_comparison(model: str, arm: str) -> None:
    by_hand = Recomputed(DATA if model == ALL_MODELS else DATA[DATA["model"] == model], arm)
    (c,) = [c for c in FOUND if (c.model, c.arm) == (model, arm)]
    found = list(figures(c, by_hand))
    assert {name: value for name, value, _ in found} == {name: pytest.approx(wanted) for name, _, wanted in found}
    assert c.these.p == pytest.approx(by_hand.permuted(by_hand.pairs), abs=0.015)
    lost = by_hand.wide.isna().astype(float)
    assert c.p_unjudged == pytest.approx(by_hand.permuted(lost), abs=0.015)


@pytest.mark.parametrize("model", [ALL_MODELS, "m1", "m2"], ids=["all", "m1", "m2"])
@pytest.mark.parametrize("reading", ["these", "like"])
@pytest.mark.parametrize("name", ["p", "p_equivalent"])
def test_adjustment_over_the_family(model: str, reading: str, name: str) -> None:
    rows = [getattr(c, reading) for c in FOUND if c.model == model]
    adjusted = multipletests([getattr(r, name) for r in rows], method="holm")[1]
    assert [getattr(r, f"{name}_adjusted") for r in rows] == pytest.approx(adjusted.tolist())


@pytest.mark.parametrize("arm", ["hint", "ban"])
def test_problems_one_by_one(arm: str) -> None:
    by_hand = Recomputed(DATA[DATA["model"] == "m1"], arm)
    (c,) = [c for c in FOUND if (c.model, c.arm) == ("m1", arm)]
    assert c.spread is not None
    for effect in c.spread.problems:
        part = by_hand.pairs[by_hand.pairs["problem"] == effect.problem]
        right = [int(part[side].sum()) for side in ("arm", "plain")]
        exact = stats.fisher_exact(np.array([[k, len(part) - k] for k in right])).pvalue
        assert effect.difference == pytest.approx(part["arm"].mean() - part["plain"].mean())
        if effect.p is None:  # no outcome of so few samples could reach .05
            assert 2 / math.comb(2 * len(part), len(part)) > 0.05
            continue
        # What cannot come near .05 counts as 1.
        assert effect.p == pytest.approx(exact) or (effect.p == 1.0 and exact > 0.1)
    known = [e.p for e in c.spread.problems if e.p is not None]
    adjusted = [e.p_adjusted for e in c.spread.problems if e.p is not None]
    assert adjusted == pytest.approx(multipletests(known, method="fdr_bh")[1].tolist())


def test_figures_of_an_interaction() -> None:
    rng = np.random.default_rng(3)
    cells = {arm: rng.integers(0, 4, (8, 3)).astype(float) for arm in ("plain", "hint", "ban", "both")}
    rows = [
        (f"p{i}", arm, "m", k, 1, "approach.level", value, "", 100 * n + 3 * i + k, n, 100 * n + 3 * i + k, False)
        for n, (arm, values) in enumerate(cells.items())
        for i, column in enumerate(values.tolist())
        for k, value in enumerate(column)
    ]
    (c,) = compare(pd.DataFrame(rows, columns=list(COLUMNS)), Design([], [("plain", "hint", "ban", "both")]))
    each = (cells["both"] - cells["ban"] - cells["hint"] + cells["plain"]).mean(axis=1)
    t = stats.ttest_1samp(each, 0)
    assert (c.like.difference, c.like.p, c.like.error) == pytest.approx((each.mean(), t.pvalue, stats.sem(each)))
    assert (c.like.low, c.like.high) == pytest.approx(tuple(t.confidence_interval(0.95)))
    assert (c.like.df, c.like.method, c.like.test) == (7, "t", "t")
