"""Does an effect hang on one phrasing: recomputed by analysis of variance (statsmodels), and told in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.anova import anova_lm

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import frame
from evalkit.comparing.wordings import worded
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.showing.tables.wordings import wording_tables
from evalkit.specs.experiment import Experiment
from evalkit.stats.wordings import between_wordings, carrying, over_wordings, within_problems
from evalkit.types import Score, Transcript, Trial, Turn

Values = tuple[np.ndarray, np.ndarray, np.ndarray]


def made(seed: int, sd: float, problems: int = 12, wordings: int = 3, each: int = 2, nested: bool = False) -> Values:
    """Differences of pairs, with the problem and wording of each."""
    rng = np.random.default_rng(seed)
    w = np.tile(np.repeat(np.arange(wordings), each), problems)
    p = np.repeat(np.arange(problems), wordings * each)
    of = rng.normal(0, sd, (problems, wordings))[p, w] if nested else rng.normal(0, sd, wordings)[w]
    return 0.4 + rng.normal(0, 0.5, problems)[p] + of + rng.normal(0, 1, len(w)), p, w


@pytest.mark.parametrize("sd", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("lost", [0, 3])
def test_shared_wordings_are_an_analysis_of_variance(sd: float, lost: int) -> None:
    d, p, w = made(3, sd)
    keep = ~np.isin(p * 3 + w, np.arange(lost) * 4)  # whole cells are missing
    found = between_wordings(d[keep], p[keep], w[keep])
    cells = pd.DataFrame({"d": d[keep], "p": p[keep], "w": w[keep]}).groupby(["p", "w"], as_index=False).mean()
    fit = smf.ols("d ~ C(p) + C(w)", cells).fit()
    table = anova_lm(fit, typ=2)
    assert found.p == pytest.approx(table.loc["C(w)", "PR(>F)"])
    assert list(found.df or ()) == pytest.approx([2, fit.df_resid])
    shifts = np.array([0.0, fit.params["C(w)[T.1]"], fit.params["C(w)[T.2]"]])
    effects = np.array(found.effects)
    assert effects - effects.mean() == pytest.approx(shifts - shifts.mean())
    if lost == 0:
        mean_square = table["sum_sq"] / table["df"]
        variance = (mean_square["C(w)"] - mean_square["Residual"]) / 12
        assert found.sd == pytest.approx(max(variance, 0) ** 0.5)
        assert found.effects == pytest.approx(cells.groupby("w")["d"].mean().to_list())


@pytest.mark.parametrize("sd", [0.0, 1.0])
def test_wordings_of_each_problem_are_nested(sd: float) -> None:
    d, p, w = made(5, sd, nested=True)
    found = within_problems(d, p, w)
    rows = pd.DataFrame({"d": d, "p": p, "w": p * 3 + w})
    inner, outer = (smf.ols(f"d ~ C({name})", rows).fit() for name in ("w", "p"))
    f = (outer.ssr - inner.ssr) / (outer.df_resid - inner.df_resid) / (inner.ssr / inner.df_resid)
    assert found.p == pytest.approx(stats.f.sf(f, outer.df_resid - inner.df_resid, inner.df_resid))
    assert found.sd == pytest.approx(max((f - 1) * inner.ssr / inner.df_resid / 2, 0) ** 0.5)
    assert found.low is not None
    assert found.high is not None
    assert found.sd is not None
    assert found.low <= found.sd <= found.high


def test_one_sample_a_problem_takes_problems_as_noise() -> None:
    rng = np.random.default_rng(1)
    d, w = rng.normal(size=15), np.arange(15) % 3
    found = between_wordings(d, np.arange(15), w)
    assert found.p == pytest.approx(stats.f_oneway(*(d[w == k] for k in range(3))).pvalue)


@pytest.mark.parametrize(("sd", "nested"), [(0.0, False), (1.0, False), (0.7, True)], ids=["noise", "shared", "nested"])
def test_the_interval_of_the_sd_covers(sd: float, nested: bool) -> None:
    estimate = within_problems if nested else between_wordings
    found = [estimate(*made(seed, sd, nested=nested)) for seed in range(300)]
    covered = np.mean([r.low <= sd + 1e-9 and sd <= r.high + 1e-9 for r in found if r.low is not None and r.high])
    false = np.mean([r.p is not None and r.p < 0.05 for r in found])
    assert covered >= 0.92
    assert sd > 0 or false <= 0.08


def test_clark_adds_both_variances() -> None:
    effects = (0.2, 0.5, 0.1, 0.4)
    low, high, p, error, df = over_wordings(0.3, 0.1, 11, effects)
    by_problem, by_wording = 0.3 / 0.1, 0.3 / (np.std(effects, ddof=1) / 2)
    f = by_problem**2 * by_wording**2 / (by_problem**2 + by_wording**2)
    freedom = (by_problem**2 + by_wording**2) ** 2 / (by_wording**4 / 11 + by_problem**4 / 3)
    assert df == pytest.approx(freedom)
    assert error == pytest.approx(0.3 / f**0.5)
    assert high == pytest.approx(0.3 + stats.t.ppf(0.975, df) * error)
    assert p == pytest.approx(stats.f.sf(f, 1, freedom))
    assert (low + high) / 2 == pytest.approx(0.3)
    assert low > 0 if p < 0.05 else low <= 0


CARRIED = [((0.4, 0.4, 0.4), None), ((1.2, 0.0, 0.0), 0), ((0.1, -0.2, 0.9), 2), ((0.5, 0.3), None), ((0.0, 0.0), None)]


@pytest.mark.parametrize(("effects", "at"), CARRIED)
def test_the_wording_that_carries(effects: tuple[float, ...], at: int | None) -> None:
    assert carrying(effects) == at


def fill(path: Path, rates: tuple[float, ...], own: bool = False, problems: int = 30, samples: int = 6) -> Path:
    """Two arms, the ban of which has as many wordings as rates."""
    rng = np.random.default_rng(4)
    with Store(path, write=True) as store:
        kept = []
        texts = ", ".join(f'"Wording {k + 1}."' for k in range(len(rates)))
        for p in range(problems):
            said = texts.replace("Wording", f"P{p}") if own else texts
            problem = f'title = "T"\nstatement = "S"\n[ban]\nwordings = [{said}]\n[staff]\nsolution = "1"\n'
            store.keep_spec("problem", f"s/{p:02d}", problem).result()
            for arm in ("plain", "ban"):
                for s in range(samples):
                    k = (s + p) % len(rates)
                    trial = Trial(f"s/{p:02d}", arm, "m", s)
                    turns = (Turn("user", arm), Turn("assistant", str(trial)))
                    drawn = {"ban": k} if arm == "ban" else {}
                    kept.append(store.keep_transcript(Transcript(trial, turns, wordings=drawn)))
        for future in kept:
            future.result()
        for stored in store.transcripts():
            t = stored.transcript
            rate = rates[t.wordings["ban"]] if t.wordings else 0.3
            value = float(rng.random() < rate)
            kept.append(store.keep_scores(stored.id, 1, "number", "1-x", [Score("correct", value, "w")]))
        for future in kept:
            future.result()
    return path


def compared(path: Path) -> Comparison:
    with Store(path) as store:
        runs = Runs([store])
        scores = frame(runs)
        described = Experiment.model_validate(
            {"problems": ["*"], "templates": ["plain", "ban"], "models": [{"id": "openai:m"}]}
        )
        (found,) = worded(runs, scores, compare(scores, Design([("ban", "plain")])), described)
    return found


def test_compare_tells_what_rests_on_one_phrasing(tmp_path: Path) -> None:
    found = compared(fill(tmp_path / "r.sqlite", (0.3, 0.95, 0.3)))
    (told,) = found.wordings
    assert (told.text, told.wordings, told.crossed, told.rests_on, told.said) == ("ban", 3, True, 2, "Wording 2.")
    assert told.replies == (60, 60, 60)
    assert told.p is not None
    assert told.p < 0.001
    assert told.low is not None
    assert found.like.low is not None
    assert told.low < found.like.low
    (table,) = wording_tables([found])
    assert "rests on one phrasing: without wording 2 ('Wording 2.')" in table.note
    assert table.rows[0][1] == "3 of ban"


def test_equal_wordings_are_no_matter(tmp_path: Path) -> None:
    found = compared(fill(tmp_path / "r.sqlite", (0.8, 0.8, 0.8)))
    (told,) = found.wordings
    assert told.rests_on is None
    assert told.p_over is not None
    assert told.p_over < 0.05
    (table,) = wording_tables([found])
    assert "Mind" not in table.note


def test_each_problem_may_have_its_own(tmp_path: Path) -> None:
    found = compared(fill(tmp_path / "r.sqlite", (0.1, 0.9), own=True))
    (told,) = found.wordings
    assert (told.crossed, told.effects, told.low) == (False, (), None)
    (table,) = wording_tables([found])
    assert [table.rows[0][n] for n in (1, 3, 4, 5)] == ["2 of ban", "–", "–", "each problem has its own"]
    assert told.sd is not None
    assert 0.3 < told.sd < 0.9
    assert told.p is not None
    assert told.p < 0.001
