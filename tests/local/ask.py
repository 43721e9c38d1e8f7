"""Asking the tiny models of these tests, and what the library itself answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from evalkit.errors import ProviderError
from evalkit.providers import hf
from evalkit.types import Message, ModelSpec, Reply, Request

WORDS = (
    "the",
    "matrix",
    "of",
    "a",
    "gradient",
    "is",
    "solve",
    "sum",
    "trace",
    "vector",
    "find",
    "root",
    "and",
    "prove",
)
GREEDY: dict[str, Any] = {"temperature": 0, "max_tokens": 24}
WARM: dict[str, Any] = {"temperature": 0.7, "max_tokens": 24}


def prompts(count: int, seed: int = 1) -> list[str]:
    choose = random.Random(seed)
    return [f"{i} " + " ".join(choose.choice(WORDS) for _ in range(choose.randint(1, 50))) for i in range(count)]


def spec_of(folder: Path, in_flight: int = 32, **parameters: Any) -> ModelSpec:
    return ModelSpec.model_validate(
        {"id": f"hf:{folder}", "parameters": parameters, "limits": {"in_flight": in_flight}}
    )


def request(spec: ModelSpec, content: str, sample: int = 0, system: str | None = None, **changed: Any) -> Request:
    head = (Message("system", system),) if system else ()
    return Request(spec.id, "", (*head, Message("user", content)), {**spec.parameters, **changed}, sample)


async def ask_all(spec: ModelSpec, requests: Sequence[Request]) -> list[Reply]:
    provider = await hf.connect(spec)
    try:
        return await asyncio.gather(*(provider.ask(r) for r in requests))
    finally:
        await provider.close()


async def ask(folder: Path, content: str = "find the trace", system: str | None = None, **parameters: Any) -> Reply:
    spec = spec_of(folder, **parameters)
    return (await ask_all(spec, [request(spec, content, system=system)]))[0]


async def failure(folder: Path, content: str = "find", **parameters: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(folder, content, **parameters)
    return caught.value


def tokenizer_of(folder: Path) -> Any:
    return transformers.AutoTokenizer.from_pretrained(folder)


def model_of(folder: Path) -> Any:
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder)
    return model.eval()


def one_by_one(folder: Path, contents: Sequence[str], most: int) -> list[str]:
    """What the library itself answers, greedily, one prompt at a time."""
    tokenizer, model = tokenizer_of(folder), model_of(folder)
    ends, texts = set(model.generation_config.eos_token_id), []
    for content in contents:
        ids = tokenizer.apply_chat_template(
            [{"role": "user", "content": content}], add_generation_prompt=True, return_tensors="pt"
        )["input_ids"]
        with torch.inference_mode():
            out = model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                max_new_tokens=most,
            )
        reply = out[0, ids.shape[1] :].tolist()
        texts.append(tokenizer.decode(reply[:-1] if reply[-1] in ends else reply, skip_special_tokens=True))
    return texts
