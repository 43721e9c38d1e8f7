"""Errors before and while a model is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from evalkit.errors import ProviderError, SpecError
from evalkit.local import files
from evalkit.providers import hf
from evalkit.types import ModelSpec
from tests.local.ask import GREEDY, ask, ask_all, failure, request, spec_of


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"temprature": 1}, "did you mean 'temperature'"),
        ({"temperature": -1}, "parameters.temperature"),
        ({"top_p": 0}, "parameters.top_p"),
        ({"max_tokens": 0}, "parameters.max_tokens"),
        ({"max_tokens": 1, "max_completion_tokens": 1}, "give one"),
        ({"frequency_penalty": 0.5}, "do not support this"),
        ({"stop": [""]}, "parameters.stop"),
        ({"stop": ["x"] * 17}, "parameters.stop"),
        ({"revision": "main"}, "only models on the hub have revisions"),
        ({"device": "abacus"}, "parameters.device"),
        ({"device": "cpu", "device_map": "auto"}, "not both"),
        ({"dtype": "int3"}, "parameters.dtype"),
        ({"chat_template_kwargs": {"enable_thinking": True}}, "beside chat_template_kwargs"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_parameters_are_checked(folders: dict[str, Path], parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        await hf.connect(spec_of(folders["rotary"], **parameters))


async def test_no_such_folder() -> None:
    with pytest.raises(SpecError, match="no such folder"):
        await hf.connect(ModelSpec(id="hf:./nowhere/to/be/found"))


async def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"config.json is missing"):
        await hf.connect(spec_of(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(SpecError, match="holds no weights"):
        await hf.connect(spec_of(tmp_path))


async def test_no_chat_template_unless_a_plain_one_is_asked_for(folders: dict[str, Path]) -> None:
    with pytest.raises(SpecError, match="no chat template"):
        await hf.connect(spec_of(folders["none"]))
    assert (await ask(folders["none"], chat_template="plain", **GREEDY)).error is None


@pytest.mark.parametrize("package", ["torch", "transformers"])
async def test_the_extra_is_not_installed(
    folders: dict[str, Path], package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "find_spec", lambda name: None if name == package else object())
    with pytest.raises(SpecError, match=r"pip install 'evalkit-tutor\[hf\]'"):
        await hf.connect(spec_of(folders["rotary"]))


async def test_a_server_is_another_provider(folders: dict[str, Path]) -> None:
    with pytest.raises(SpecError, match="for a server use openai:"):
        await hf.connect(ModelSpec(id="hf:a/b", base_url="http://localhost:8000/v1"))


async def hub_failure(monkeypatch: pytest.MonkeyPatch, error: Exception) -> ProviderError:
    def snapshot_download(*_: Any, **__: Any) -> str:
        raise error

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    spec = ModelSpec(id="hf:someone/something")
    with pytest.raises(ProviderError) as caught:
        await ask_all(spec, [request(spec, "x")])
    assert caught.value.fault == "fatal"
    return caught.value


async def test_hub_errors_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import errors
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError

    response: Any = type("Response", (), {"headers": {}, "request": None, "status_code": 404})()
    for error, message in (
        (RepositoryNotFoundError("x", response=response), "no such model on the hub"),
        (GatedRepoError("x", response=response), "accept this model's terms"),
        (LocalEntryNotFoundError("x"), "cannot be reached and the files are not on this machine"),
        (errors.OfflineModeIsEnabled("x"), "hf download someone/something"),
    ):
        assert message in str(await hub_failure(monkeypatch, error))


async def test_offline_without_the_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The library itself, with no network allowed and an empty cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    spec = ModelSpec(id="hf:someone/something")
    with pytest.raises(ProviderError, match="cannot be reached and the files are not on this machine"):
        await ask_all(spec, [request(spec, "x")])


async def test_a_hub_name_is_loaded_from_its_snapshot(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "snapshots" / "0123456789abcdef"
    shutil.copytree(folders["rotary"], folder)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(folder))
    spec = ModelSpec(id="hf:someone/something", parameters={**GREEDY, "device": "cpu"})
    reply = (await ask_all(spec, [request(spec, "find the trace")]))[0]
    assert reply.text == (await ask(folders["rotary"], device="cpu", **GREEDY)).text
    assert (reply.served_by or "").startswith("someone/something@0123456789ab float32 cpu slots")


async def test_not_enough_memory_is_said_before_loading(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.local.loading.free_bytes", lambda _: 1000)
    error = await failure(folders["rotary"], device="cpu", **GREEDY)
    assert (error.fault, "not enough memory on cpu" in str(error)) == ("fatal", True)


async def test_a_broken_model_is_one_fatal_message(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(folders["rotary"], folder)
    (folder / "model.safetensors").write_bytes(b"nonsense")
    error = await failure(folder, **GREEDY)
    assert (error.fault, "cannot be loaded" in str(error)) == ("fatal", True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has one")
async def test_a_device_that_is_not_there(folders: dict[str, Path]) -> None:
    assert "has no 'cuda'" in str(await failure(folders["rotary"], device="cuda", **GREEDY))
