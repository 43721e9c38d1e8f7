"""Tiny models with random weights, so that every reply is noise of a random length."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from tests import tiny_models
from tests.local.ask import model_of


@pytest.fixture(scope="session", autouse=True)
def _quiet() -> Iterator[None]:
    disable: Any = transformers.utils.logging.disable_progress_bar
    disable()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One model of each kind, made once."""
    base = tmp_path_factory.mktemp("models")
    made = {kind: tiny_models.random_model(base / kind, kind, ends=48) for kind in ("rotary", "absolute", "sliding")}
    for template in ("no_system", "thinking", "none"):
        made[template] = tiny_models.random_model(base / template, "rotary", template, ends=48)
    return made


@pytest.fixture(scope="session")
def model(folders: dict[str, Path]) -> Any:
    return model_of(folders["rotary"])
