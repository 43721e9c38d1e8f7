"""Who is more steerable: the effect in one model against that in others, recomputed by other code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import t, ttest_rel
from statsmodels.stats.anova import AnovaRM

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.models import OTHERS, by_model
from evalkit.runfile.store import Store
from evalkit.showing.tables import model_tables
from evalkit.stats.joined import joined
from evalkit.stats.within import within_problem_interval
from evalkit.types import Score, Transcript, Trial, Turn
from tests.arrange import inside
from tests.test_comparison import METRIC, Row, arms, table

Effects = dict[str, float]
DESIGN = Design([("hint", "plain")])


def rows(effects: Effects, problems: int = 12, samples: int = 6, seed: int = 1) -> list[Row]:
    """Normal scores; `hint` adds so much in each model."""
    rng = np.random.default_rng(seed)
    return [
        (f"p{p:02d}", arm, model, s, float(p / 10 + effect * (arm == "hint") + rng.normal()))
        for p in range(problems)
        for model, effect in effects.items()
        for arm in ("plain", "hint")
        for s in range(samples)
    ]


def one(data: list[Row], design: Design = DESIGN) -> Comparison:
    (found,) = by_model(table(data), design, [METRIC])
    return found


def cells(data: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(data, columns=["problem", "arm", "model", "sample", "value"])
    return frame.groupby(["problem", "arm", "model"])["value"].mean().reset_index()


def effects_of(data: list[Row]) -> pd.DataFrame:
    wide = cells(data).pivot(index=["problem", "model"], columns="arm", values="value")
    return (wide["hint"] - wide["plain"]).unstack("model")


def test_problems_like_these_is_the_interaction_of_a_repeated_measures_anova() -> None:
    data = rows({"a": 1.5, "b": 0.2})
    found, by_problem = one(data), effects_of(data)
    anova = AnovaRM(cells(data), "value", "problem", within=["arm", "model"]).fit().anova_table.loc["arm:model"]
    oracle = ttest_rel(by_problem["a"], by_problem["b"])
    assert found.like.p == pytest.approx(oracle.pvalue) == pytest.approx(anova["Pr > F"])
    assert found.like.difference == pytest.approx(float((by_problem["a"] - by_problem["b"]).mean()))
    low, high = oracle.confidence_interval()
    assert (found.like.low, found.like.high) == pytest.approx((low, high))
    assert (found.like.method, found.like.df, found.kind, found.model) == ("t", 11.0, "arm x model", "a − b")
    assert (found.mean_arm, found.mean_baseline) == pytest.approx(tuple(by_problem[m].mean() for m in ("a", "b")))


def test_these_problems_adds_the_variances_of_independent_samples() -> None:
    """Satterthwaite's t for the variance that numpy finds inside the cells; with symmetric parts the limits are the
    root of the summed squares of theirs."""
    data = rows({"a": 1.0, "b": 0.2}, problems=8, samples=5)
    found = one(data)
    frame = pd.DataFrame(data, columns=["problem", "arm", "model", "sample", "value"])
    halves = []
    for model in ("a", "b"):
        parts = [
            g["value"].var(ddof=1) / 5 / 8**2 for _, g in frame[frame["model"] == model].groupby(["problem", "arm"])
        ]
        df = sum(parts) ** 2 / sum(p**2 / 4 for p in parts)
        halves.append(t.ppf(0.975, df) * sum(parts) ** 0.5)
    half = float(np.hypot(*halves))
    difference = float((effects_of(data)["a"] - effects_of(data)["b"]).mean())
    assert found.these.difference == pytest.approx(difference)
    assert (found.these.low, found.these.high) == pytest.approx((difference - half, difference + half))
    assert found.these.error is not None
    assert 1.9 < half / found.these.error < 2.1


def test_p_is_where_the_interval_touches_zero() -> None:
    data = rows({"a": 0.9, "b": 0.2}, problems=6)
    frame = pd.DataFrame(data, columns=["problem", "arm", "model", "sample", "value"])
    parts = []
    for model in ("a", "b"):
        mine = frame[frame["model"] == model]
        values = [mine[mine["arm"] == arm].sort_values(["problem", "sample"]) for arm in ("hint", "plain")]
        parts.append(within_problem_interval(values[0]["value"], values[1]["value"], values[0]["problem"].to_numpy()))
    found = joined(parts, [1.0, -1.0])
    assert found.p == pytest.approx(one(data).these.p)
    assert found.p is not None
    limits = [part.spans(1 - found.p) for part in parts if part.spans is not None]
    half = np.hypot(parts[0].difference - limits[0][0], limits[1][1] - parts[1].difference)
    assert found.difference - half == pytest.approx(0.0, abs=1e-6)


def test_simultaneous_intervals_count_the_rows_of_the_table() -> None:
    data = table(rows({"a": 1.5, "b": 0.2, "c": 0.7}))
    single, joint = (by_model(data, replace(DESIGN, simultaneous=on), [METRIC]) for on in (False, True))
    for c, wide in zip(single, joint, strict=True):
        assert (c.like.confidence, wide.like.confidence, wide.these.confidence) == (0.95, 1 - 0.05 / 3, 1 - 0.05 / 3)
        assert c.like.difference is not None
        assert c.like.error is not None
        assert wide.like.low == pytest.approx(c.like.difference - t.ppf(1 - 0.025 / 3, 11) * c.like.error)
        assert wide.these.low < c.these.low < c.these.high < wide.these.high  # type: ignore[operator]
        assert (wide.like.p, wide.these.p) == (c.like.p, c.these.p)


def test_clusters_are_the_units() -> None:
    data = rows({"a": 1.0, "b": 0.0})
    clusters = {f"p{p:02d}": f"c{p // 2}" for p in range(12)}
    found = one(data, replace(DESIGN, clusters=clusters))
    both = effects_of(data).groupby(lambda p: clusters[p]).mean()
    assert (found.clusters, found.like.df) == (6, 5.0)
    assert found.like.p == pytest.approx(ttest_rel(both["a"], both["b"]).pvalue)


def test_three_models_each_stand_against_the_mean_of_the_others() -> None:
    data = rows({"a": 2.0, "b": 0.0, "c": 0.2})
    found = by_model(table(data), DESIGN, [METRIC])
    assert [c.model for c in found] == [f"{m} − {OTHERS}" for m in "abc"]
    by_problem = effects_of(data)
    for c, name in zip(found, "abc", strict=True):
        rest = by_problem.drop(columns=name).mean(axis=1)
        assert c.like.p == pytest.approx(ttest_rel(by_problem[name], rest).pvalue)
        assert c.like.p is not None
        assert c.like.p_adjusted is not None
        assert c.like.p_adjusted >= c.like.p


CELL = st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=3)
DATA = st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=4, max_size=6)


FAR = [  # a t interval over these four problems would begin at -2.01
    ([0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 1.0]),
    ([0.0, 0.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
    ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]),
    ([1.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
]


@settings(max_examples=12, deadline=None)
@given(DATA)
@example(FAR)
def test_models_swapped_turn_the_sign(data: list[tuple[list[float], ...]]) -> None:
    def of(first: str, second: str) -> Comparison:
        return one(arms([(a, b) for a, b, _, _ in data], first) + arms([(c, d) for _, _, c, d in data], second))

    there, back = of("a", "b"), of("b", "a")
    for name in ("these", "like"):
        x, y = getattr(there, name), getattr(back, name)
        assert x.difference == pytest.approx(-y.difference, abs=1e-9)
        assert (x.p is None) == (y.p is None)
        if x.p is not None:
            assert x.p == pytest.approx(y.p, abs=1e-6)
            assert (x.low, x.high) == pytest.approx((-y.high, -y.low), abs=1e-6)
            assert -2 - 1e-9 <= x.low <= x.high <= 2 + 1e-9


def test_only_problems_of_all_models_count_and_the_contrasts_stay_as_they_were() -> None:
    data = rows({"a": 1.0, "b": 0.0}, problems=8)
    more = [*data, *[(f"x{p}", arm, "a", 0, 5.0) for p in range(3) for arm in ("plain", "hint")]]
    assert one(more).like == one(data).like
    assert one(more).problems == 8
    before = compare(table(more), DESIGN)
    by_model(table(more), DESIGN, [METRIC])
    assert compare(table(more), DESIGN) == before


def test_nothing_in_common_is_said_and_one_model_has_no_row() -> None:
    apart: list[Row] = [(p, a, m, 0, 1.0) for p, m in (("x", "a"), ("y", "b")) for a in ("plain", "hint")]
    assert one(apart).note == "no problem has pairs of all these models"
    assert by_model(table(rows({"a": 1.0})), DESIGN, [METRIC]) == []


def test_arms_of_unequal_numbers_count_on_the_common_problems_alone() -> None:
    data = [row for row in rows({"a": 1.0, "b": 0.0}, problems=8) if row[1] == "plain" or row[3] < 4]
    only_a: list[Row] = [(f"x{p}", arm, "a", s, 5.0) for p in range(3) for arm in ("plain", "hint") for s in (0, 1)]
    found, wider = one(data), one([*data, *only_a])
    assert (found.samples_arm, found.samples_baseline) == (64, 96)
    assert (wider.problems, wider.samples_arm, wider.samples_baseline) == (8, 64, 96)
    assert (wider.these, wider.like) == (found.these, found.like)
    assert found.these.difference == pytest.approx(found.like.difference)


@pytest.mark.parametrize(
    ("metric", "span"),
    [("text.correct", 1.0), ("approach.level", 3.0), ("words.count", None), ("elsewhere.odd", None)],
    ids=["0 or 1", "levels", "without bound", "of nobody here"],
)
def test_where_all_is_alike_the_range_of_the_metric_bounds_the_difference(metric: str, span: float | None) -> None:
    alike: list[Row] = [
        (f"p{p}", arm, model, s, 0.0) for p in range(6) for model in "ab" for arm in ("plain", "hint") for s in (0, 1)
    ]
    (found,) = by_model(table(alike, metric), DESIGN, [metric])
    assert found.like.difference == 0
    if span is None:
        assert (found.like.low, found.like.p) == (None, None)
        assert found.like.note.startswith("all 6 clusters differ by the same amount")
    else:
        assert found.like.low is not None
        assert -2 * span < found.like.low < -span
        assert (found.like.high, found.like.p, found.like.note) == (-found.like.low, 1, "")


def test_words_name_the_model(tmp_path: Path) -> None:
    (shown,) = model_tables([one(rows({"strong": 2.0, "weak": 0.0}))])
    assert shown.rows[0][-1] == "effect higher in strong"
    path = tmp_path / "run.sqlite"
    with Store(path, write=True) as store:
        for p in range(16):
            for model in ("a", "b"):
                for arm in ("plain", "hint"):
                    trial = Trial(f"p{p}", arm, model, 0)
                    said = (Turn("user", arm), Turn("assistant", f"{trial}"))
                    store.keep_transcript(Transcript(trial, said)).result()
        for stored in store.transcripts():
            t_ = stored.transcript.trial
            value = float(t_.model == "a" and t_.template == "hint")
            store.keep_scores(stored.id, 1, "text", "1-x", [Score("correct", value, "why")]).result()
    data = json.loads(inside("compare", str(path), "--json").stdout)
    (row,) = [r for r in data if r["kind"] == "arm x model"]
    assert row["model"] == "a − b"
    assert row["like"]["verdict"] == "effect higher in a"
    assert {"method", "df", "error"} <= row["like"].keys()
    assert "Which model reacts more" in inside("compare", str(path)).stdout
    assert inside("report", str(path)).returncode == 0
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    assert 'id="models"' in page
    assert "Effects model by model: " in page
