"""`compare --so-far`: what a run shows while it is going on, without touching its file."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from evalkit.runfile.store import Store
from tests.arrange import ROOT, inside, write_problems
from tests.server import ModelServer, serving

PROMPTS = ["--prompts", str(ROOT / "prompts")]
ASKING = [
    "run",
    "-p",
    "p/*",
    "-t",
    "plain",
    "-t",
    "ban_approach",
    "-m",
    "openai:m",
    "--run",
    "r.sqlite",
    "--no-probe",
    *PROMPTS,
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_problems(tmp_path, 40)
    return tmp_path


def test_a_run_that_is_going_on_can_be_looked_at(folder: Path) -> None:
    with serving(ModelServer(latency=0.4)) as server:
        command = [sys.executable, "-m", "evalkit", *ASKING, "--base-url", server.url, "--in-flight", "2"]
        asking = subprocess.Popen(
            command, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True
        )
        try:
            while server.stats["answered"] < 4:
                assert asking.poll() is None
                time.sleep(0.02)
            seen = inside("compare", "r.sqlite", "--so-far")
            assert asking.poll() is None, "it was still going on"
        finally:
            asking.send_signal(signal.SIGINT)
            asking.communicate(timeout=30)
    assert seen.returncode == 0, seen.stderr
    assert "trials so far. Who ends an experiment" in seen.stderr
    assert "number.correct" in seen.stdout
    assert asking.returncode == 130, "the look did it no harm"


def test_the_file_stays_as_it_is_and_any_metric_can_be_asked_for(folder: Path) -> None:
    with serving(ModelServer()) as server:
        assert inside(*ASKING, "--base-url", server.url, "--no-score").returncode == 0
    before = hashlib.sha256((folder / "r.sqlite").read_bytes()).digest()
    seen = inside(
        "compare", "r.sqlite", "--so-far", "--metric", "number.correct", "--fail-if", "plain number.correct < 2"
    )
    assert "80 trials so far" in seen.stderr
    assert seen.returncode == 1, "a demand counts here, too"
    assert hashlib.sha256((folder / "r.sqlite").read_bytes()).digest() == before
    with Store(folder / "r.sqlite") as store:
        assert list(store.scores()) == []


def test_a_file_that_holds_nothing_yet(folder: Path) -> None:
    Store(folder / "empty.sqlite", write=True).close()
    seen = inside("compare", "empty.sqlite", "--so-far")
    assert seen.returncode == 2
    assert "no trial" in seen.stderr
    seen = inside("compare", "empty.sqlite", "--so-far", "--metric", "number.correct")
    assert (seen.returncode, seen.stderr) == (2, "error: empty.sqlite: no conversation is over yet; look again later\n")
