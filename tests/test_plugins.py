"""Scorers and providers from outside: another package, a project's folders, a cell; a name stands once."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit import plugins
from evalkit.types import Scorer
from tests.arrange import ROOT, inside

SCORER = """
from evalkit import types

class Scorer(types.Scorer):
    '''Counts a sign.'''
    sign: str = "!"
    metrics = {"count": types.Metric("how often", high=1000, full=None)}

    def score(self, conversation):
        return [types.Score("count", float(conversation.text.count(self.sign)), "counted")]
"""
PROVIDER = """
from evalkit import types

PROBED = False

class Echo:
    async def ask(self, request):
        return types.Reply("Hm! **Final answer:** 1")
    async def close(self):
        pass

async def connect(spec):
    return Echo()
"""
RUN = ["run", "-p", "set/half", "-m", "echo:x", "--run", "x.sqlite"]


@pytest.fixture(autouse=True)
def _forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    made = dict(plugins._made)
    yield
    for folder in plugins.state()[0]:
        plugins._forget(folder)
    plugins._made.clear()
    plugins._made.update(made)
    plugins._places.cache_clear()
    for name in ("counting", "echo"):
        for module in (f"evalkit.scorers.{name}", f"evalkit.providers.{name}"):
            sys.modules.pop(module, None)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def outside(project: Path) -> Path:
    """The project with a scorer and a provider in its own folders, and a problem that names the scorer."""
    write(project / "scorers" / "counting.py", SCORER)
    write(project / "providers" / "echo.py", PROVIDER)
    problem = project / "problems" / "set" / "half.toml"
    write(problem, problem.read_text(encoding="utf-8").replace("[[gold]]", "[score.counting]\nsign = 'H'\n[[gold]]", 1))
    return project


def test_a_project_brings_its_own(outside: Path) -> None:
    done = evalkit.run({"problems": ["*"], "templates": ["plain"], "models": [{"id": "echo:x"}]}, "x.sqlite")
    assert (done.done, done.failed) == (1, 0)
    run = evalkit.load_run("x.sqlite")
    assert run.scores(metrics=["counting.count"])["value"].tolist() == [1.0]
    write(outside / "scorers" / "counting.py", SCORER.replace("float(", "2.0 * ("))
    assert evalkit.score("x.sqlite").changed == 1, "an edited file judges anew, without a new kernel"
    assert run.scores(metrics=["counting.count"])["value"].tolist() == [2.0]
    assert evalkit.score("x.sqlite").judged == 0


def test_the_command_line_asks_before_it_runs_a_folders_programs(outside: Path) -> None:
    refused = inside(*RUN)
    assert refused.returncode == 2
    assert "scorers/counting.py" in refused.stderr
    assert "--trust-code" in refused.stderr
    assert "evalkit.scorers.counting" not in sys.modules
    assert inside("--trust-code", *RUN).returncode == 0
    again = inside("score", "x.sqlite")
    assert (again.returncode, "--trust-code" in again.stderr) == (0, False), "remembered"
    assert plugins.state()[0] == (), "nothing of it stays in the process"


def test_a_strangers_folder_of_problems_brings_no_programs(outside: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(here)
        folders = (str(outside / "problems"), str(outside / "prompts"))
        with pytest.raises(evalkit.SpecError, match="unknown scorer 'counting'"):
            evalkit.load_problems("*", folders[0])
        done = inside("check", "--problems", folders[0], "--prompts", folders[1])
        assert "unknown scorer 'counting'" in done.stdout
        code = evalkit.Project(Path(folders[0]), Path(folders[1]), outside)
        assert evalkit.check(project=code).problems == 1
    assert "evalkit.scorers.counting" in sys.modules


CLASHES = [
    ("a scorer of ours", "scorers/number.py", SCORER, r"scorer 'number' stands twice: in .*evalkit.scorers.number\.py and in .*number\.py"),
    ("a provider of ours", "providers/replay.py", PROVIDER, r"provider 'replay' stands twice"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "told"), [c[1:] for c in CLASHES], ids=[c[0] for c in CLASHES])
def test_a_name_stands_once(project: Path, path: str, text: str, told: str) -> None:
    write(project / path, text)
    with pytest.raises(evalkit.SpecError, match=told):
        evalkit.run({"problems": ["*"], "templates": ["plain"], "models": [{"id": "replay:x"}]}, "x.sqlite")


FAULTS = [
    ("no class", "x = 1", r"counting\.py: defines no Scorer"),
    ("does not load", "x = ", r"counting\.py: does not load: SyntaxError.*line 1"),
    ("needs what is not there", "import no_such_module", r"counting\.py: does not load: ModuleNotFoundError"),
]


@pytest.mark.parametrize(("text", "told"), [c[1:] for c in FAULTS], ids=[c[0] for c in FAULTS])
def test_a_file_with_faults_is_one_error(outside: Path, text: str, told: str) -> None:
    write(outside / "scorers" / "counting.py", text)
    with pytest.raises(evalkit.SpecError, match=told):
        evalkit.load_problems("*")


def test_another_package_brings_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package outside the tree, as pip lays it down: a module and entry points."""
    site = tmp_path / "site"
    write(site / "stranger" / "__init__.py", "")
    write(site / "stranger" / "counting.py", SCORER)
    write(site / "stranger" / "echo.py", PROVIDER)
    write(site / "stranger-1.0.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    points = (
        "[evalkit.scorers]\ncounting = stranger.counting\nclassy = stranger.counting:Scorer\nbad = stranger.none\n"
        "[evalkit.providers]\necho = stranger.echo\n"
    )
    write(site / "stranger-1.0.dist-info" / "entry_points.txt", points)
    monkeypatch.syspath_prepend(str(site))
    plugins._places.cache_clear()
    try:
        assert {"counting", "classy", "bad"} <= set(plugins.known("scorers"))
        assert plugins.load("scorers", "counting").Scorer is plugins.load("scorers", "classy").Scorer
        assert plugins.load("providers", "echo").PROBED is False
        assert "Counts a sign" in str(plugins.load("scorers", "classy").__doc__)
        with pytest.raises(evalkit.SpecError, match=r"scorer 'bad' of the package stranger .* does not load"):
            plugins.load("scorers", "bad")
        write(site / "stranger-1.0.dist-info" / "entry_points.txt", "[evalkit.scorers]\nnumber = stranger.counting\n")
        plugins._places.cache_clear()
        with pytest.raises(evalkit.SpecError, match=r"'number' stands twice.*and in the package stranger"):
            plugins.known("scorers")
    finally:
        plugins._places.cache_clear()


def test_a_scorer_of_a_cell_and_the_same_in_a_module(project: Path) -> None:
    @evalkit.provider("echo")
    def echo(request: evalkit.Request) -> str:
        return "Hm! " * (1 + request.sample)

    evalkit.run({"problems": ["*"], "templates": ["plain"], "models": [{"id": "echo:x"}], "samples": 2}, "x.sqlite")

    def define(factor: float) -> Any:
        class ShoutCount(Scorer):
            metrics = {"count": evalkit.Metric("how often", high=1000, full=None, better="lower")}  # noqa: RUF012
            per: float = 1.0

            def score(self, conversation: evalkit.Conversation) -> list[evalkit.Score]:
                return [evalkit.Score("count", factor * conversation.text.count("!") / self.per, "")]

        return ShoutCount

    run = evalkit.load_run("x.sqlite")
    with pytest.warns(UserWarning, match="'shout_count' runs in this process"):
        assert evalkit.score(run, scorers=[define(1.0)]).judged == 2
    assert run.scores(metrics=["shout_count.count"])["value"].tolist() == [1.0, 2.0]
    with pytest.warns(UserWarning, match="runs in this process"):
        assert evalkit.score(run, scorers=[define(3.0)(per=2.0)]).changed == 2, "the cell was edited"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evalkit.score(run, scorers={"loud": define(1.0), "number": "number"})
    assert "loud.count" in set(run.scores()["metric"])
    with pytest.raises(evalkit.SpecError, match=r"'number' stands in .* already"):
        evalkit.score(run, scorers={"number": define(1.0)})
    with pytest.raises(evalkit.SpecError, match="no class derived from"):
        evalkit.score(run, scorers={"x": str})  # type: ignore[dict-item]
    with pytest.raises(evalkit.SpecError, match="unknown scorer 'nomber'"):
        evalkit.score(run, scorers=["nomber"])


@pytest.mark.parametrize("named", [False, True], ids=["handed over", "named by the problem"])
def test_a_scorer_of_a_cell_beside_one_that_runs_in_workers(project: Path, named: bool) -> None:
    """The workers cannot have the one; the other is judged all the same."""

    @evalkit.scorer("here")
    class Here(Scorer):
        metrics = {"process": evalkit.Metric("its number", high=1e9, full=None)}  # noqa: RUF012
        factor: float = 1.0

        def score(self, conversation: evalkit.Conversation) -> list[evalkit.Score]:
            return [evalkit.Score("process", os.getpid(), "")]

    problem = project / "problems" / "set" / "half.toml"
    more = "[score.expression]\nanswer = '1'\n" + ("[score.here]\nfactor = 2.0\n" if named else "")
    write(problem, problem.read_text(encoding="utf-8").replace("[[gold]]", f"{more}[[gold]]", 1))
    rows = [{"problem": "set/half", "template": "plain", "model": "m", "prompt": "?", "reply": "**Final answer:** 1"}]
    evalkit.import_transcripts(rows, "x.sqlite", {name: name for name in rows[0]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert evalkit.score("x.sqlite", scorers=["here", "expression"] if named else [Here, "expression"]).broken == 0
    scores = evalkit.load_run("x.sqlite").scores().set_index("metric")["value"]
    assert (scores["here.process"], scores["expression.correct"]) == (os.getpid(), 1.0)


def test_a_name_that_no_problem_uses_judges_every_reply(outside: Path) -> None:
    """A plugin's scorer needs no line in the problem files, and runs in workers."""
    write(outside / "scorers" / "working.py", (
        '"""Where."""\nimport os\nimport evalkit\n\n\nclass Scorer(evalkit.Scorer):\n    """Where."""\n\n'
        "    isolated = True\n    metrics = {'process': evalkit.Metric('its number', high=1e9, full=None)}\n\n"
        "    def score(self, conversation):\n        return [evalkit.Score('process', os.getpid(), '')]\n"
    ))  # fmt: skip
    rows = [{"problem": "set/half", "template": "plain", "model": "m", "prompt": "?", "reply": "x"}]
    evalkit.import_transcripts(rows, "x.sqlite", {name: name for name in rows[0]})
    assert evalkit.score("x.sqlite", scorers=["working"]).judged == 1
    (process,) = evalkit.load_run("x.sqlite").scores(metrics=["working.process"])["value"]
    assert process != os.getpid()


def test_a_script_is_not_run_again_by_its_workers(tmp_path: Path) -> None:
    """A researcher's script has no `if __name__ == ...`; multiprocessing would begin it anew in each worker."""
    write(tmp_path / "problems" / "set" / "half.toml", (
        'title = "H"\nstatement = "x?"\n[staff]\nsolution = "1"\n[score.expression]\nanswer = "1"\n'
        '[[gold]]\nreply = "**Final answer:** 1"\n'
    ))  # fmt: skip
    write(tmp_path / "prompts" / "plain.j2", "{% call user() %}{{ statement }}{% endcall %}")
    write(tmp_path / "script.py", (
        "import evalkit\nopen('ran', 'a').write('x')\nprint(evalkit.check().faults)\n"
    ))  # fmt: skip
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "[]", "")
    assert (tmp_path / "ran").read_text() == "x"
