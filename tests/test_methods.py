"""The methods paragraph: what was done is said, what was not done is not, and every named source is cited."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from evalkit.comparing.beside import Calibrated, Ordinal
from evalkit.comparing.comparison import ALL_MODELS, Caveat, Comparison, Design
from evalkit.comparing.contrasts import compare
from evalkit.comparing.ladder import Ladder
from evalkit.comparing.results import Results
from evalkit.showing.methods import SOURCES, methods
from tests.arrange import inside
from tests.test_comparison import Row, arms, table
from tests.test_comparison_primary import run

LEVELS = arms([([1, 1, 0, 1, 1, 1], [0, 0, 1, 0, 0, 1]), ([1, 0, 1, 1, 1, 0], [0, 0, 0, 0, 1, 0])] * 4)
NORMAL: list[Row] = [
    (f"p{p}", arm, "m", s, p / 7 + s * s / 5 + 0.3 * (arm == "hint") * (p + s)) for p in range(6) for s in range(5) for arm in ("hint", "plain")
]  # fmt: skip


def of(rows: list[Row], **more: object) -> tuple[Comparison, ...]:
    return tuple(compare(table(rows), replace(Design([("hint", "plain")], seed=11), **more)))  # type: ignore[arg-type]


def told(found: tuple[Comparison, ...], **more: object) -> str:
    return methods(Results(None, list(found), **more), ["Scorers: text 1."])  # type: ignore[arg-type]


BASE = of(LEVELS)
(ONE,) = BASE
SAID = [
    ("design", told(BASE), "hint was compared with plain on up to 8 problems, with m."),
    ("exact", told(BASE), "within each problem and model, exactly"),
    ("paired-t", told(of(NORMAL)), "paired t tests over problem means"),
    ("monte-carlo", told(of(NORMAL)), "by 10,000 random arrangements (Phipson & Smyth, 2010)"),
    ("seed", told(BASE), "the seed 11"),
    ("versions", told(BASE), "Scorers: text 1."),
    ("one-row", told(BASE), "one comparison each, so p values needed no adjustment"),
    ("holm", told((ONE, replace(ONE, arm="other"))), "adjusted after Holm over the comparisons of a metric and model (up to 2)"),
    ("exploratory", told((ONE, replace(ONE, arm="other")), exploratory=True), "after Benjamini and Hochberg (exploratory"),
    ("metrics", told((ONE, replace(ONE, metric="number.correct"))), "not adjusted over metrics"),
    ("primary", told((replace(ONE, outcome="primary"),), primary="text.correct"), "The primary outcome was text.correct."),
    ("delta", told(of(LEVELS, delta={"text.correct": 0.2})), "Equivalence within text.correct 0.2 was tested"),
    ("dropped", told((replace(ONE, dropped={"cut off": 3}),)), f"Of {ONE.pairs + 3} pairs (summed over comparisons) 3 were dropped"),
    ("copies", told((replace(ONE, copies=4),)), "word for word were left out: 4"),
    ("unequal", told((replace(ONE, samples_arm=3, samples_baseline=4),)), "Arms with unequal numbers of replies were compared"),
    ("early", told((replace(ONE, caveats=(Caveat.STOPPED_EARLY,)),)), "Asking was stopped early by an e-value"),
    ("labels", told((replace(ONE, corrected=Calibrated(30, 30, difference=0.1)),)), "corrected by human labels"),
    ("judge", told((replace(ONE, caveats=(Caveat.UNCALIBRATED,)),)), "text.correct: judged by a model, without human labels"),
    ("pairs-of-all-models-count-once", told((ONE, replace(ONE, model="n", dropped={"cut off": 2}), replace(ONE, model=ALL_MODELS, dropped={"cut off": 2}))), f"Of {2 * ONE.pairs + 2} pairs (summed over comparisons) 2 were dropped"),
    ("loss-tested", told((replace(ONE, dropped={"cut off": 3}, p_unjudged=0.3),)), "compared between arms by a permutation within problems"),
    ("interaction", told((ONE, replace(ONE, arm="ban given hint", baseline="ban alone", kind="interaction"))), "Interactions (ban given hint against ban alone) were paired t tests"),
    ("interaction-in-the-family", told((ONE, replace(ONE, kind="interaction"))), "a metric and model (up to 2)"),
    ("order", told((replace(ONE, ordinal=Ordinal(0.1, None, None, None, None, None, None)),)), "mid-ranks within each problem and model (van Elteren, 1960)"),
    ("ladder", told(BASE, ladders=[Ladder("m", "hint", {}, None, (), ())]), "(Cochran, 1977)"),
    ("models", told(BASE, models=[ONE]), "the models' intervals joined"),
    ("change", told(BASE, changes=[replace(ONE, kind="change")]), "compared with that of the placebo"),
    ("clusters", told(of(LEVELS, clusters={"p0": "c", "p1": "c"})), "8 problems in 7 clusters that share a context"),
    ("simultaneous", told(of(LEVELS, simultaneous=True, contrasts=[("hint", "plain"), ("plain", "hint")])), "97.5 % each"),
    ("few", told(of(arms([([1], [0])]))), "No comparison had enough data for a test."),
    ("nothing", told(()), "Nothing was compared."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [s[1:] for s in SAID], ids=[s[0] for s in SAID])
def test_what_was_done_is_said(text: str, words: str) -> None:
    assert words in text


def test_what_was_not_done_is_not_said() -> None:
    plain = told(BASE)
    for words in (
        "equivalence",
        "placebo",
        "human labels",
        "early",
        "copies",
        "dropped",
        "primary",
        "exploratory",
        "simultaneously",
        "joined",
        "interaction",
        "ladder",
        "mid-ranks",
        "could not be judged was",
    ):
        assert words.lower() not in plain.lower().replace("adjusted after benjamini and hochberg", "")


@pytest.mark.parametrize("text", [s[1] for s in SAID], ids=[s[0] for s in SAID])
def test_named_authors_are_cited_and_no_others(text: str) -> None:
    said, _, cited = text.partition("\n\nSources: ")
    assert {name for name in SOURCES if name in said} == {name for name, source in SOURCES.items() if source in cited}
    assert not re.search(r"\{|\}|  ", said)


def test_command_and_report(tmp_path: Path) -> None:
    path = run(tmp_path / "run.sqlite", "number.correct")
    shown = inside("compare", str(path), "--methods").stdout
    assert "The primary outcome was number.correct." in " ".join(shown.split())
    assert "pairs   dropped" not in shown
    assert inside("report", str(path)).returncode == 0
    page = path.with_suffix(".html").read_text(encoding="utf-8")
    assert '<section id="methods">' in page
    assert "Permutations used the seed 0" in page
