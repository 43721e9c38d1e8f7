"""`[stop]`: the run looks as it goes, ends when one contrast is decided, says what it saved, and labels what follows."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.comparing.contrasts import Caveat, Comparison, Reading, Verdict
from evalkit.comparing.results import stopped_early
from evalkit.runfile.store import Store
from tests.arrange import inside, write_problems
from tests.server import Body, ModelServer, answer, serving

EXPERIMENT = """
problems = ["p/*"]
templates = ["plain", "ban_approach"]
[[models]]
id = "openai:m"
base_url = "{url}"
[stop]
contrast = ["ban_approach", "plain"]
metric = "number.correct"
every = 5
"""


def banned_is_right(body: Body) -> str:
    """Only where fingers are forbidden the answer is right."""
    return answer(body) if "fingers" in str(body["messages"]) else "**Final answer:** -1"


def run(project: Path, server: ModelServer, text: str = EXPERIMENT) -> str:
    (project / "runs").mkdir(exist_ok=True)
    (project / "runs" / "x.toml").write_text(text.format(url=server.url), encoding="utf-8")
    done = inside("run", "runs/x.toml", "--no-probe")
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_clear_effect_ends_the_asking_balanced_and_says_what_was_saved(project: Path) -> None:
    write_problems(project, 40)
    with serving(ModelServer(answer=banned_is_right)) as server:
        told = run(project, server)
        asked = server.stats["requests"]
        assert "decided after 10 of 40 blocks" in told
        assert "10 up, 0 down" in told
        assert "60 requests not sent" in told
        assert asked == 20
        run(project, server)
        assert server.stats["requests"] == asked
    with Store(project / "runs" / "x.sqlite") as store:
        arms = [trial.template for trial in store.outlines()]
    assert arms.count("plain") == arms.count("ban_approach") == 10
    table = inside("compare", "runs/x.sqlite").stdout
    assert "stopped early" in table
    assert "do not hold as they stand" in " ".join(table.split())


def test_without_an_effect_all_is_asked(project: Path) -> None:
    write_problems(project, 12)
    with serving(ModelServer()) as server:
        assert "decided" not in run(project, server)
        assert server.stats["requests"] == 24
    assert "stopped early" not in inside("compare", "runs/x.sqlite").stdout


@pytest.mark.parametrize(
    ("wrong", "right", "says"),
    [
        ('"ban_approach", "plain"]\nmetric', '"ban_aproach", "plain"]\nmetric', "ban_aproach"),
        ('"number.correct"', '"number.corect"', "did you mean 'number.correct'"),
        ("every = 5", "every = 0", "every"),
    ],
    ids=["arm", "metric", "every"],
)
def test_a_wrong_stop_is_told_before_anything_is_sent(project: Path, wrong: str, right: str, says: str) -> None:
    write_problems(project, 4)
    with serving(ModelServer()) as server:
        (project / "runs").mkdir()
        text = EXPERIMENT.format(url=server.url).replace(wrong, right)
        (project / "runs" / "x.toml").write_text(text, encoding="utf-8")
        done = inside("run", "runs/x.toml")
        assert (done.returncode, says in done.stderr) == (2, True), done.stderr
        assert server.stats["requests"] == 0


@pytest.mark.parametrize(("pairs", "verdict"), [(10, Verdict.BETTER), (30, Verdict.CANNOT_TELL)])
def test_a_stopped_run_tells_of_other_problems_only_with_one_pair_each(pairs: int, verdict: Verdict) -> None:
    found = Comparison(
        "text.correct", "m", "hint", "plain", problems=10, pairs=pairs, like=Reading(0.4, verdict=Verdict.BETTER)
    )
    shown = stopped_early(found)
    assert (shown.caveats, shown.like.verdict) == ((Caveat.STOPPED_EARLY,), verdict)
    assert shown.like.difference == 0.4
