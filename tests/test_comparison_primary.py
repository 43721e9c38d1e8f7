"""The primary outcome heads what is shown, the rest is secondary; simultaneous intervals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from evalkit.comparing.comparison import Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.showing.report.summary import summarise
from evalkit.showing.tables import footer
from evalkit.showing.tables.outcomes import secondary_table
from evalkit.specs import experiment
from evalkit.specs.experiment import Experiment
from evalkit.types import Score, Transcript, Trial, Turn
from tests.arrange import inside
from tests.test_comparison import METRIC, Row, table

BASE = {"problems": ["p/*"], "templates": ["plain", "hint"], "models": [{"id": "openai:m"}]}


def test_primary_names_a_metric_that_exists() -> None:
    good = Experiment.model_validate({**BASE, "primary": "approach.level"})
    assert experiment.checked(good, "x").primary == "approach.level"


FAULTS = [
    ("scorer", "aproach.level", "unknown scorer 'aproach'; did you mean 'approach'"),
    ("metric", "approach.levels", "approach has no metric 'levels'"),
]


@pytest.mark.parametrize(("name", "words"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_primary_that_does_not_exist_is_an_error(name: str, words: str) -> None:
    with pytest.raises(SpecError, match=words.replace("?", r"\?")):
        experiment.checked(Experiment.model_validate({**BASE, "primary": name}), "x")


def run(path: Path, primary: str | None) -> Path:
    """Ten problems: `text.correct` moves strongly, `number.correct` not at all."""
    rng = np.random.default_rng(1)
    described = Experiment.model_validate({**BASE, "primary": primary})
    with Store(path, write=True) as store:
        store.set_meta("experiment", described.model_dump_json())
        for p in range(10):
            for arm in ("plain", "hint"):
                for s in range(5):
                    trial = Trial(f"p{p}", arm, "m", s)
                    store.keep_transcript(
                        Transcript(trial, (Turn("user", arm), Turn("assistant", f"{trial}")))
                    ).result()
        for stored in store.transcripts():
            up = stored.transcript.trial.template == "hint"
            store.keep_scores(
                stored.id, 1, "text", "1-x", [Score("correct", float(rng.random() < 0.2 + 0.6 * up), "w")]
            )
            store.keep_scores(
                stored.id, 1, "number", "1-x", [Score("correct", float(rng.random() < 0.5), "w")]
            ).result()
    return path


def test_compare_shows_the_primary_in_full_and_one_table_of_the_rest(tmp_path: Path) -> None:
    path = run(tmp_path / "run.sqlite", "number.correct")
    shown = inside("compare", str(path)).stdout
    assert shown.index("number.correct · m · against plain") < shown.index(
        "Secondary outcomes: 1 of 1 comparison can be told"
    )
    assert "text.correct · m · against plain" not in shown
    assert "text.correct · m · against plain" in inside("compare", str(path), "--secondary").stdout
    assert "Secondary" not in inside("compare", str(path), "--metric", "text.correct").stdout
    rows = json.loads(inside("compare", str(path), "--json").stdout)
    assert [(r["metric"], r["outcome"]) for r in rows if r["kind"] == "contrast"] == [
        ("number.correct", "primary"), ("text.correct", "secondary"),
    ]  # fmt: skip


def test_the_report_begins_with_the_primary_told_or_not(tmp_path: Path) -> None:
    path = run(tmp_path / "run.sqlite", "number.correct")
    assert inside("report", str(path)).returncode == 0
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    assert (
        page.index("What this experiment asks")
        < page.index("hint against plain")
        < page.index("What else was measured")
    )
    assert '<span class="v v-cannot">cannot tell</span> <b>hint against plain</b>' in page
    without = run(tmp_path / "two.sqlite", None)
    inside("report", str(without))
    assert "What this experiment asks" not in without.with_suffix(".html").read_text(encoding="utf-8")


def test_without_a_primary_nothing_is_secondary(tmp_path: Path) -> None:
    path = run(tmp_path / "run.sqlite", None)
    shown = inside("compare", str(path)).stdout
    assert "text.correct · m · against plain" in shown
    assert "Secondary" not in shown


def rows(arms: int) -> list[Row]:
    rng = np.random.default_rng(3)
    return [
        (f"p{p}", arm, "m", s, float(rng.normal() + 0.3 * (arm != "plain")))
        for p in range(9)
        for arm in ("plain", *(f"a{k}" for k in range(arms)))
        for s in range(6)
    ]


def means(data: list[Row], arm: str) -> np.ndarray:
    return np.array([np.mean([v for p, a, _, _, v in data if (p, a) == (f"p{k}", arm)]) for k in range(9)])


def test_simultaneous_intervals_are_bonferronis() -> None:
    data = rows(4)
    design = Design([(f"a{k}", "plain") for k in range(4)])
    plain, joint = (compare(table(data), replace(design, simultaneous=on)) for on in (False, True))
    for one, all_, k in zip(plain, joint, range(4), strict=True):
        oracle = ttest_rel(means(data, f"a{k}"), means(data, "plain")).confidence_interval(1 - 0.05 / 4)
        assert (all_.like.low, all_.like.high) == pytest.approx(tuple(oracle))
        assert (all_.like.confidence, one.like.confidence) == (1 - 0.05 / 4, 0.95)
        assert (all_.like.p, all_.these.p) == (one.like.p, one.these.p)
        assert all_.these.low < one.these.low < one.these.high < all_.these.high  # type: ignore[operator]
    assert "simultaneous 95 % intervals" in footer(joint)
    assert "98.8 % each" in footer(joint)
    assert "with 95 % intervals" in footer(plain)


def test_words_of_the_first_screen() -> None:
    data = compare(table(rows(2)), Design([("a0", "plain"), ("a1", "plain")]))
    primary = [replace(c, outcome="primary") for c in data]
    found = summarise(primary)
    assert [len(f.sentences) for f in found.primary] == [2]
    assert (found.total, found.unknown, found.findings) == (0, 0, ())
    assert secondary_table(data) == []
    (shown,) = secondary_table([replace(c, outcome="secondary") for c in data])
    assert shown.title.endswith("of 2 comparisons can be told · m")


def test_the_old_summary_is_as_it_was() -> None:
    data: list[Comparison] = compare(table(rows(2)), Design([("a0", "plain")]))
    found = summarise(data)
    assert found.primary == ()
    assert found.total == 1
    assert METRIC in {c.metric for c in data}
