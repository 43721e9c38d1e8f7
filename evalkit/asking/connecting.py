"""The models of an experiment, connected and limited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from evalkit import plugins
from evalkit.types import Limits, ModelSpec, Provider


@asynccontextmanager
async def connected(spec: ModelSpec) -> AsyncIterator[Provider]:
    """The provider of a model, closed at the end."""
    connect: Callable[[ModelSpec], AsyncIterator[Provider]] = plugins.load("providers", spec.provider).connect
    provider: Provider = await connect(spec)  # type: ignore[misc]
    try:
        yield provider
    finally:
        await provider.close()


def check(spec: ModelSpec) -> None:
    """Raises SpecError for a model that cannot be connected; sends and stores nothing."""
    checked: Callable[[ModelSpec], None] | None = getattr(plugins.load("providers", spec.provider), "check", None)
    if checked is not None:
        checked(spec)


def destination(spec: ModelSpec) -> tuple[str, str] | None:
    """(address, environment variable) where a key is sent, or None. Raises SpecError for a bad address."""
    found: Callable[[ModelSpec], tuple[str, str] | None] | None = getattr(
        plugins.load("providers", spec.provider), "destination", None
    )
    return None if found is None else found(spec)


async def offered(spec: ModelSpec) -> list[str]:
    """The models that the endpoint says it has, none where it does not say or is no endpoint."""
    ask: Callable[[ModelSpec], Awaitable[list[str]]] | None = getattr(
        plugins.load("providers", spec.provider), "offered", None
    )
    return [] if ask is None else await ask(spec)


def probed(spec: ModelSpec) -> bool:
    """Whether the conformance probe can be asked: recorded replies answer no new questions."""
    return bool(getattr(plugins.load("providers", spec.provider), "PROBED", True))


def limits_of(spec: ModelSpec) -> Limits:
    """A model's limits: the timeout by default is meant for servers, not for replies that this machine computes."""
    patient = getattr(plugins.load("providers", spec.provider), "PATIENT", False)
    given = "timeout" in spec.limits.model_fields_set
    return spec.limits.model_copy(update={"timeout": None}) if patient and not given else spec.limits
