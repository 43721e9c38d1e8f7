"""The package as the index would give it: the built wheel, in an empty environment outside the tree."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytest.importorskip("hatchling")


def _run(*command: str | Path, cwd: Path, **environment: str) -> str:
    inherited = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE")
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**inherited, **environment}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("dist")
    path = os.environ.get("PYTHONPATH", "")
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=ROOT, PYTHONPATH=path)
    (built,) = into.glob("*.whl")
    return built


def test_the_wheel_holds_templates_problems_and_sample_replies_once(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert len(names) == len(set(names))
    shipped = {n.removeprefix("evalkit/packaged/") for n in names if n.startswith("evalkit/packaged/")}
    here = {p.relative_to(ROOT).as_posix() for kind in ("prompts", "problems") for p in (ROOT / kind).rglob("*.*")}
    assert here <= shipped
    assert "runs/hw7-sample.jsonl" in shipped
    assert wheel.name.startswith("evalkit_tutor-")


@pytest.mark.timeout(900)
def test_from_the_wheel_to_a_report(wheel: Path, tmp_path: Path) -> None:
    """init, run, check, report; the libraries are those of this environment, evalkit is the wheel's alone."""
    _run(sys.executable, "-m", "venv", "--without-pip", "env", cwd=tmp_path)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    zipfile.ZipFile(wheel).extractall(packages)  # what `pip install --no-deps` does with a pure wheel
    python = tmp_path / "env" / "bin" / "python"
    # Behind the wheel, and without the .pth files in which an editable evalkit may stand.
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")
    project = tmp_path / "mine"
    where = _run(python, "-c", "import evalkit; print(evalkit.__file__)", cwd=tmp_path)
    assert where.startswith(str(packages))
    evalkit = (python, "-m", "evalkit")
    assert "next: cd mine && evalkit run" in _run(*evalkit, "init", "mine", cwd=tmp_path)
    ran = _run(*evalkit, "run", "runs/first.toml", "--samples", "1", cwd=project)
    assert "12/12 trials done" in ran
    assert "repeat_hint, placebo and ban_approach: cannot tell from plain" in ran, "too few samples"
    assert "1 problem, " in _run(*evalkit, "check", cwd=project)
    _run(*evalkit, "report", "runs/first.sqlite", cwd=project)
    assert "cannot tell from plain" in (project / "runs" / "first.html").read_text(encoding="utf-8")
