"""A request to a server of the tests through the provider `openai`, and what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from evalkit.errors import ProviderError
from evalkit.providers import openai as module
from evalkit.types import Message, ModelSpec, Provider, Reply, Request
from tests.server import ModelServer

KEY = "sk-test-0123456789abcdef"


def spec_for(server: ModelServer, **fields: Any) -> ModelSpec:
    return ModelSpec.model_validate({"id": "openai:small-1", "base_url": server.url, **fields})


def ask_for(spec: ModelSpec, content: str = "What is 1 + 1?", sample: int = 0) -> Request:
    return Request(spec.id, spec.label, (Message("user", content),), spec.parameters, sample)


@asynccontextmanager
async def connected(spec: ModelSpec) -> AsyncIterator[Provider]:
    provider = await module.connect(spec)
    try:
        yield provider
    finally:
        await provider.close()


async def ask(server: ModelServer, *, sample: int = 0, content: str = "What is 1 + 1?", **fields: Any) -> Reply:
    spec = spec_for(server, **fields)
    async with connected(spec) as provider:
        return await provider.ask(ask_for(spec, content, sample))


async def failure(server: ModelServer, **fields: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(server, **fields)
    return caught.value
