"""Options of loading, adapters, memory."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from evalkit.errors import SpecError
from evalkit.local import files, memory
from evalkit.local import settings as keys
from evalkit.local.settings import Sampling
from evalkit.providers import hf
from tests.local.ask import GREEDY, ask, ask_all, failure, model_of, one_by_one, prompts, request, spec_of


async def test_dtype_is_obeyed_and_recorded(folders: dict[str, Path]) -> None:
    reply = await ask(folders["rotary"], device="cpu", dtype="bfloat16", **GREEDY)
    assert " bfloat16 cpu slots," in (reply.served_by or "")


async def test_the_models_own_generation_settings_hold(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "own"
    shutil.copytree(folders["rotary"], folder)
    path = folder / "generation_config.json"
    own = {**json.loads(path.read_text()), "do_sample": True, "temperature": 1.3, "max_new_tokens": 3}
    path.write_text(json.dumps(own))
    spec = spec_of(folder)
    replies = await ask_all(spec, [request(spec, "prove", sample) for sample in range(6)])
    assert len({r.text for r in replies}) > 1
    assert max(r.usage.output_tokens for r in replies if r.usage) == 3


@pytest.mark.parametrize(
    ("given_", "own", "expected"),
    [
        ({}, {}, Sampling()),
        ({}, {"temperature": 0.6, "do_sample": False}, Sampling()),
        ({}, {"temperature": 0.6, "top_k": 20, "do_sample": True}, Sampling(temperature=0.6, top_k=20)),
        ({}, {"top_p": 0.8, "do_sample": True}, Sampling(temperature=1, top_p=0.8)),
        ({"top_p": 0.9}, {"top_p": 0.8, "do_sample": True}, Sampling(temperature=1, top_p=0.9)),
        ({"temperature": 0}, {"temperature": 0.6, "do_sample": True}, Sampling()),
        ({"temperature": 1, "top_k": 0}, {"top_k": 20, "do_sample": True}, Sampling(temperature=1)),
    ],
    ids=[
        "greedy by default",
        "not sampled",
        "the model's",
        "its share",
        "a share given",
        "greedy given",
        "given first",
    ],
)
def test_what_is_not_given_comes_from_the_model(
    given_: dict[str, Any], own: dict[str, Any], expected: Sampling
) -> None:
    assert keys.sampling(keys.read(given_, "hf:x"), own) == expected


@pytest.mark.filterwarnings("ignore::FutureWarning")  # peft uses a name of transformers that will go
async def test_an_adapter_changes_the_replies(folders: dict[str, Path], tmp_path: Path) -> None:
    import peft

    base = model_of(folders["rotary"])
    base.name_or_path = base.config._name_or_path = str(folders["rotary"])
    wrapped = peft.get_peft_model(base, peft.LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM"))
    torch.manual_seed(0)
    for name, parameter in wrapped.named_parameters():
        if "lora_" in name:
            parameter.data.normal_(0, 1)
    wrapped.save_pretrained(tmp_path / "adapter")
    spec = spec_of(tmp_path / "adapter", **GREEDY)
    adapted = await ask_all(spec, [request(spec, c) for c in prompts(6)])
    given_spec = spec_of(folders["rotary"], adapter=str(tmp_path / "adapter"), **GREEDY)
    given_ = await ask_all(given_spec, [request(given_spec, c) for c in prompts(6)])
    plain = one_by_one(folders["rotary"], prompts(6), 24)
    assert [r.text for r in adapted] == [r.text for r in given_] != plain
    assert f"{tmp_path}/adapter on rotary float32" in (adapted[0].served_by or "")


async def test_an_adapter_whose_base_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "./gone"}')
    assert "the adapter's base model cannot be had: hf:./gone: no such folder" in str(await failure(tmp_path))


async def test_no_adapter_there(folders: dict[str, Path]) -> None:
    with pytest.raises(SpecError, match=r"parameters.adapter: nowhere is no folder of a LoRA adapter"):
        await hf.connect(spec_of(folders["rotary"], adapter="nowhere"))


async def test_what_is_loaded_and_where_is_told(folders: dict[str, Path], caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "evalkit.local"):
        await ask(folders["no_system"], device="cpu", **GREEDY)
    loading_, ready = (message.removeprefix(f"hf:{folders['no_system']}: ") for message in caplog.messages)
    assert loading_ == "loading on cpu, float32"
    assert "cpu slots, transformers" in ready
    assert ready.endswith("no system role: its text heads the first user message")


async def test_an_adapter_without_peft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    monkeypatch.setattr(files, "find_spec", lambda name: None if name == "peft" else object())
    with pytest.raises(SpecError, match="pip install peft"):
        await hf.connect(spec_of(tmp_path))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (torch.OutOfMemoryError("x"), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail at alloc_cpu.cpp:1] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("MPS backend out of memory"), True),
        (RuntimeError("shapes differ"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_counts_as_out_of_memory(error: Exception, expected: bool) -> None:
    assert memory.is_out_of_memory(error) is expected


def test_free_memory_of_this_machine_is_known() -> None:
    free = memory.free_bytes(torch.device("cpu"))
    assert free is not None
    assert free > 2**20


async def test_pickled_weights_need_a_word(folders: dict[str, Path], tmp_path: Path) -> None:
    shutil.copytree(folders["rotary"], tmp_path / "pickled")
    (tmp_path / "pickled" / "model.safetensors").unlink()
    torch.save(model_of(folders["rotary"]).state_dict(), tmp_path / "pickled" / "pytorch_model.bin")
    assert "--set allow_pickle=true" in str(await failure(tmp_path / "pickled"))
    spec = spec_of(tmp_path / "pickled", allow_pickle=True, **GREEDY)
    replies = await ask_all(spec, [request(spec, c) for c in prompts(3)])
    assert [r.text for r in replies] == one_by_one(folders["rotary"], prompts(3), 24)
