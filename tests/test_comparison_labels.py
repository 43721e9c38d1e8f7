"""Differences corrected by human labels, arm by arm; recomputed from the published formulas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.comparing import calibration
from evalkit.comparing.calibration import calibrated
from evalkit.comparing.comparison import Caveat, Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.frame import frame
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.showing.tables import comparison_tables
from evalkit.types import Metric, Score, Transcript, Trial, Turn
from tests.arrange import inside

METRIC = "text.correct"
Verdicts = dict[str, list[tuple[float, float | None]]]
"""arm -> (the scorer's value, the label) of each conversation."""


def fill(path: Path, verdicts: Verdicts, per_problem: int = 5) -> Path:
    with Store(path, write=True) as store:
        for arm, rows in verdicts.items():
            for i, (_, label) in enumerate(rows):
                trial = Trial(f"p{i // per_problem:02d}", arm, "m", i % per_problem)
                labels = {} if label is None else {"1": {METRIC: label}}
                said = (Turn("user", arm), Turn("assistant", f"{trial}"))
                store.keep_transcript(Transcript(trial, said, None, labels)).result()
        kept = [
            store.keep_scores(s.id, 1, "text", "1-x", [Score("correct", verdicts[t.template][at][0], "w")])
            for s in store.transcripts()
            for t in [s.transcript.trial]
            for at in [int(t.problem[1:]) * per_problem + t.sample]
        ]
        for future in kept:
            future.result()
    return path


def compared(path: Path) -> Comparison:
    with Store(path) as store:
        runs = Runs([store])
        scores = frame(runs)
        (found,) = calibrated(runs, scores, compare(scores, Design([("hint", "plain")])))
    return found


def judged(rate: float, false_yes: float, labels: int, count: int, seed: int) -> list[tuple[float, float | None]]:
    """Truth with this rate; the scorer says yes to what is right, and to so many of what is not."""
    rng = np.random.default_rng(seed)
    truth = rng.random(count) < rate
    said = truth | (rng.random(count) < false_yes)
    return [(float(s), float(t) if i < labels else None) for i, (s, t) in enumerate(zip(said, truth, strict=True))]


def ppi(rows: list[tuple[float, float | None]], per_problem: int = 5) -> tuple[float, pd.Series]:
    """The estimate as Angelopoulos, Duchi and Zrnic state it, and what each problem adds to its error."""
    table = pd.DataFrame(rows, columns=["f", "h"], dtype=float).assign(p=np.arange(len(rows)) // per_problem)
    known, rest = table[table["h"].notna()], table[table["h"].isna()]
    lam = np.cov(known["h"], known["f"])[0, 1] / (table["f"].var() * (1 + len(known) / len(rest)))
    lam = min(max(float(lam), 0.0), 1.0)
    moved = known["h"] - lam * known["f"]
    parts = pd.concat([(moved - moved.mean()) / len(known), lam * (rest["f"] - rest["f"].mean()) / len(rest)])
    return float(lam * rest["f"].mean() + moved.mean()), parts.groupby(table["p"]).sum()


def test_the_difference_is_that_of_two_corrected_means(tmp_path: Path) -> None:
    verdicts = {"plain": judged(0.4, 0.4, 60, 200, 1), "hint": judged(0.5, 0.05, 50, 200, 2)}
    found = compared(fill(tmp_path / "x.sqlite", verdicts)).corrected
    assert found is not None
    (hint, of_hint), (plain, of_plain) = ppi(verdicts["hint"]), ppi(verdicts["plain"])
    assert found.difference == pytest.approx(hint - plain)
    assert found.error == pytest.approx((((of_hint - of_plain) ** 2).sum() * 40 / 39) ** 0.5)
    assert (found.labels_arm, found.labels_baseline, found.df) == (50, 60, 39)
    assert found.low is not None
    assert found.high is not None
    assert found.difference is not None
    assert found.error is not None
    assert found.low < found.difference < found.high
    assert 1.6 < (found.high - found.low) / 2 / found.error < 2.3


def test_a_judge_that_favours_one_arm_is_set_right(tmp_path: Path) -> None:
    """Truth: the hint is better by .2; the scorer says yes to half of what the baseline gets wrong."""
    verdicts = {"plain": judged(0.4, 0.5, 150, 800, 3), "hint": judged(0.6, 0.0, 150, 800, 4)}
    found = compared(fill(tmp_path / "x.sqlite", verdicts))
    assert found.like.difference is not None
    assert found.like.difference < 0
    assert found.corrected is not None
    assert found.corrected.low is not None
    assert found.corrected.high is not None
    assert found.corrected.low < 0.2 < found.corrected.high
    assert found.corrected.low > 0


CASES = [
    ("one-arm-alone", 40, 0, "0 human labels"),
    ("too-few", 29, 40, "29 human labels"),
]


@pytest.mark.parametrize(("hint", "plain", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_too_few_labels_are_said(tmp_path: Path, hint: int, plain: int, words: str) -> None:
    verdicts = {"plain": judged(0.4, 0.1, plain, 60, 1), "hint": judged(0.5, 0.1, hint, 60, 2)}
    c = compared(fill(tmp_path / "x.sqlite", verdicts))
    assert c.corrected is not None
    assert c.corrected.difference is None
    assert words in c.corrected.note
    assert "Too few human labels for a correction (30 an arm)" in comparison_tables([c])[0].note


def test_without_labels_a_judge_is_uncalibrated_and_a_rule_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fill(tmp_path / "x.sqlite", {"plain": judged(0.4, 0.1, 0, 20, 1), "hint": judged(0.5, 0.1, 0, 20, 2)})
    rule = compared(path)
    assert rule.corrected is None
    assert Caveat.UNCALIBRATED not in rule.caveats
    monkeypatch.setattr(calibration, "metric_info", lambda name: Metric(name, judged=True))
    judge = compared(path)
    assert Caveat.UNCALIBRATED in judge.caveats
    assert comparison_tables([judge])[0].note.startswith("Uncalibrated judge")


def test_compare_tells_it(tmp_path: Path) -> None:
    verdicts = {"plain": judged(0.4, 0.4, 60, 100, 1), "hint": judged(0.5, 0.05, 50, 100, 2)}
    path = fill(tmp_path / "x.sqlite", verdicts)
    shown = inside("compare", str(path), "-f", "markdown").stdout
    assert "Corrected by human labels, arm by arm (PPI++; labels in brackets): hint against plain" in shown
    (row,) = [r for r in json.loads(inside("compare", str(path), "--json").stdout) if r["kind"] == "contrast"]
    assert {"difference", "low", "high", "error", "df", "method", "labels_arm"} <= row["corrected"].keys()
    assert row["uncalibrated"] is False
