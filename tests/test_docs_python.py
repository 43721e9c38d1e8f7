"""docs/python.md: its examples run from top to bottom, in a project with the example's files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from evalkit import plugins
from tests.arrange import ROOT

pytestmark = pytest.mark.usefixtures("here")

PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.S)


@pytest.mark.filterwarnings("ignore")  # statsmodels on nine replies an arm has much to warn of
@pytest.mark.timeout(900)
def test_the_examples_run(example: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(example, tmp_path, dirs_exist_ok=True)  # what has been asked and scored need not be again
    monkeypatch.chdir(tmp_path)
    before = dict(plugins._made)
    names: dict[str, Any] = {"__name__": "__main__"}
    try:
        for block in BLOCKS:
            exec(compile(block, "docs/python.md", "exec"), names)  # noqa: S102 - our own page
    finally:
        plugins._made.clear()
        plugins._made.update(before)
        plugins._places.cache_clear()
    assert len(BLOCKS) >= 10
    assert (tmp_path / "levels.png").stat().st_size > 1000
