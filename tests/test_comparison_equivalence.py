"""No difference larger than delta: both readings, adjusted over the family, since the first turn, and by option."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp
from statsmodels.stats.multitest import multipletests

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import COLUMNS
from evalkit.comparing.results import deltas_of
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.types import Score, Transcript, Trial, Turn
from tests.arrange import inside

METRIC = "approach.level"


def table(arms: dict[str, np.ndarray], metric: str = METRIC) -> pd.DataFrame:
    """arm -> values, shape (problems, samples)."""
    rows = [
        (f"p{i}", arm, "m", k, 1, metric, float(v), "", (n, i, k), n, (n, i, k), False)
        for n, (arm, values) in enumerate(arms.items())
        for i, column in enumerate(values)
        for k, v in enumerate(column)
    ]
    scores = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": "float64"})
    return scores.assign(**{c: pd.factorize(scores[c])[0] for c in ("opening", "text")})


def compared(arms: dict[str, np.ndarray], delta: float, metric: str = METRIC) -> list[Comparison]:
    contrasts = [(arm, "plain") for arm in arms if arm != "plain"]
    return compare(table(arms, metric), Design(contrasts, delta={metric: delta}))


def drawn(seed: int, arms: int, problems: int, samples: int, effect: float = 0.0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    found = {"plain": rng.random((problems, samples)) * 3}
    return found | {f"a{k}": rng.random((problems, samples)) * 3 + effect for k in range(arms)}


def test_figures_are_those_of_scipy_and_statsmodels() -> None:
    arms = drawn(1, 4, 40, 6)
    found = compared(arms, 0.4)
    expected = []
    for c in found:
        d = (arms[c.arm] - arms["plain"]).mean(axis=1)
        sides = (ttest_1samp(d, -0.4, alternative="greater").pvalue, ttest_1samp(d, 0.4, alternative="less").pvalue)
        expected.append(max(sides))
        limits = ttest_1samp(d, 0).confidence_interval(0.9)
        assert c.like.p_equivalent == pytest.approx(max(sides))
        assert [c.like.low90, c.like.high90] == pytest.approx([limits.low, limits.high])
    adjusted = multipletests(expected, method="holm")[1]
    assert [c.like.p_equivalent_adjusted for c in found] == pytest.approx(list(adjusted))
    for c, p in zip(found, adjusted, strict=True):
        assert (c.like.verdict == "no difference larger than") == (p < 0.05 and (c.like.p_adjusted or 1) >= 0.05)


def test_one_of_many_is_adjusted() -> None:
    """Alone the arm is shown to be no different; among six whose difference is at the margin it takes more."""
    arms = drawn(3, 1, 40, 6)
    alone = compared(arms, 0.3)[0]
    among = next(c for c in compared({**drawn(4, 6, 40, 6, 0.3), **arms}, 0.3) if c.arm == "a0")
    assert (alone.like.p_equivalent or 0) <= (alone.like.p_equivalent_adjusted or 0)
    assert (among.like.p_equivalent_adjusted or 0) >= (among.like.p_equivalent or 0)


def test_both_readings_tell_it() -> None:
    rng = np.random.default_rng(5)
    values = rng.integers(0, 2, (30, 20)).astype(float)
    (c,) = compared({"plain": values, "hint": rng.permuted(values, axis=1)}, 0.2, "text.correct")
    assert (c.these.verdict, c.like.verdict) == ("no difference larger than", "no difference larger than")
    assert (c.these.delta, c.like.delta) == (0.2, 0.2)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_nothing_varies_no_difference_can_be_told(value: float) -> None:
    same = np.full((1000, 1), value)
    (c,) = compared({"plain": same, "hint": same}, 0.05, "text.correct")
    assert (c.these.verdict, c.like.verdict) == ("no difference larger than", "no difference larger than")
    assert c.like.high90 is not None
    assert 0 < c.like.high90 < 0.01


def test_no_delta_no_test() -> None:
    arms = drawn(1, 1, 10, 3)
    (c,) = compare(table(arms), Design([("a0", "plain")]))
    assert (c.like.p_equivalent, c.like.low90, c.like.delta) == (None, None, None)


@pytest.mark.parametrize("clusters", [40, 10], ids=["problems", "clusters"])
@pytest.mark.parametrize("confidence", [0.95, 0.8])
@pytest.mark.parametrize("delta", [0.1, 0.9, None])
def test_figures_of_an_interaction_are_those_of_scipy(delta: float | None, confidence: float, clusters: int) -> None:
    arms = drawn(2, 3, 40, 6)
    named = {f"p{i}": f"c{i % clusters}" for i in range(40)}
    more = {METRIC: delta} if delta is not None else {}
    design = Design([], [("plain", "a0", "a1", "a2")], named, delta=more, confidence=confidence)
    (c,) = compare(table(arms), design)
    d = (arms["a2"] - arms["a1"] - arms["a0"] + arms["plain"]).mean(axis=1).reshape(-1, clusters).mean(axis=0)
    whole = ttest_1samp(d, 0)
    assert c.kind == "interaction"
    assert [c.like.difference, c.like.p] == pytest.approx([d.mean(), whole.pvalue])
    limits = whole.confidence_interval(confidence)
    assert [c.like.low, c.like.high] == pytest.approx([limits.low, limits.high])
    assert (c.like.confidence, c.like.delta) == (confidence, delta)
    if delta is None:
        assert (c.like.p_equivalent, c.like.low90, c.like.high90) == (None, None, None)
        return
    sides = [ttest_1samp(d, -delta, alternative="greater"), ttest_1samp(d, delta, alternative="less")]
    limits = whole.confidence_interval(0.9)
    assert c.like.p_equivalent == pytest.approx(max(side.pvalue for side in sides))
    assert [c.like.low90, c.like.high90] == pytest.approx([limits.low, limits.high])
    assert c.like.verdict == ("no difference larger than" if max(s.pvalue for s in sides) < 0.05 else "cannot tell")


def test_an_interaction_of_three_problems_tells_nothing() -> None:
    (c,) = compare(table(drawn(2, 3, 3, 6)), Design([], [("plain", "a0", "a1", "a2")], delta={METRIC: 0.9}))
    assert (c.like.p, c.like.p_equivalent, c.like.low90, c.like.delta) == (None, None, None, 0.9)
    assert c.like.verdict == "cannot tell"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Forty problems, two turns, the second as the first one but in one problem."""
    path = tmp_path / "x.sqlite"
    with Store(path, write=True) as store:
        for p in range(40):
            for arm in ("plain", "hint"):
                turns = tuple(Turn(role, f"{arm} {p} {n} {role}") for n in (1, 2) for role in ("user", "assistant"))
                store.keep_transcript(Transcript(Trial(f"set/{p:02d}", arm, "m", 0), turns)).result()
        for stored in store.transcripts():
            moved = stored.transcript.trial.problem == "set/00"
            for turn in (1, 2):
                value = float(moved and turn == 2)
                store.keep_scores(stored.id, turn, "number", "1-x", [Score("correct", value, "why")])
    return path


def test_the_option_gives_delta_to_imported_runs_and_to_changes(run: Path) -> None:
    done = inside("compare", str(run), "--delta", "number.correct=0.2", "--json")
    rows = json.loads(done.stdout)
    assert {(r["turn"], r["like"]["verdict"]) for r in rows} == {
        ("scored", "no difference larger than 0.2"),
        ("since the first", "no difference larger than 0.2"),
    }
    shown = " ".join(inside("compare", str(run), "--delta", "number.correct=0.2").stdout.split())
    assert (
        "No difference larger than 0.2, problems like these (90 % interval, two tests): hint against plain [" in shown
    )


@pytest.mark.parametrize("text", ["number.correct", "number.correct=x", "=0.1", "number.correct=-1", "a=inf", "a=nan"])
def test_wrong_deltas(text: str) -> None:
    with pytest.raises(SpecError, match="write it as metric=difference"):
        deltas_of([text])
