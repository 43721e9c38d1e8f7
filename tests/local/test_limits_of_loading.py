"""How long a reply may be, how many threads are used, and whether the weights fit."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from evalkit.errors import SpecError
from evalkit.local import loading
from evalkit.local import settings as keys

LENGTHS: list[tuple[str, dict[str, Any], dict[str, Any], int]] = [
    ("nothing-says", {}, {}, 4096),
    ("the-model-says", {}, {"max_new_tokens": 300}, 300),
    ("given", {"max_tokens": 20}, {"max_new_tokens": 300}, 20),
    ("given-by-its-other-name", {"max_completion_tokens": 30}, {"max_new_tokens": 300}, 30),
    ("one-token", {"max_tokens": 1}, {}, 1),
]


@pytest.mark.parametrize(("given", "model_says", "most"), [row[1:] for row in LENGTHS], ids=[row[0] for row in LENGTHS])
def test_the_longest_reply(given: dict[str, Any], model_says: dict[str, Any], most: int) -> None:
    assert keys.most_tokens(keys.read(given, "hf:x"), model_says) == most


@pytest.mark.parametrize("count", [16, 17])
def test_how_many_stop_strings(count: int) -> None:
    stops = [f"s{i}" for i in range(count)]
    if count <= 16:
        assert keys.read({"stop": stops}, "hf:x").stop == stops
    else:
        with pytest.raises(SpecError, match=r"parameters.stop"):
            keys.read({"stop": stops}, "hf:x")


@pytest.mark.parametrize(
    ("given", "threads"), [(None, 1), ("", 1), ("0", 1), ("1", 1), ("6", 6), ("many", 1), ("-2", 1)]
)
def test_threads_by_the_environment(given: str | None, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if given is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", given)
    assert loading._threads() == threads


GIB = 2**30
FIT: list[tuple[str, dict[str, Any], str, int]] = [
    ("as-stored", {"dtype": "float32"}, "float32", 4),
    ("half-of-it", {"dtype": "float32"}, "bfloat16", 2),
    ("twice-of-it", {"torch_dtype": "float16"}, "float32", 8),
    ("as-it-is", {"dtype": "bfloat16"}, "auto", 4),
    ("the-newer-key-counts", {"dtype": "bfloat16", "torch_dtype": "float32"}, "bfloat16", 4),
    ("not-said", {}, "float16", 2),
    ("from-eight-bytes", {"dtype": "float64"}, "float32", 2),
    ("an-odd-one", {"dtype": "float8"}, "float32", 4),
]
"""What config.json says of 4 GiB of weights, the dtype asked for, and how many GiB are needed."""


def weights(folder: Path, config: dict[str, Any]) -> Path:
    """4 GiB in two files that take no room."""
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    for name in ("a", "b"):
        with (folder / f"{name}.safetensors").open("wb") as file:
            file.truncate(2 * GIB)
    return folder


def fits(monkeypatch: pytest.MonkeyPatch, folder: Path, dtype: str, free: int | None, **given: Any) -> str:
    """What is wrong, or nothing."""
    monkeypatch.setattr(loading, "free_bytes", lambda _: free)
    try:
        loading._check_memory("hf:x", folder, dtype, torch.device("cpu"), keys.read(given, "hf:x"))
    except SpecError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("config", "dtype", "needed"), [row[1:] for row in FIT], ids=[row[0] for row in FIT])
def test_weights_must_fit_as_they_will_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: dict[str, Any], dtype: str, needed: int
) -> None:
    folder = weights(tmp_path, config)
    assert fits(monkeypatch, folder, dtype, needed * GIB) == ""
    said = fits(monkeypatch, folder, dtype, needed * GIB - 1)
    assert f"not enough memory on cpu: its weights take {needed:.1f} GiB, {needed:.1f} GiB are free" in said
    assert f"{needed:.1f} GiB, 0.5 GiB are free" in fits(monkeypatch, folder, dtype, GIB // 2)


def test_not_weighed_where_it_cannot_be_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = weights(tmp_path, {"dtype": "float32"})
    assert fits(monkeypatch, folder, "float32", None) == "", "the free memory is not known"
    assert fits(monkeypatch, folder, "float32", 1) != ""
    assert fits(monkeypatch, folder, "float32", 1, device_map="auto") == "", "spread over several devices"
    assert fits(monkeypatch, folder, "float32", 1, quantization_config={"load_in_4bit": True}) == "", "made smaller"
    packed = weights(tmp_path, {"dtype": "float32", "quantization_config": {"bits": 4}})
    assert fits(monkeypatch, packed, "float32", 1) == "", "smaller on disk already"


@pytest.mark.parametrize(
    ("more", "numbers"),
    [({}, 4 * 8), ({"head_dim": 16}, 4 * 16), ({"num_key_value_heads": 2}, 2 * 8)],
    ids=["heads-share-the-width", "heads-of-a-width-of-their-own", "few-heads-are-kept"],
)
def test_there_is_room_for_so_many_tokens(monkeypatch: pytest.MonkeyPatch, more: dict[str, int], numbers: int) -> None:
    """A token of a layer takes so many numbers of 4 bytes as keys and again as values, and twice that in all."""
    config = SimpleNamespace(num_attention_heads=4, hidden_size=32, num_hidden_layers=2, **more)
    model = SimpleNamespace(config=SimpleNamespace(get_text_config=lambda: config), dtype=torch.float32, device="cpu")
    monkeypatch.setattr(loading, "free_bytes", lambda _: 1_000_000)
    usable = int(1_000_000 * (1 - loading.KEPT_FREE))
    assert loading._budget(model) == usable // (2 * 2 * 2 * numbers * 4)
