"""What the commands print of the example is what was recorded: `python -m tests.recorded` writes it anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recorded import FOLDER, outputs


@pytest.mark.timeout(900)
def test_outputs_are_as_recorded(labelled: Path, here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(labelled)
    found = dict(outputs())
    assert {path.name for path in FOLDER.iterdir()} == set(found)
    changed = [name for name, text in found.items() if (FOLDER / name).read_text(encoding="utf-8") != text]
    assert not changed, "python -m tests.recorded, then look at the diff"
