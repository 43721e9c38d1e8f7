"""Several samples of a model that draws none are told of before they are computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evalkit.asking.identity import copies
from evalkit.types import ModelSpec

DRAWS = {"do_sample": True, "temperature": 0.6}
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any] | None, bool]] = [
    # model, parameters, generation_config.json, whether copies are told
    ("nothing says anything", "FOLDER", {}, None, True),
    ("the file draws", "FOLDER", {}, DRAWS, False),
    ("the file does not draw", "FOLDER", {}, {"do_sample": False, "temperature": 0.6}, True),
    ("the parameters overrule it", "FOLDER", {"temperature": 0}, DRAWS, True),
    ("the other way round", "FOLDER", {"temperature": 1}, {"do_sample": False}, False),
    ("one candidate", "FOLDER", {"temperature": 1, "top_k": 1}, None, True),
    ("a file beside a GGUF file", "FOLDER/x.gguf", {}, DRAWS, True),
    ("on the hub, nothing known", "ORGANISATION/NAME", {}, None, False),
    ("on the hub, greedy", "ORGANISATION/NAME", {"temperature": 0}, None, True),
]


@pytest.mark.parametrize(("model", "parameters", "says", "told"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_copies_are_told(
    tmp_path: Path, model: str, parameters: dict[str, Any], says: dict[str, Any] | None, told: bool
) -> None:
    (tmp_path / "x.gguf").touch()
    if says is not None:
        (tmp_path / "generation_config.json").write_text(json.dumps(says), encoding="utf-8")
    spec = ModelSpec(id=f"hf:{model.replace('FOLDER', str(tmp_path))}", parameters=parameters)
    assert (copies(spec, 2) is not None) == told
    assert copies(spec, 1) is None
