"""What is shown and what it rests on: the family behind `-t`, sparse effects, mixed parameters, the order of a stop."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_rel

from evalkit.comparing.mixed import refuse_mixed
from evalkit.comparing.results import Selection, results
from evalkit.errors import SpecError
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.stats.paired import paired_difference
from evalkit.types import Message, Reply, Request, Score, Transcript, Trial, Turn
from tests.arrange import PROBLEM, experiment, inside, plan, write_problems

ARMS = {"plain": 0.3, "arma": 0.75, "armb": 0.35, "armc": 0.3}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Four arms whose conversations share nothing."""
    path = tmp_path / "x.sqlite"
    rng = np.random.default_rng(3)
    with Store(path, write=True) as store:
        for arm in ARMS:
            for p in range(12):
                for n in range(3):
                    turns = (Turn("user", f"{arm} {p}"), Turn("assistant", f"{arm} {p} {n}"))
                    store.keep_transcript(Transcript(Trial(f"set/{p:02d}", arm, "m", n), turns)).result()
        for stored in store.transcripts():
            value = float(rng.random() < ARMS[stored.transcript.trial.template])
            store.keep_scores(stored.id, 1, "number", "1-x", [Score("correct", value, "why")])
    return path


def test_fewer_arms_shown_are_adjusted_over_all(run: Path) -> None:
    with Store(run) as store:
        whole = {c.arm: c for c in results(Runs([store]), Selection()).comparisons}
        (shown,) = results(Runs([store]), Selection(arms=["arma", "plain"])).comparisons
        pair = results(Runs([store]), Selection(arms=["arma", "armb"], exploratory=True)).comparisons
    assert shown == whole["arma"]
    assert shown.like.p is not None
    assert shown.like.p_adjusted == pytest.approx(min(1.0, 3 * shown.like.p))
    assert [(c.arm, c.baseline) for c in pair] == [("armb", "arma")]


CHOSEN = [
    ([], {"arma", "armb", "armc", "arma given armb"}),
    (["plain", "arma", "armb", "armc"], {"arma", "armb", "armc", "arma given armb"}),
    (["arma", "armb", "armc"], {"arma", "armb", "armc", "arma given armb"}),  # the baseline is always there
    (["plain", "arma", "armb"], {"arma", "armb"}),
    (["armc"], {"armc"}),
]


@pytest.mark.parametrize(("chosen", "told"), CHOSEN, ids=[" ".join(row[0]) for row in CHOSEN])
def test_an_interaction_is_shown_with_all_of_its_arms(run: Path, chosen: list[str], told: set[str]) -> None:
    described = experiment("http://127.0.0.1:9", templates=list(ARMS), interactions=[("plain", "arma", "armb", "armc")])
    with Store(run, write=True) as store:
        store.set_meta("experiment", described.model_dump_json())
        assert {c.arm for c in results(Runs([store]), Selection(arms=chosen)).comparisons} == told


def test_json_says_how_every_figure_was_made(run: Path) -> None:
    rows = json.loads(inside("compare", str(run), "--delta", "number.correct=0.2", "--json").stdout)
    row = next(r for r in rows if r["arm"] == "arma")
    these, like = row["these"], row["like"]
    assert (these["method"], these["test"], these["df"]) == ("score", "exact", 2 * 12 * 2)
    assert (like["method"], like["test"], like["df"]) == ("score", "score", 11)
    assert (row["seed"], like["delta"], these["delta"]) == (0, 0.2, 0.2)
    values: dict[str, list[float]] = {"plain": [], "arma": []}
    with Store(run) as store:
        for stored in store.scores():
            if stored.trial.template in values:
                values[stored.trial.template].append(stored.score.value or 0.0)
    means = [np.array(values[arm]).reshape(12, 3).mean(axis=1) for arm in ("arma", "plain")]
    expected = ttest_rel(*means)
    assert like["difference"] / like["error"] == pytest.approx(expected.statistic)
    assert "Tango's score statistic" in " ".join(inside("compare", str(run)).stdout.split())


SPARSE = [
    ("one-of-ten", [0.9] + [0.0] * 9, 1),
    ("noise-beside-it", [0.9, 0.1, -0.1] + [0.0] * 7, 1),
    ("two-of-ten", [0.9, 0.8] + [0.0] * 8, 2),
    ("three-of-ten", [0.9, 0.8, 0.9] + [0.0] * 7, None),
    ("everywhere", [0.3, 0.4, 0.2, 0.3, 0.4, 0.2, 0.3, 0.4, 0.2, 0.3], None),
    ("one-of-four", [0.9, 0.0, 0.0, 0.0], None),
    ("nothing", [0.0] * 10, None),
]
NOISES = [
    ("little-noise", 0.1, 4, True),
    ("as-much-noise", 2.0, 4, False),
    ("one-sample-of-many-values", 0.01, 1, True),
]


@pytest.mark.parametrize(("moved", "rests_on"), [s[1:] for s in SPARSE], ids=[s[0] for s in SPARSE])
@pytest.mark.parametrize(("noise", "samples", "told"), [s[1:] for s in NOISES], ids=[s[0] for s in NOISES])
def test_on_how_many_problems_an_effect_rests(
    moved: list[float], rests_on: int | None, noise: float, samples: int, told: bool
) -> None:
    swing = noise * np.resize([1.0, -1.0, -1.0, 1.0], len(moved) * samples)
    arm = np.repeat(moved, samples) + (swing if samples > 1 else swing * np.linspace(0.9, 1.1, len(moved)))
    found = paired_difference(arm, np.zeros(len(arm)), np.repeat(np.arange(len(moved)), samples))
    assert found.rests_on == (rests_on if told else None)


def test_with_one_sample_of_0_and_1_nothing_rests_on_the_few_that_moved() -> None:
    arm = np.array([1.0] + [0.0] * 19)
    assert paired_difference(arm, np.zeros(20), range(20)).rests_on is None


def test_the_same_effect_everywhere_is_seldom_said_to_rest_on_few() -> None:
    """False warnings of 0/1 scores whose effect is the same in all problems, and warnings where one in ten reacts."""
    rng = np.random.default_rng(1)
    label = np.repeat(np.arange(30), 5)

    def warned(rates: Callable[[], np.ndarray]) -> float:
        times = 0
        for _ in range(300):
            arm = (rng.random(150) < rates()[label]).astype(float)
            baseline = (rng.random(150) < 0.02).astype(float)
            times += paired_difference(arm, baseline, label).rests_on is not None
        return times / 300

    assert warned(lambda: np.full(30, 0.05)) <= 0.07
    assert warned(lambda: np.where(rng.random(30) < 0.1, 0.9, 0.02)) >= 0.8


def asked(store: Store, trial: Trial, temperature: float, text: str) -> None:
    import asyncio

    request = Request("openai:m", "", (Message("user", "q"),), {"temperature": temperature}, trial.sample)
    asyncio.run(store.keep_reply(request, Reply(text)))
    store.keep_transcript(Transcript(trial, (Turn("user", "q"), Turn("assistant", text)))).result()


def test_two_sets_of_parameters_under_one_label_are_refused_by_name(tmp_path: Path) -> None:
    with Store(tmp_path / "x.sqlite", write=True) as store:
        for n in range(3):
            asked(store, Trial("set/a", "plain", "m", n), 0.0, f"cold {n}")
        refuse_mixed(store)
        asked(store, Trial("set/a", "plain", "m", 3), 1.0, "warm 3")
        with pytest.raises(SpecError, match=r"label 'm', 1 of 4 trials.*set/a plain sample 3"):
            refuse_mixed(store)
        # Under a label of its own each may stand.
        store.keep_transcript(
            Transcript(Trial("set/a", "plain", "warm", 3), (Turn("user", "q"), Turn("assistant", "warm 3")))
        ).result()
    with Store(tmp_path / "y.sqlite", write=True) as store:
        asked(store, Trial("set/a", "plain", "cold", 0), 0.0, "cold")
        asked(store, Trial("set/a", "plain", "warm", 0), 1.0, "warm")
        refuse_mixed(store)


def test_a_stop_takes_problems_in_an_order_of_the_seed(project: Path) -> None:
    write_problems(project, 30)
    stop = {"contrast": ["ban_approach", "plain"], "metric": "number.correct"}

    def order(**more: object) -> list[str]:
        made = plan(project, experiment("http://x", samples=2, **more))
        return [block[0].trial.problem for block in made.blocks(made.experiment.models[0])]

    files = sorted(order())[::2]
    assert order() == files * 2
    drawn = order(stop=stop)
    assert drawn != files * 2
    assert sorted(drawn[:30]) == files
    assert drawn[:30] == drawn[30:]
    assert order(stop=stop) == drawn
    assert order(stop=stop, seed=7) != drawn


SCORED, UNSCORED = PROBLEM.format(i=1), PROBLEM.format(i=1).partition("[score")[0]
NOTHING = [
    # (id, the problem, what became of its conversation, what is said)
    ("nothing is asked", SCORED, None, "no conversation is stored yet; `evalkit run` asks"),
    ("nothing is scored", SCORED, "1", "nothing is scored yet; evalkit score "),
    ("no problem is kept", "", "1", "nothing is scored yet; evalkit score "),
    ("all failed", SCORED, "", "every conversation failed before an answer; `evalkit show --run "),
    ("nothing can be scored", UNSCORED, "1", "its problems have no [score.*] table, so nothing can be judged; add one, then: evalkit score "),
    ("no table and all failed", UNSCORED, "", "its problems have no [score.*] table"),
]  # fmt: skip


@pytest.mark.parametrize(("problem", "reply", "said"), [row[1:] for row in NOTHING], ids=[row[0] for row in NOTHING])
def test_why_there_is_nothing_to_compare(tmp_path: Path, problem: str, reply: str | None, said: str) -> None:
    path = tmp_path / "x.sqlite"
    with Store(path, write=True) as store:
        if problem:
            store.keep_spec("problem", "p/1", problem).result()
        if reply is not None:
            turns = (Turn("user", "?"), *([Turn("assistant", reply, Reply(reply))] if reply else []))
            fault = None if reply else "the server is gone"
            store.keep_transcript(Transcript(Trial("p/1", "plain", "m", 0), turns, fault)).result()
    done = inside("compare", str(path))
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    ("demand", "code"), [("plain number.correct < 0.1", 0), ("arma number.correct > 0.5", 1), ("arm x < 1", 2)]
)
def test_the_exit_code_of_a_demand(run: Path, demand: str, code: int) -> None:
    done = inside("compare", str(run), "--fail-if", demand)
    assert done.returncode == code
    assert ("fails: arma number.correct > 0.5" in done.stderr) == (code == 1)
