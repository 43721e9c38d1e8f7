"""`evalkit plan` and `evalkit agreement`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.comparing import planning
from evalkit.comparing.agreement import _as_written
from evalkit.errors import SpecError
from evalkit.stats.power import VarianceSplit, minimum_detectable_effect
from tests.arrange import ROOT, inside


@pytest.fixture(scope="module")
def labelled_run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The short answers of the sample replies, imported with their labels and scored."""
    folder = tmp_path_factory.mktemp("labels")
    lines = (ROOT / "runs" / "hw7-sample.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in lines if json.loads(line)["problem"] in ("hw7/7b", "hw7/7c", "hw7/8ai")]
    (folder / "chats.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    run, problems = str(folder / "x.sqlite"), ["--problems", str(ROOT / "problems")]
    assert inside("import", str(folder / "chats.jsonl"), "--run", run, *problems).returncode == 0
    assert inside("score", run, *problems).returncode == 0
    return run


def scores(values: dict[str, list[list[float]]]) -> pd.DataFrame:
    """arm -> problem -> samples, as a table of scores."""
    rows = [
        (f"p{p}", arm, "m", s, 1, "x.y", value, "")
        for arm, problems in values.items()
        for p, samples in enumerate(problems)
        for s, value in enumerate(samples)
    ]
    columns = ["problem", "template", "model", "sample", "turn", "metric", "value", "reason"]
    return pd.DataFrame(rows, columns=columns)


def test_a_pilot_gives_its_variance_split_and_its_size() -> None:
    rng = np.random.default_rng(0)
    pilot = scores({arm: rng.normal(size=(10, 3)).tolist() for arm in ("a", "b")})
    split, problems, samples = planning.pilot_split(pilot, "x.y", ("a", "b"))
    assert (problems, samples) == (10, 3)
    assert 0.5 < split.within < 5.0


@pytest.mark.parametrize(
    "values", [[[1.0]], [[1.0], [0.0]], [[1.0, 0.0]]], ids=["one pair", "no repeat", "one problem"]
)
def test_a_pilot_that_cannot_tell_is_one_message(values: list[list[float]]) -> None:
    with pytest.raises(SpecError, match="at least two problems"):
        planning.pilot_split(scores({"a": values, "b": values}), "x.y", ("a", "b"))


def test_the_table_is_that_of_the_power_routine_and_falls_with_problems_and_samples() -> None:
    split = VarianceSplit(0.02, 0.4)
    designs = {(d.problems, d.samples): d for d in planning.advise(split, (12, 3), None).designs}
    assert designs[12, 3].detectable == minimum_detectable_effect(split, 12, 3)
    assert designs[4, 1].requests == 8
    found = [designs[p, 3].detectable or 9.0 for p in (4, 12, 100)]
    assert found == sorted(found, reverse=True)


def test_below_four_problems_nothing_is_promised() -> None:
    advice = planning.advise(VarianceSplit(0.0, 0.4), (3, 3), 0.5)
    assert all(d.detectable is None for d in advice.designs if d.problems < 4)
    assert "add problems" in advice.words


def test_plan_from_rates() -> None:
    found = json.loads(inside("plan", "--rates", "0.3", "0.5", "--json").stdout)
    assert found["effect"] == pytest.approx(0.2)
    assert found["problems_needed"] > 12


def test_plan_from_a_pilot(labelled_run: str) -> None:
    contrast = ["--contrast", "pushback_wrong", "plain", "--metric", "sequence.correct"]
    done = inside("plan", labelled_run, *contrast, "--effect", "0.3")
    assert done.returncode == 0, done.stderr
    assert "To see a difference of +0.3" in " ".join(done.stdout.split())


WRONG = {
    "nothing": ([], "give a pilot"),
    "both": (["x.sqlite", "--rates", "0.1", "0.2"], "give a pilot"),
    "no file": (["nowhere.sqlite"], "no such run file"),
    "no rate": (["--rates", "0.3", "1.5"], "--rates 0.3 1.5"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG.keys())
def test_wrong_use_of_plan(arguments: list[str], says: str) -> None:
    done = inside("plan", *arguments)
    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_an_unknown_arm_of_the_pilot_is_named(labelled_run: str) -> None:
    done = inside("plan", labelled_run, "--metric", "sequence.correct", "--contrast", "plane", "plain")
    assert done.returncode == 2
    assert "did you mean 'plain'" in done.stderr


def test_agreement_counts_what_differs(labelled_run: str) -> None:
    rows = json.loads(inside("agreement", labelled_run, "--json").stdout)
    whole = {r["metric"]: r["found"] for r in rows if r["arm"] == "all arms"}
    assert whole["sequence.correct"]["n"] == 28
    assert whole["sequence.correct"]["raw"] == 1.0
    arms = [r for r in rows if r["arm"] != "all arms"]
    assert all("at least 30" in r["corrected"]["reason"] for r in arms)
    assert "sequence.correct" in inside("agreement", labelled_run, "--metric", "sequence.correct").stdout


@pytest.mark.parametrize(
    ("label", "score", "agrees"),
    [(0.333, 1 / 3, True), (0.333333, 1 / 3, True), (0.334, 1 / 3, False), (1.0, 0.96, False), (0.3, 0.33, False)],
)
def test_a_label_agrees_with_a_score_that_rounds_to_it(label: float, score: float, agrees: bool) -> None:
    assert (_as_written(label, score) == score) is agrees


def test_a_run_without_labels_says_so(project: Path) -> None:
    (project / "one.jsonl").write_text(
        '{"problem": "set/half", "template": "plain", "model": "m", "sample": 0, "messages": '
        '[{"role": "user", "content": "?"}, {"role": "assistant", "content": "1"}]}',
        encoding="utf-8",
    )
    assert inside("import", "one.jsonl", "--run", "x.sqlite").returncode == 0
    done = inside("agreement", "x.sqlite")
    assert (done.returncode, "no human labels" in done.stderr) == (2, True)
