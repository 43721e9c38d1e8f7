"""The models of an experiment, connected and limited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.types import Ask, Limits, ModelSpec, Provider

if TYPE_CHECKING:
    from evalkit.cluster.copies import Copies
    from evalkit.cluster.joining import Cluster


@asynccontextmanager
async def connected(spec: ModelSpec) -> AsyncIterator[Provider]:
    """The provider of a model that has one address, closed at the end."""
    connect: Callable[[ModelSpec], AsyncIterator[Provider]] = plugins.load("providers", spec.provider).connect
    provider: Provider = await connect(spec)  # type: ignore[misc]
    try:
        yield provider
    finally:
        await provider.close()


class Connected:
    """All servers of a model: one where it has one address."""

    def __init__(self, spec: ModelSpec, providers: list[Provider]) -> None:
        self.limits = limits_of(spec)
        self.specs = spec.servers
        self.providers = providers

    @property
    def asks(self) -> dict[str, Ask]:
        """By the name of the server, as a limiter takes them."""
        return {named(spec): provider.ask for spec, provider in zip(self.specs, self.providers, strict=True)}

    @property
    def instead(self) -> dict[str, str | None]:
        """What any server has learned to send in place of a refused parameter."""
        return {name: other for p in self.providers for name, other in getattr(p, "instead", {}).items()}

    def learn(self, instead: dict[str, str | None]) -> None:
        for provider in self.providers:
            known: dict[str, str | None] = getattr(provider, "instead", {})
            known.update(instead)

    async def leave(self) -> None:
        """Nothing more is asked in this run: what others may wait for is given back."""

    @property
    def notes(self) -> list[str]:
        return list(dict.fromkeys(note for p in self.providers for note in getattr(p, "notes", ())))


class OnNodes(Connected):
    """All copies of a model on a cluster; to whoever asks they are one server, with the places of all."""

    def __init__(self, spec: ModelSpec, copies: Copies) -> None:
        super().__init__(spec, [copies])
        self.copies = copies
        self.limits = self.limits.model_copy(update={"in_flight": copies.places})

    async def leave(self) -> None:
        """Where one model fills the cluster, the next one waits for its room."""
        await self.copies.close()


@asynccontextmanager
async def all_connected(spec: ModelSpec, cluster: Cluster | None = None) -> AsyncIterator[Connected]:
    """The provider of every server of a model, or its copies on a cluster where it can be there; closed at the end."""
    async with AsyncExitStack() as stack:
        needs = None if cluster is None else on_nodes(spec)
        if cluster is not None and needs is not None:
            from evalkit.cluster.copies import copies_of  # few runs have a cluster

            needed = needs(spec, cluster.has_gpus)
            yield OnNodes(spec, await stack.enter_async_context(copies_of(spec, cluster, needed)))
            return
        yield Connected(spec, [await stack.enter_async_context(connected(one)) for one in spec.servers])


def named(spec: ModelSpec) -> str:
    """A server among those of its model: host and port, and the path where it is not the usual one."""
    parts = urlsplit(spec.base_url or "")
    path = parts.path.rstrip("/")
    return parts.netloc + ("" if path == "/v1" else path or "/" * bool(parts.netloc))


def check(spec: ModelSpec) -> None:
    """Raises SpecError for a model that cannot be connected; sends and stores nothing."""
    found = plugins.load("providers", spec.provider)
    checked: Callable[[ModelSpec], None] | None = getattr(found, "check", None)
    if spec.base_urls is not None and not getattr(found, "PROBED", True):
        raise SpecError(f"{spec.id}: base_urls: recorded replies have no server; leave it out")
    faults: list[str] = []
    for place, one in enumerate(spec.servers if checked is not None else (), 1):
        try:
            checked(one)  # type: ignore[misc]
        except SpecError as error:
            key = ": base_url:" if spec.base_urls is None else f": base_urls[{place}]:"
            told = [fault.replace(": base_url:", key) for fault in error.problems]
            faults += [fault for fault in told if fault not in faults]
    if faults:
        raise SpecError(*faults)


def destinations(spec: ModelSpec) -> list[tuple[str, str]]:
    """(address, environment variable) wherever a key is sent. Raises SpecError for a bad address."""
    found: Callable[[ModelSpec], tuple[str, str] | None] | None = getattr(
        plugins.load("providers", spec.provider), "destination", None
    )
    return [place for one in spec.servers if found is not None and (place := found(one)) is not None]


async def offered(spec: ModelSpec) -> list[str]:
    """The models that the endpoint says it has, none where it does not say or is no endpoint."""
    ask: Callable[[ModelSpec], Awaitable[list[str]]] | None = getattr(
        plugins.load("providers", spec.provider), "offered", None
    )
    return [] if ask is None else await ask(spec)


def probed(spec: ModelSpec) -> bool:
    """Whether the conformance probe can be asked: recorded replies answer no new questions."""
    return bool(getattr(plugins.load("providers", spec.provider), "PROBED", True))


def batches(spec: ModelSpec) -> Any:
    """Where batches of this model are left. Raises SpecError for a provider that has none, in one sentence."""
    made: Callable[[ModelSpec], Any] | None = getattr(plugins.load("providers", spec.provider), "batches", None)
    if made is None:
        raise SpecError(f"{spec.id}: --batch: the provider {spec.provider!r} has no batches; openai: has")
    if spec.base_urls is not None:
        raise SpecError(f"{spec.id}: --batch: a batch is left at one address; give base_url in place of base_urls")
    return made(spec)


def on_nodes(spec: ModelSpec) -> Callable[[ModelSpec, bool], tuple[float, float]] | None:
    """What a copy of the model takes of a cluster; None for a model that is asked from this machine alone."""
    found: Callable[[ModelSpec, bool], tuple[float, float]] | None = getattr(
        plugins.load("providers", spec.provider), "on_nodes", None
    )
    return found


async def described(provider: Provider) -> dict[str, str]:
    """What a server says of its model, none where it does not."""
    ask: Callable[[], Awaitable[dict[str, str]]] | None = getattr(provider, "described", None)
    return {} if ask is None else await ask()


def limits_of(spec: ModelSpec) -> Limits:
    """A model's limits: the timeout by default is meant for servers, not for replies that this machine computes."""
    patient = getattr(plugins.load("providers", spec.provider), "PATIENT", False)
    given = "timeout" in spec.limits.model_fields_set
    return spec.limits.model_copy(update={"timeout": None}) if patient and not given else spec.limits
