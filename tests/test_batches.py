"""Runs by batches against a real server: equal to direct ones, nothing submitted twice, nothing lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from evalkit.asking import batches, desk
from evalkit.asking.desk import Caps
from evalkit.errors import ProviderError
from evalkit.runfile.store import Store
from tests.arrange import ROOT, inside, write_problems
from tests.server import ModelServer, serving

KEY = "a-key-that-is-long-enough"
PRICES = "prices = { input = 1000.0, output = 2000.0 }"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(batches, "FIRST_LOOK", 0.01)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with serving(ModelServer()) as started:
        yield started


def write(folder: Path, url: str, *, problems: int = 4, model: str = "", more: str = "", samples: int = 2) -> Path:
    write_problems(folder, problems)
    path = folder / "x.toml"
    path.write_text(
        f'problems = ["p/*"]\ntemplates = ["plain", "repeat_hint", "ban_approach"]\nsamples = {samples}\n{more}\n'
        f'[[models]]\nid = "openai:m"\nbase_url = "{url}"\n{PRICES}\n'
        f"parameters = {{ seed = 1, max_tokens = 40 }}\n{model}\n",
        encoding="utf-8",
    )
    return path


def call(path: Path, *options: str, into: str = "batched-run.sqlite") -> subprocess.CompletedProcess[str]:
    return inside(
        "run", str(path), "--run", str(path.parent / into), "--problems", str(path.parent / "problems"),
        "--prompts", str(ROOT / "prompts"), "--no-probe", *options,
    )  # fmt: skip


def until_done(path: Path, *options: str, most: int = 12) -> list[subprocess.CompletedProcess[str]]:
    """The same command again and again, until it says something else than that requests wait."""
    found = [call(path, "--batch", *options)]
    while found[-1].returncode == 4:
        assert len(found) < most, found[-1].stderr
        found.append(call(path, "--batch", *options))
    return found


def tables(file: Path) -> str:
    """What is shown and all that is exported of a run file, without its name."""
    shown = inside("compare", str(file)).stdout
    exported = file.with_suffix(".jsonl")
    assert inside("export", str(file), "-o", str(exported)).returncode == 0
    return (shown + exported.read_text(encoding="utf-8")).replace(file.stem, "RUN")


def lain(server: ModelServer) -> Counter[str]:
    """How often each request lay in a batch that was made."""
    made = [server.batches.files[b["input_file_id"]] for b in server.batches.made.values()]
    return Counter(orjson.loads(line)["custom_id"] for file in made for line in file.splitlines())


def some(names: list[str], rate: float, *, always: bool = False) -> Any:
    """A share of bodies fails in a batch, the first time that they are in one."""

    def fault(body: dict[str, Any], times: int) -> str | None:
        point = random.Random(f"{body} {times}").random()
        return names[int(point / rate * len(names))] if point < rate and (always or times == 1) else None

    return fault


@pytest.mark.parametrize(
    ("ends", "faults"),
    [
        ([], []),
        ([], ["500", "429", "nothing"]),
        (["expired", "completed", "cancelled", "expired"], []),
        (["expired", "cancelled"], ["500", "nothing"]),
    ],
    ids=["whole", "partial failures", "expired and cancelled", "all of it"],
)
def test_batch_and_direct_give_the_same_tables(
    ends: list[str], faults: list[str], tmp_path: Path, server: ModelServer
) -> None:
    path = write(tmp_path, server.url)
    server.batches.ends.extend(ends)
    if faults:
        server.batches.line_faults = some(faults, 0.3)
    found = until_done(path)
    assert found[-1].returncode == 0, found[-1].stderr
    assert "Come back with the same command" in found[0].stderr
    assert server.stats["requests"] == 0, "nothing was asked directly"
    assert max(server.paid.values()) == 1, "nothing was paid for twice"
    assert call(path, into="direct-run.sqlite").returncode == 0
    assert tables(tmp_path / "batched-run.sqlite") == tables(tmp_path / "direct-run.sqlite")
    costs = []
    for name in ("batched-run", "direct-run"):
        with Store(tmp_path / f"{name}.sqlite") as store:
            assert not store.batch_notes()
            costs.append(store.spent()[0][2])
    assert costs[0] == pytest.approx(costs[1] / 2), "half the price"


def test_it_goes_turn_by_turn_and_arms_share_their_first_one(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    found = until_done(path)
    assert [r.returncode for r in found] == [4, 4, 4, 0]
    assert [b["request_counts"]["total"] for b in server.batches.made.values()] == [16, 8, 8]
    assert "submitted 1 batch; 16 requests in 1 batch under way" in found[0].stderr
    again = call(path, "--batch")
    assert again.returncode == 0
    assert len(server.batches.made) == 3


def test_a_call_in_between_submits_nothing(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    server.batches.ready = False
    said = [call(path, "--batch").stderr for _ in range(3)]
    assert len(server.batches.made) == 1
    assert "submitted" in said[0]
    assert "submitted" not in said[1]
    assert "in_progress" in said[2]
    assert json.loads(call(path, "--batch", "--json").stdout)["sent"] is None, "nobody has counted that"
    direct = call(path)
    assert direct.returncode == 2
    assert "lie in batches under way" in direct.stderr
    assert server.stats["requests"] == 0, "they would have been paid for twice"
    server.batches.ready = True
    assert call(path).returncode == 0, "a direct run takes what the batch has answered"
    assert max(server.paid.values()) == 1


@pytest.mark.parametrize("at", ["upload", "before", "after"])
def test_a_connection_that_breaks_is_followed_by_no_second_batch(at: str, tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    server.batches.breaks.append(at)
    broken = call(path, "--batch")
    assert broken.returncode == 2
    assert ("could not be uploaded" if at == "upload" else "whether the batch was made is not known") in broken.stderr
    assert until_done(path)[-1].returncode == 0
    assert set(lain(server).values()) == {1}


def test_a_process_that_dies_before_it_notes_the_batch(
    tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, server.url)

    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(desk, "replace", lambda *_a, **_k: (_ for _ in ()).throw(ProviderError("died", "fatal")))
        assert call(path, "--batch").returncode == 2
    assert len(server.batches.made) == 1
    with monkeypatch.context() as patched:  # and one while it collects
        patched.setattr(Store, "drop_batch", dies)
        call(path, "--batch")
    assert until_done(path)[-1].returncode == 0
    assert set(lain(server).values()) == {1}
    assert max(server.paid.values()) == 1


@pytest.mark.parametrize(
    ("caps", "batches_of"),
    [(Caps(requests=5), [5, 5, 5, 1]), (Caps(bytes=3000), None)],
    ids=["requests", "bytes"],
)
def test_what_is_too_much_for_one_batch_is_split(
    caps: Caps, batches_of: list[int] | None, tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CAPS", caps)
    path = write(tmp_path, server.url)
    first = call(path, "--batch")
    made = [b["request_counts"]["total"] for b in server.batches.made.values()]
    assert sum(made) == 16
    assert batches_of is None or made == batches_of
    assert f"submitted {len(made)} batches; 16 requests in {len(made)} batches" in first.stderr
    assert all(len(server.batches.files[b["input_file_id"]]) <= caps.bytes for b in server.batches.made.values())
    assert until_done(path, most=20)[-1].returncode == 0
    assert set(lain(server).values()) == {1}


def test_a_request_that_fits_no_batch_is_a_failure_of_its_own(
    tmp_path: Path, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CAPS", Caps(bytes=50))
    done = call(write(tmp_path, server.url), "--batch")
    assert done.returncode == 1
    assert "larger than a batch may be" in done.stderr


def test_data_is_a_failed_trial_and_asked_again_by_the_next_command(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    server.batches.line_faults = lambda body, _: "400_context" if "**Final answer:** 2" in str(body) else None
    found = until_done(path)
    assert found[-1].returncode == 1
    assert "too long for the model" in "".join(r.stderr for r in found)
    kept = call(path, "--batch", "--no-retry-failed")
    assert kept.returncode == 1
    before = len(server.batches.made)
    assert call(path, "--batch", "--no-retry-failed").returncode == 1
    assert len(server.batches.made) == before
    server.batches.line_faults = lambda *_: None
    assert until_done(path)[-1].returncode == 0
    assert max(server.paid.values()) == 1


def test_what_never_answers_is_given_up(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url, model="limits = { attempts = 2 }")
    server.batches.line_faults = lambda body, _: "500" if "**Final answer:** 2" in str(body) else None
    found = until_done(path)
    assert found[-1].returncode == 1
    assert "gave up after 2 batches" in "".join(r.stderr for r in found)
    assert max(lain(server).values()) == 2


def test_a_fault_of_all_ends_it_with_one_message(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    server.batches.line_faults = lambda *_: "404"
    assert call(path, "--batch").returncode == 4
    wrong = call(path, "--batch")
    assert wrong.returncode == 2
    assert "check the model name" in wrong.stderr
    assert KEY not in wrong.stderr


@pytest.mark.parametrize("end", ["failed", "token_limit"])
def test_a_batch_that_failed_is_told_and_submitted_by_the_next_command(
    end: str, tmp_path: Path, server: ModelServer
) -> None:
    path = write(tmp_path, server.url)
    server.batches.ends.append(end)
    assert call(path, "--batch").returncode == 4
    failed = call(path, "--batch")
    assert failed.returncode == 2
    assert "batch_1 failed: " in failed.stderr
    assert until_done(path)[-1].returncode == 0
    assert max(server.paid.values()) == 1


def test_it_waits_where_it_is_to(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    server.batches.line_faults = some(["500"], 0.2)
    done = call(path, "--batch", "--wait")
    assert done.returncode == 0, done.stderr
    assert max(server.paid.values()) == 1
    assert call(path, into="direct-run.sqlite").returncode == 0
    assert tables(tmp_path / "batched-run.sqlite") == tables(tmp_path / "direct-run.sqlite")
    alone = call(path, "--wait")
    assert alone.returncode == 2
    assert "--wait: only batches are waited for" in alone.stderr


def test_parameters_that_a_model_refuses_are_learned_from_a_batch(tmp_path: Path) -> None:
    class Strict(ModelServer):
        def _reply(self, body: dict[str, Any]) -> dict[str, Any]:
            assert "max_completion_tokens" in body
            return super()._reply(body)

    with serving(Strict()) as server:
        from tests import batching

        refused = (400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'.", "unsupported_parameter")
        batching.REFUSALS["unsupported"] = refused
        server.batches.line_faults = lambda body, _: "unsupported" if "max_tokens" in body else None
        found = until_done(write(tmp_path, server.url))
    assert found[-1].returncode == 0, found[-1].stderr
    assert "the model refuses max_tokens" in found[1].stderr


def test_an_address_that_changed_is_told(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url)
    server.batches.ready = False
    assert call(path, "--batch").returncode == 4
    path.write_text(path.read_text("utf-8").replace("127.0.0.1", "localhost"), "utf-8")
    refused = call(path, "--batch")
    assert refused.returncode == 2
    assert "put that back until the batch is collected" in refused.stderr


def test_killed_at_random_moments_it_submits_nothing_twice(tmp_path: Path, server: ModelServer) -> None:
    path = write(tmp_path, server.url, problems=6)
    command = [
        sys.executable, "-m", "evalkit", "run", str(path), "--problems", str(tmp_path / "problems"), "--run",
        str(tmp_path / "batched-run.sqlite"), "--prompts", str(ROOT / "prompts"), "--no-probe", "--no-score", "--batch",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    rng = random.Random(3)
    for _ in range(4):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        before, limit = len(server.batches.files), time.monotonic() + 30
        while process.poll() is None and len(server.batches.files) == before and time.monotonic() < limit:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.06))
        process.kill()
        process.wait()
    found = until_done(path)
    assert found[-1].returncode == 0, found[-1].stderr
    assert set(lain(server).values()) == {1}
    assert max(server.paid.values()) == 1
    with Store(tmp_path / "batched-run.sqlite") as store:
        assert len(store.trials()) == 36
        assert json.loads(store.meta("batch-known:m") or "{}") == {}
