"""Hint ladders: trend, turn by turn, hazards and the lowest turn that steers; recomputed by scipy and statsmodels."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import ttest_1samp, ttest_rel

from evalkit.comparing.comparison import Design
from evalkit.comparing.ladder import Ladder, ladders
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.showing.tables.ladder import in_words, ladder_tables
from evalkit.stats.rates import clustered_rate, wilson
from evalkit.types import Score, Transcript, Trial, Turn
from tests.arrange import ROOT, inside

Levels = dict[str, list[list[list[float | None]]]]
"""arm -> problem -> sample -> level in each turn."""
HINTS = ("Take the trace.", "Write the SVD.", "Begin with A = U S V^T.")


def fill(path: Path, levels: Levels) -> Path:
    problem = (ROOT / "problems" / "hw7" / "8b.toml").read_text(encoding="utf-8")
    head, _, rest = problem.partition("[[hints]]")
    rest = rest[rest.index("[", rest.rindex("[[hints]]") + 9) :] if "[[hints]]" in rest else rest[rest.index("\n[") :]
    hints = "".join(
        f'[[hints]]\nlevel = "{level}"\ntext = "{text}"\n'
        for level, text in zip(("nudge", "method", "first_line"), HINTS, strict=True)
    )
    with Store(path, write=True) as store:
        values: dict[Trial, list[float | None]] = {}
        for arm, by_problem in levels.items():
            for p, samples in enumerate(by_problem):
                store.keep_spec("problem", f"p{p:02d}", head + hints + rest).result()
                for s, column in enumerate(samples):
                    trial = Trial(f"p{p:02d}", arm, "m", s)
                    values[trial] = column
                    said: list[Turn] = []
                    for turn in range(len(column)):
                        asked = "q" if not turn else f"Hint: {HINTS[turn - 1]}" if arm == "ladder" else "again"
                        said += [Turn("user", asked), Turn("assistant", f"{trial} {turn}")]
                    store.keep_transcript(Transcript(trial, tuple(said))).result()
        kept = [
            store.keep_scores(stored.id, turn, "approach", "1-x", [Score("level", value, "why")])
            for stored in store.transcripts()
            for turn, value in enumerate(values[stored.transcript.trial], 1)
        ]
        for future in kept:
            future.result()
    return path


def drawn(problems: int = 10, samples: int = 6, seed: int = 1) -> Levels:
    rng = np.random.default_rng(seed)

    def one(rates: tuple[float, ...]) -> list[float | None]:
        level = 0.0
        found: list[float | None] = []
        for rate in rates:
            level = 3.0 if level == 3 or rng.random() < rate else float(rng.integers(0, 3))
            found.append(level)
        return found

    rates = {"ladder": (0.02, 0.05, 0.5, 0.5), "placebo": (0.02, 0.05)}
    return {arm: [[one(r) for _ in range(samples)] for _ in range(problems)] for arm, r in rates.items()}


def ladder(path: Path, design: Design | None = None) -> Ladder:
    with Store(path) as store:
        (found,) = ladders(Runs([store]), ["placebo", "ladder"], design or Design([]))
    return found


def test_the_trend_is_a_t_test_of_the_slopes(tmp_path: Path) -> None:
    levels = drawn()
    found = ladder(fill(tmp_path / "x.sqlite", levels)).trend
    assert found is not None
    slopes = [np.mean([np.polyfit(range(4), column, 1)[0] for column in rows]) for rows in levels["ladder"]]  # type: ignore[arg-type]
    oracle = ttest_1samp(slopes, 0.0)
    assert found.like.difference == pytest.approx(float(np.mean(slopes)))
    assert found.like.p == pytest.approx(oracle.pvalue)
    assert (found.like.low, found.like.high) == pytest.approx(tuple(oracle.confidence_interval()))
    assert (found.kind, found.like.df, found.like.method) == ("trend", 9.0, "t")


def test_each_turn_is_its_change_less_the_placebos_last_one(tmp_path: Path) -> None:
    levels = drawn()
    found = ladder(fill(tmp_path / "x.sqlite", levels))
    assert [c.arm for c in found.turns] == [f"ladder, turn {k}" for k in (2, 3, 4)]
    for k, c in zip((2, 3, 4), found.turns, strict=True):
        moved = [
            [np.mean([column[at] - column[0] for column in rows]) for rows in levels[arm]]  # type: ignore[operator]
            for arm, at in (("ladder", k - 1), ("placebo", 1))
        ]
        assert c.like.p == pytest.approx(ttest_rel(np.array(moved[0]), np.array(moved[1])).pvalue)
        assert c.baseline == "placebo"
    assert found.lowest == 3
    assert found.names == {2: "nudge", 3: "method", 4: "first_line"}
    assert "the lowest turn that steers is 3 (method)" in in_words(found)


def test_a_conversation_that_broke_off_lacks_its_later_turns(tmp_path: Path) -> None:
    levels = drawn()
    levels["ladder"][0][0] = [0.0, None]
    found = ladder(fill(tmp_path / "x.sqlite", levels))
    assert [c.dropped for c in found.turns] == [{f"ladder, turn {k}: why": 1} for k in (2, 3, 4)]


def test_without_a_placebo_only_the_later_turn_of_what_broke_off_is_unknown(tmp_path: Path) -> None:
    levels: Levels = {"ladder": [[[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]] for _ in range(4)]}
    levels["ladder"][0][0] = [0.0, None]
    found = ladder(fill(tmp_path / "x.sqlite", levels))
    # Its change lies between -3 and 3, that of the first turn is 0: one of two replies in one of four problems.
    assert [c.worst for c in found.turns] == [pytest.approx(((k - 3) / 2 + 3 * k) / 4) for k in (1, 2)]


def test_a_conversation_without_any_answer_lacks_its_later_turns(tmp_path: Path) -> None:
    levels = drawn(6, 3)
    levels["ladder"][0].pop()
    levels["placebo"][1].pop()
    lost = [Trial("p00", "ladder", "m", 2), Trial("p01", "placebo", "m", 2)]
    found = ladder(fill(tmp_path / "x.sqlite", levels), Design([], failed=lost))
    told = [{f"ladder, turn {k}: failed": 1, f"placebo, turn {k}: failed": 1} for k in (2, 3, 4)]
    assert [c.dropped for c in found.turns] == told


def test_a_run_without_the_texts_of_its_problems_has_turns_without_names(tmp_path: Path) -> None:
    path = fill(tmp_path / "x.sqlite", drawn(4, 4))
    db = sqlite3.connect(path)
    with db:
        db.execute("DELETE FROM specs")
    db.close()
    found = ladder(path)
    assert found.names == {}
    assert [c.arm for c in found.turns] == [f"ladder, turn {k}" for k in (2, 3, 4)]


@pytest.mark.parametrize("arms", [["placebo", "ladder"], ["ladder", "placebo"], ["placebo"]], ids=" ".join)
def test_a_placebo_that_is_a_ladder_itself_is_not_set_against_itself(arms: list[str], tmp_path: Path) -> None:
    levels = drawn()
    levels["placebo"] = [[[*column, 1.0, 2.0] for column in rows] for rows in levels["placebo"]]
    with Store(fill(tmp_path / "x.sqlite", {arm: levels[arm] for arm in arms})) as store:
        found = {one.arm: one for one in ladders(Runs([store]), arms, Design([]))}
    assert set(found) == set(arms)
    assert not found["placebo"].turns
    assert found["placebo"].hazards
    if "ladder" in found:
        assert [c.arm for c in found["ladder"].turns] == [f"ladder, turn {k}" for k in (2, 3, 4)]
        assert {c.baseline for c in found["ladder"].turns} == {"placebo"}


def test_without_a_placebo_the_first_turn_is_the_measure(tmp_path: Path) -> None:
    levels = drawn()
    del levels["placebo"]
    with Store(fill(tmp_path / "x.sqlite", levels)) as store:
        (found,) = ladders(Runs([store]), ["ladder"], Design([]))
    moved = [np.mean([column[2] - column[0] for column in rows]) for rows in levels["ladder"]]  # type: ignore[operator]
    assert found.turns[1].like.p == pytest.approx(ttest_1samp(moved, 0.0).pvalue)
    assert found.turns[1].baseline == "the first turn"


def test_hazards_by_hand_and_their_clustered_error(tmp_path: Path) -> None:
    levels: Levels = {
        "ladder": [
            [[0, 3, 3], [1, 1, 3]],
            [[3, 3, 0], [0, 0, 0]],
            [[2, None, 2], [0, 0, None]],
            [[0, 3, 1], [0, 0, 3]],
            [[0, 0, 0], [0, 0, 3]],
        ]
    }
    found = {h.turn: h for h in ladder(fill(tmp_path / "x.sqlite", levels)).hazards}
    assert [(h.turn, h.adopted, h.at_risk, h.unjudged) for h in found.values()] == [
        (2, 2, 8, 1),
        (3, 3, 6, 1),
        (0, 5, 14, 2),
    ]
    counts = [([2, 3], "a"), ([0, 2], "b"), ([0, 2], "c"), ([2, 3], "d"), ([1, 4], "e")]
    outcome = np.concatenate([[1.0] * good + [0.0] * (n - good) for (good, n), _ in counts])
    group = np.concatenate([[name] * n for (_, n), name in counts])
    robust = sm.OLS(outcome, np.ones(len(outcome))).fit(
        cov_type="cluster", cov_kwds={"groups": np.unique(group, return_inverse=True)[1]}
    )
    assert found[0].value == pytest.approx(5 / 14)
    assert found[0].error == pytest.approx(float(robust.bse[0]))
    assert found[0].low is not None
    assert found[0].high is not None
    assert 0 <= found[0].low < 5 / 14 < found[0].high <= 1


def test_a_rate_of_single_outcomes_is_wilsons() -> None:
    found = clustered_rate([1, 0, 1, 1] * 100, [1] * 400, list(range(400)))
    plain = wilson(300, 400)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=2e-3)
    assert found.error == pytest.approx((0.75 * 0.25 / 399) ** 0.5)


def test_units_that_are_all_alike_count_once_each_and_few_say_nothing() -> None:
    alike = clustered_rate([50] * 6, [50] * 6, list("abcdef"))
    assert alike.low is not None
    assert alike.low < wilson(6, 6).low
    few = clustered_rate([5] * 3, [9] * 3, list("abc"))
    assert (few.low, few.high, few.units) == (None, None, 3)
    with pytest.raises(ValueError, match="no outcome"):
        clustered_rate([0], [0], ["a"])


def test_clusters_are_the_units_of_all_figures(tmp_path: Path) -> None:
    levels = drawn()
    clusters = {f"p{p:02d}": f"c{p // 2}" for p in range(10)}
    found = ladder(fill(tmp_path / "x.sqlite", levels), Design([], clusters=clusters))
    assert found.trend is not None
    assert (found.trend.clusters, found.turns[0].clusters, found.hazards[-1].units) == (5, 5, 5)


def test_tables_json_and_report(tmp_path: Path) -> None:
    path = fill(tmp_path / "run.sqlite", drawn())
    (shown,) = ladder_tables([ladder(path)])
    assert [row[1] for row in shown.rows] == ["2: nudge", "3: method", "4: first_line", "all"]
    rows = json.loads(inside("compare", str(path), "--baseline", "placebo", "--json").stdout)
    kinds = [r["kind"] for r in rows]
    assert kinds.count("hazard") == 4
    assert kinds.count("trend") == 1
    assert {"method", "df", "error", "low"} <= next(r for r in rows if r["kind"] == "hazard").keys()
    assert [r["turn"] for r in rows if r["kind"] == "change" and r["arm"].startswith("ladder,")] == ["2", "3", "4"]
    assert inside("report", str(path), "--baseline", "placebo").returncode == 0
    assert "Hint by hint" in path.with_suffix(".html").read_text(encoding="utf-8")


def test_no_ladder_without_three_turns(tmp_path: Path) -> None:
    with Store(fill(tmp_path / "x.sqlite", {"placebo": [[[0, 1]] * 3] * 3})) as store:
        assert ladders(Runs([store]), ["placebo"], Design([])) == []


def test_no_ladder_where_no_level_was_judged(tmp_path: Path) -> None:
    with Store(fill(tmp_path / "x.sqlite", {"ladder": [[[None] * 4] * 3] * 3})) as store:
        assert ladders(Runs([store]), ["ladder"], Design([])) == []
