"""A command that is left: one Ctrl-C stops cleanly, a second one at once, and the exit code says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from evalkit.runfile.store import Store
from tests.arrange import inside, write_problems
from tests.server import ModelServer, serving
from tests.test_cli import asked


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(project: Path) -> None:
    write_problems(project, 60)
    with serving(ModelServer(latency=0.3)) as slow:
        arguments = [sys.executable, "-m", "evalkit", *asked(slow, "--samples", "5", "--set", "seed=1", "--no-probe")]
        process = subprocess.Popen(
            arguments, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env={**os.environ, "OPENAI_API_KEY": "x"},
        )  # fmt: skip
        while slow.stats["requests"] < 70:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "requests under way are finished" in said
        assert "Run the same command again to go on" in said
        assert "Traceback" not in said
        with Store(project / "x.sqlite") as store:
            assert len(list(store.replies())) == slow.stats["requests"]


@pytest.mark.parametrize(
    "command", ["run -p set/* -t plain --run x.sqlite", "doctor"], ids=["the probe of a run", "doctor"]
)
def test_one_ctrl_c_ends_the_wait_for_questions_of_evalkits_own(project: Path, command: str) -> None:
    with serving(ModelServer(faults=["hang"] * 99)) as hanging:
        arguments = [sys.executable, "-m", "evalkit", *command.split(), "-m", "openai:m", "--base-url", hanging.url]
        process = subprocess.Popen(
            arguments, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env={**os.environ, "OPENAI_API_KEY": "x"},
        )  # fmt: skip
        while not hanging.stats["requests"]:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert hanging.stats["requests"] == 1


@pytest.mark.parametrize("raised", [KeyboardInterrupt, typer.Abort], ids=["ctrl-c", "a question left"])
def test_a_command_that_is_left_says_so_by_its_exit_code(
    raised: type[BaseException], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def left(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr("evalkit.interface.checking.problem_schema", left)
    done = inside("schema")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_second_ctrl_c_stops_at_once(project: Path) -> None:
    write_problems(project, 60)
    with serving(ModelServer(latency=30)) as hanging:
        arguments = [sys.executable, "-m", "evalkit", *asked(hanging, "--no-probe")]
        process = subprocess.Popen(
            arguments, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
            env={**os.environ, "OPENAI_API_KEY": "x"},
        )  # fmt: skip
        while hanging.stats["requests"] < 40:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert "stopped at once" in said
