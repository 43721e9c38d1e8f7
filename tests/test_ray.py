"""A Ray cluster of real node processes on the loopback: what is killed there costs no trial, and changes no byte."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evalkit
from evalkit import plugins
from evalkit.asking.progress import Progress
from evalkit.cluster import joining
from evalkit.errors import SpecError
from evalkit.interface.session import Manner
from evalkit.runfile.store import Store
from evalkit.types import ModelSpec
from tests.arrange import ROOT, command, inside, write_problems
from tests.ray_nodes import SLOW, Nodes, started
from tests.tiny_models import random_model

pytestmark = [
    # Of processes that Ray starts and ends itself, and of its own sockets.
    pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed .*:ResourceWarning"),
]
HANGS = '''
"""Bounds: hangs on some replies, eats the memory on others."""

from evalkit.types import Metric, Score, Scorer


class Scorer(Scorer):
    metrics = {"length": Metric("its length", high=1e9, full=None)}
    time_limit = 1.0

    def score(self, conversation):
        if conversation.text.endswith(" 3"):
            while True:
                pass
        if conversation.text.endswith(" 4"):
            bytearray(10**12)
        return [Score("length", len(conversation.text), "counted")]
'''


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with started() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project of eight problems with a provider of its own; it is the current folder."""
    write_problems(tmp_path, 8)
    for kind, name, text in (("providers", "slow", SLOW), ("scorers", "hangs", HANGS)):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "prompts").symlink_to(ROOT / "prompts")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for used in [*plugins._folders]:
        plugins._forget(used)


def experiment(*models: dict[str, Any], **more: Any) -> dict[str, Any]:
    arms = ["plain", "step_by_step", "double_check"]
    return {"problems": ["p/*"], "templates": arms, "baseline": "plain", "models": list(models), **more}


def slow(seconds: float = 0.01, name: str = "slow", waits: bool = False, **limits: int) -> dict[str, Any]:
    parameters = {"seconds": seconds, "waits": waits}
    return {"id": "slow:m", "name": name, "parameters": parameters, "limits": {"in_flight": 4, **limits}}


def all_of(run: Path) -> dict[str, str]:
    """Everything that leaves a run file: its exports and its tables."""
    told = {"compare": inside("compare", str(run), "--all", "--json").stdout}
    for what in ("transcripts", "replies", "scores"):
        target = run.with_suffix(f".{what}.jsonl")
        evalkit.load_run(run).export(target, what=what)
        told[what] = target.read_text(encoding="utf-8")
    return told


def attempts(log: Path) -> Counter[str]:
    """Answered attempts by request."""
    lines = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    return Counter(line["request"] for line in lines if "finish" in line)


def test_a_killed_node_changes_no_byte(nodes: Nodes, folder: Path) -> None:
    """A local model, greedy: asked on one machine, and on two nodes of which one is killed on the way."""
    nodes.two()
    write_problems(folder, 24)
    killed: list[int] = []

    def kill(progress: Progress) -> None:
        if not killed and 6 <= progress.asked <= 48 and [copies.up for copies in progress.clusters] == [2]:
            killed.append(progress.asked)
            nodes.kill()

    random_model(folder / "tiny", "rotary", ends=6, context=1024)
    tiny = {"id": "hf:tiny", "parameters": {"temperature": 0.0, "max_tokens": 48}, "limits": {"in_flight": 4}}
    one = evalkit.run(experiment(tiny), "one/run.sqlite", how=Manner(probe=False))
    how = Manner(probe=False, ray=nodes.address, log="log.jsonl", watch=kill)
    two = evalkit.run(experiment(tiny), "two/run.sqlite", how=how)
    assert (two.done, two.failed, two.asked) == (one.done, 0, one.asked)
    assert set(attempts(Path("log.jsonl")).values()) == {1}
    assert all_of(one.path) == all_of(two.path)
    if not killed:  # the second copy may come up when all is done; the test below waits for it
        pytest.skip("no second copy was up while there was work: no node could be killed")
    assert len(killed) == 1
    assert not nodes.others, "the node is gone"
    assert killed[0] < two.asked, "and was missed: there was work left"


def test_blocks_stay_together_and_what_is_lost_is_replaced(nodes: Nodes, folder: Path) -> None:
    """An actor is killed, then a node, in whose place another one joins; half of the work waits for both."""
    nodes.two()

    def node_for_node() -> None:
        nodes.kill()
        nodes.add()

    steps = [nodes.kill_actor, node_for_node, Path("go").touch]

    def watch(progress: Progress) -> None:
        up, lost = [copies.up for copies in progress.clusters], sum(node.lost for node in progress.nodes)
        if up == [2] and progress.asked >= 6 and steps and lost == 3 - len(steps):
            steps.pop(0)()

    how = Manner(ray=nodes.address, log="log.jsonl", watch=watch, score=False)
    outcome = evalkit.run(experiment(slow(0.2, waits=True), samples=6), "x.sqlite", how=how)
    assert (outcome.done, outcome.failed, len(steps)) == (144, 0, 0)
    assert any("copies were lost" in note for note in outcome.notes), outcome.notes
    assert set(attempts(Path("log.jsonl")).values()) == {1}
    where: dict[tuple[str, int], set[str]] = defaultdict(set)
    with Store(outcome.path) as store:
        assert sum(1 for _ in store.replies()) == len(attempts(Path("log.jsonl")))
        for stored in store.transcripts():
            trial = stored.transcript.trial
            where[trial.problem, trial.sample].update(r.served_by or "" for r in stored.transcript.replies)
    assert len(set().union(*where.values())) >= 3, "actors in the place of those that were lost"
    parted = [block for block, processes in where.items() if len(processes) > 1]
    assert len(parted) <= 2 * (4 + 16), "only blocks that were under way there may be parted"


def test_one_model_after_the_other_where_the_room_is_scarce(nodes: Nodes, folder: Path) -> None:
    nodes.two()
    models = slow(0.01, "a"), slow(0.01, "b", copies=1)
    told = []
    outcome = evalkit.run(
        experiment(*models), "x.sqlite", how=Manner(ray=nodes.address, watch=lambda p: told.append(p.nodes))
    )
    assert (outcome.done, outcome.failed) == (48, 0)
    assert sum(node.answered for node in told[-1]) == 48


def test_scores_are_those_of_one_machine(nodes: Nodes, folder: Path) -> None:
    """Through killable workers of the nodes, with the same bounds; a node is killed on the way."""
    nodes.two()
    evalkit.run(experiment(slow(0.0)), "here.sqlite", how=Manner(score=False, ray=nodes.address))
    Path("there.sqlite").write_bytes(Path("here.sqlite").read_bytes())
    scorers = ["number", "hangs"]
    here = evalkit.score("here.sqlite", scorers)
    death = threading.Timer(2.0, nodes.kill)
    death.start()
    there = evalkit.score("there.sqlite", scorers, processes=f"ray:{nodes.address}")
    death.join()
    assert here == there
    assert there.broken == 0
    scores = [all_of(Path(f"{name}.sqlite"))["scores"] for name in ("here", "there")]
    assert scores[0] == scores[1]
    assert "stopped" in scores[1], "a bound was met"


def test_the_command_says_what_was_done_where_and_nothing_of_ray(
    nodes: Nodes, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes.two()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "home"))
    Path("x.toml").write_text(
        'problems = ["p/*"]\ntemplates = ["plain"]\n[[models]]\nid = "slow:m"\nparameters = { seconds = 0 }\n',
        encoding="utf-8",
    )
    done = command("--trust-code", "run", "x.toml", "--ray", nodes.address, "--json", "--no-score", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert sum(node["answered"] for node in json.loads(done.stdout)["nodes"]) == 8
    assert "8/8 trials done" in done.stderr
    assert "raylet" not in done.stderr


def test_a_node_with_another_version_is_refused(nodes: Nodes, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining.refusal, "__defaults__", ("0.0.1",))
    with pytest.raises(evalkit.ProviderError, match=r"has evalkit .*, this machine 0\.0\.1: install the same version"):
        evalkit.run(experiment(slow()), "x.sqlite", how=Manner(ray=nodes.address))


# ---------------------------------------------------------------- without a cluster


def _closed() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("local", "HOST:PORT of its head"),
        ("ray://here:10001", "HOST:PORT of its head"),
        ("here", "HOST:PORT of its head"),
        ("here:0", "HOST:PORT of its head"),
        ("nowhere.invalid:6379", "nobody answers there"),
        ("closed", "nobody answers there"),
    ],
)
def test_addresses(folder: Path, address: str, said: str) -> None:
    how = Manner(ray=_closed() if address == "closed" else address)
    with pytest.raises(SpecError, match=said):
        evalkit.run(experiment(slow()), "x.sqlite", how=how)
    assert not Path("x.sqlite").exists()


@pytest.mark.parametrize(
    ("model", "how", "said"),
    [
        ({"id": "openai:m", "base_url": "http://127.0.0.1:1/v1"}, {}, "only local models"),
        (slow(), {"batch": True}, "not with --batch"),
    ],
    ids=["no local model", "batch"],
)
def test_what_does_not_go_together(folder: Path, model: dict[str, Any], how: dict[str, Any], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        evalkit.run(experiment(model), "x.sqlite", how=Manner(ray="auto", **how))


def test_without_ray(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "find_spec", lambda _: None)
    for ask in (
        lambda: evalkit.run(experiment(slow()), "x.sqlite", how=Manner(ray="auto")),
        lambda: joining.check("auto"),
    ):
        with pytest.raises(SpecError, match=r"pip install 'evalkit-tutor\[ray\]'"):
            ask()


@pytest.mark.parametrize(
    ("parameters", "limits", "gpus", "needed"),
    [
        ({}, {}, False, (1.0, 0.0)),
        ({"threads": 3}, {}, False, (3.0, 0.0)),
        ({}, {"cpus": 2}, False, (2.0, 0.0)),
        ({}, {}, True, (0.0, 1.0)),
        ({"device": "cpu"}, {}, True, (1.0, 0.0)),
        ({"device_map": "auto"}, {"gpus": 2}, True, (0.0, 2.0)),
        ({"device_map": "auto"}, {"gpus": 2, "cpus": 4}, True, (4.0, 2.0)),
        ({"device_map": "auto"}, {}, True, "limits.gpus"),
    ],
    ids=repr,
)
def test_what_a_copy_takes(
    parameters: dict[str, Any], limits: dict[str, Any], gpus: bool, needed: tuple[float, float] | str
) -> None:
    from evalkit.providers import hf

    spec = ModelSpec.model_validate({"id": "hf:m", "parameters": parameters, "limits": limits})
    if isinstance(needed, str):
        with pytest.raises(SpecError, match=needed):
            hf.on_nodes(spec, gpus)
    else:
        assert hf.on_nodes(spec, gpus) == needed
