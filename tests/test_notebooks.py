"""The notebooks of docs/ run, and every cell shows something still: `python -m tests.notebooks` writes it anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import NOTEBOOKS, played


def kinds(notebook: dict[str, Any]) -> list[list[str]]:
    """What kinds of data each cell shows: verdicts and figures may change, a cell that shows nothing any more may not."""
    cells = [cell.get("outputs", ()) for cell in notebook["cells"]]
    return [sorted(k for o in shown for k in o.get("data", {o["output_type"]: 0})) for shown in cells]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_runs(
    example: Path, here: None, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(example, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert kinds(played(path)) == kinds(stored), "python -m tests.notebooks"


def test_there_are_two() -> None:
    assert [path.name for path in NOTEBOOKS] == ["derivation.ipynb", "hint.ipynb"]
