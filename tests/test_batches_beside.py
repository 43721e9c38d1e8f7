"""Batches beside the rest: budgets and dry runs, a judge, files, Python, and who has no batches."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking import batches
from evalkit.errors import SpecError
from evalkit.interface.project import Project
from evalkit.interface.running import run
from evalkit.interface.session import Manner
from evalkit.runfile.store import Store
from tests.arrange import ROOT, write_problems
from tests.server import ModelServer, serving
from tests.test_batches import KEY, PRICES, call, lain, tables, until_done, write


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(batches, "FIRST_LOOK", 0.01)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as started:
        yield started


def test_a_budget_is_kept_by_an_estimate_before_anything_is_submitted(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    tight = call(path, "--batch", "--max-requests", "9")
    assert tight.returncode == 4
    assert sum(lain(server).values()) == 4, "two blocks of four requests, of which two begin"
    assert "the budget of 9 requests is used up" in tight.stderr
    assert until_done(path, "--max-requests", "9")[-1].returncode == 3
    assert sum(lain(server).values()) == 8
    with Store(tmp_path / "batched-run.sqlite") as store:
        assert len(store.trials()) == 6, "whole blocks"
    assert until_done(path)[-1].returncode == 0


def test_a_budget_of_money_counts_half(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    assert until_done(path)[-1].returncode == 0
    with Store(tmp_path / "batched-run.sqlite") as store:
        cost = store.spent()[0][2]
    assert until_done(path, "--max-cost", str(cost * 1.001))[-1].returncode == 0
    other = tmp_path / "other"
    less = until_done(write(other, server.url), "--max-cost", "0.0001")
    assert less[-1].returncode == 3
    assert not (other / "batched-run.sqlite").exists() or not Store(other / "batched-run.sqlite").spent()


def test_a_dry_run_counts_half(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    costs = []
    for options in ((), ("--batch",)):
        found = json.loads(call(path, "--dry-run", "--json", *options).stdout)["models"]["m"]
        costs.append(found["cost"])
    assert costs[1] == costs[0] / 2 > 0
    assert found["basis"].endswith("prices of the experiment, times 0.5 in batches")


def test_a_judge_is_asked_in_a_batch_of_its_own(tmp_path: Path) -> None:
    def answer(body: dict[str, Any]) -> str:
        if "response_format" in body:
            return '{"verdict": "right", "reason": "It says so."}'
        return "It is seven, I believe."

    with serving(ModelServer(answer=answer)) as server:
        judge = f'[judge]\nid = "openai:j"\nbase_url = "{server.url}"\n{PRICES}\n'
        path = write(tmp_path, server.url, more="", model=judge)
        for file in (tmp_path / "problems" / "p").iterdir():
            file.write_text(file.read_text("utf-8") + '[score.text]\nany_of = ["eleven"]\njudge = true\n', "utf-8")
        found = until_done(path)
        assert found[-1].returncode == 0, found[-1].stderr
        assert call(path, into="direct-run.sqlite").returncode == 0
        asked = [b["request_counts"]["total"] for b in server.batches.made.values()]
        assert len(asked) >= 4, "the last one is the judge's"
        assert max(lain(server).values()) == 1
    assert tables(tmp_path / "batched-run.sqlite") == tables(tmp_path / "direct-run.sqlite")


def test_files_go_along(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url, problems=1)
    (tmp_path / "problems" / "p" / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 40)
    problem = tmp_path / "problems" / "p" / "00001.toml"
    problem.write_text('attachments = ["a.png"]\n' + problem.read_text("utf-8"), "utf-8")
    assert until_done(path)[-1].returncode == 0
    assert b"data:image/png;base64,iVBOR" in server.batches.files["file-1"]
    assert call(path, into="direct-run.sqlite").returncode == 0
    assert tables(tmp_path / "batched-run.sqlite") == tables(tmp_path / "direct-run.sqlite")


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ('id = "replay:x.jsonl"', "the provider 'replay' has no batches; openai: has"),
        ('id = "hf:some/model"', "the provider 'hf' has no batches; openai: has"),
        (
            'id = "openai:m"\nbase_urls = ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]',
            "a batch is left at one address",
        ),
    ],
    ids=["replay", "hf", "several servers"],
)
def test_who_has_no_batches_says_so_in_one_sentence(model: str, told: str, tmp_path: Path) -> None:
    write_problems(tmp_path, 1)
    (tmp_path / "x.jsonl").write_text(
        '{"problem": "p/00001", "template": "plain", "model": "m", "sample": 0, "messages": '
        '[{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n',
        "utf-8",
    )
    path = tmp_path / "x.toml"
    model = model.replace("x.jsonl", str(tmp_path / "x.jsonl"))
    path.write_text(f'problems = ["p/*"]\ntemplates = ["plain"]\n[[models]]\n{model}\n', "utf-8")
    refused = call(path, "--batch")
    assert refused.returncode == 2
    assert told in refused.stderr
    assert not (tmp_path / "batched-run.sqlite").exists()


def test_an_endpoint_without_batches_is_told_and_left(tmp_path: Path) -> None:
    class Plain(ModelServer):
        async def start(self, port: int = 0) -> None:
            self.batches.routes = lambda app: None  # type: ignore[method-assign]
            await super().start(port)

    with serving(Plain()) as server:
        path = write(tmp_path, server.url)
        refused = call(path, "--batch")
        assert refused.returncode == 2
        assert "does it have files and batches" in refused.stderr
        assert call(path).returncode == 0, "the same run file, directly"


@pytest.mark.filterwarnings("ignore:.*copies are no samples")
def test_from_python(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    folders = Project(tmp_path / "problems", ROOT / "prompts")
    how = Manner(batch=True, probe=False)
    into = tmp_path / "python.sqlite"
    first = run(path, into, project=folders, how=how)
    assert (first.in_batches, first.done) == (16, 0)
    while (last := run(path, into, project=folders, how=how)).in_batches:
        pass
    assert (last.done, last.total, last.failed) == (24, 24, 0)
    with pytest.raises(SpecError, match="wait"):
        run(path, into, project=folders, how=Manner(wait=True))
