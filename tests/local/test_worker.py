"""The thread beside the event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import torch

from evalkit import plugins
from evalkit.errors import ProviderError
from evalkit.local import loading, slots
from evalkit.providers import hf
from evalkit.types import Reply
from tests.local.ask import GREEDY, WARM, failure, model_of, one_by_one, prompts, request, spec_of


def test_the_provider_is_found_by_name() -> None:
    assert plugins.load("providers", "hf") is hf


async def test_nothing_is_loaded_before_the_first_question(folders: dict[str, Path]) -> None:
    provider = await hf.connect(spec_of(folders["rotary"]))
    assert isinstance(provider, hf.HuggingFace)
    assert provider._worker.loaded is None
    await provider.close()


async def test_the_loop_goes_on_while_a_model_answers(folders: dict[str, Path]) -> None:
    spec = spec_of(folders["rotary"], 4, **WARM)
    provider = await hf.connect(spec)
    await provider.ask(request(spec, "warm up"))
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0)
            ticks += 1

    ticking = asyncio.create_task(tick())
    await asyncio.gather(*(provider.ask(request(spec, c)) for c in prompts(30)))
    ticking.cancel()
    await provider.close()
    assert ticks > 100


async def test_a_cancelled_question_leaves_the_others_alone(folders: dict[str, Path]) -> None:
    contents = prompts(20)
    spec = spec_of(folders["rotary"], 4, **GREEDY)
    provider = await hf.connect(spec)
    tasks = [asyncio.create_task(provider.ask(request(spec, c))) for c in contents]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    replies = await asyncio.gather(*tasks, return_exceptions=True)
    await provider.close()
    assert all(isinstance(r, asyncio.CancelledError) for r in replies[::2])
    kept = [r.text for r in replies if isinstance(r, Reply)]
    assert kept == one_by_one(folders["rotary"], contents[1::2], 24)


async def test_closing_ends_what_is_under_way(folders: dict[str, Path]) -> None:
    spec = spec_of(folders["absolute"], 2, temperature=1.0, max_tokens=400)
    provider = await hf.connect(spec)
    await provider.ask(request(spec, "warm up"))
    asked = [asyncio.create_task(provider.ask(request(spec, c))) for c in prompts(100)]
    await asyncio.sleep(0.01)
    await provider.close()
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert any(isinstance(o, ProviderError) for o in outcomes)
    with pytest.raises(ProviderError, match="closed"):
        await provider.ask(request(spec, "more"))


def test_a_call_of_the_model_can_be_interrupted(folders: dict[str, Path]) -> None:
    one = model_of(folders["rotary"])
    stop = False
    loading._make_interruptible(one, lambda: stop)
    ids = torch.tensor([[1, 5, 6]])
    one(input_ids=ids)
    stop = True
    with pytest.raises(InterruptedError):
        one(input_ids=ids)


async def test_a_dead_engine_stops_the_run(folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def step(*_: Any) -> Any:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(slots.Slots, "step", step)
    error = await failure(folders["rotary"], **GREEDY)
    assert (error.fault, "shapes differ" in str(error)) == ("fatal", True)
