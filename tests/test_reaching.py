"""Whether anybody is there: look-ups and connections that fail before anything was heard, and after. Real sockets."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from evalkit.errors import ProviderError
from evalkit.types import Limits, ModelSpec, Provider
from evalkit.wire import reaching
from evalkit.wire.lookup import Lookups, SilentResolverError
from evalkit.wire.reaching import Reach
from tests.openai_help import ask_for, connected
from tests.server import ModelServer

BUSY, UNKNOWN = socket.EAI_AGAIN, socket.EAI_NONAME
Look = tuple[float, int | None]
"""What the resolver does at one look: how long it takes, what it says (None: it finds the host)."""


class Resolver:
    """In place of the operating system's, for hosts that are called models.*; the last look is repeated."""

    def __init__(self, looks: list[Look]) -> None:
        self.looks, self.looked, self.over = looks, 0, threading.Event()
        self.real = socket.getaddrinfo

    def __call__(self, host: str, *more: Any, **how: Any) -> Any:
        if not host.startswith("models."):
            return self.real(host, *more, **how)
        takes, says = self.looks[min(self.looked, len(self.looks) - 1)]
        self.looked += 1
        self.over.wait(takes)
        if says is not None:
            raise socket.gaierror(says, "the resolver said so")
        return self.real("127.0.0.1", *more, **how)


@pytest.fixture
def resolver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolver]:
    made = Resolver(request.param)
    monkeypatch.setattr(socket, "getaddrinfo", made)
    yield made
    made.over.set()


async def asked(provider: Provider, spec: ModelSpec) -> tuple[str, str]:
    """(fault, words) of one attempt; empty where it was answered."""
    try:
        await provider.ask(ask_for(spec))
    except ProviderError as error:
        return error.fault, str(error)
    return "", ""


LOOKUPS: list[tuple[str, list[Look], dict[str, float], list[str], str, int]] = [
    # limits; the faults of attempts one after the other, words of the last, how often was looked
    ("unknown", [(0, UNKNOWN)], {}, ["fatal", "fatal"], "there is no such host: is base_url", 1),
    ("slow and unknown", [(1.1, UNKNOWN)], {}, ["fatal"], "there is no such host: is base_url", 1),
    ("busy", [(0, BUSY)], {}, ["transient", "transient"], "the resolver said so", 2),
    ("slow and busy once", [(1.1, BUSY), (0, None)], {}, ["transient", ""], "", 2),
    ("slow and busy twice", [(1.1, BUSY)], {}, ["transient", "fatal", "fatal"], "is the server running, and", 2),
    ("slow and found", [(0.3, None)], {}, ["", ""], "", 1),
    ("silent", [(30, None)], {}, ["fatal", "fatal"], "did not answer within 0.5 s", 1),
    ("silent, less patience", [(30, None)], {"connect_timeout": 0.2}, ["fatal"], "did not answer within 0.2 s", 1),
    ("slow, more patience", [(1, None)], {"connect_timeout": 15}, ["", ""], "", 1),
]


@pytest.mark.parametrize(
    ("resolver", "limits", "faults", "words", "looked"),
    [row[1:] for row in LOOKUPS],
    ids=[row[0] for row in LOOKUPS],
    indirect=["resolver"],
)
async def test_a_host_that_is_not_found_is_told_soon_and_looked_up_once(
    resolver: Resolver,
    limits: dict[str, float],
    faults: list[str],
    words: str,
    looked: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reaching, "FIRST_LOOK", 0.5 if faults[0] == "fatal" and "0.5" in words else 4.5)
    start = time.monotonic()
    async with ModelServer() as server:
        url = server.url.replace("127.0.0.1", "models.localhost")
        spec = ModelSpec(id="openai:small-1", base_url=url, api_key_env="", limits=Limits.model_validate(limits))
        async with connected(spec) as provider:
            found = [await asked(provider, spec) for _ in faults]
    assert [fault for fault, _ in found] == faults
    assert words in found[-1][1]
    assert resolver.looked == looked
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("resolver", [[(1.1, BUSY), (0, None)]], ids=["slow and busy once"], indirect=True)
async def test_many_attempts_at_once_are_one_look(resolver: Resolver) -> None:
    async with ModelServer() as server:
        url = server.url.replace("127.0.0.1", "models.localhost")
        spec = ModelSpec(id="openai:small-1", base_url=url, api_key_env="")
        async with connected(spec) as provider:
            first = await asyncio.gather(*(asked(provider, spec) for _ in range(8)))
            second = await asyncio.gather(*(asked(provider, spec) for _ in range(8)))
    assert ({fault for fault, _ in first}, {fault for fault, _ in second}) == ({"transient"}, {""})
    assert resolver.looked == 2


@pytest.mark.parametrize("resolver", [[(0, UNKNOWN)]], ids=["unknown"], indirect=True)
async def test_a_proxy_that_is_not_found_is_blamed_itself(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:secret-word@models.proxy.invalid:3128")
    spec = ModelSpec(id="openai:small-1", base_url="https://asked.example/v1", api_key_env="")
    async with connected(spec) as provider:
        fault, words = await asked(provider, spec)
    assert fault == "fatal"
    assert "proxy models.proxy.invalid:3128: is it right?" in words
    assert "base_url" not in words
    assert "secret-word" not in words
    assert resolver.looked == 1


async def test_who_answered_before_is_there_whatever_was_said() -> None:
    """A server that comes up: refused, 503 while it loads, refused again by whatever watches over it."""
    async with ModelServer() as server:
        port = int(server.url.rpartition(":")[2].partition("/")[0])
        spec = ModelSpec(id="openai:small-1", base_url=server.url)
    found = []
    async with connected(spec) as provider:
        found.append(await asked(provider, spec))
        loading = ModelServer(faults=["503"])
        await loading.start(port)
        found.append(await asked(provider, spec))
        await loading.stop()
        await asyncio.sleep(1.1)
        found.append(await asked(provider, spec))
    assert [fault for fault, _ in found] == ["transient"] * 3


REFUSED, SILENT = ConnectionRefusedError(), SilentResolverError(BUSY, "no answer")
HEARD = "heard"
REACHED: list[tuple[str, list[tuple[Any, float, float]], bool]] = [
    # what failed, when its attempt began, when it was told; whether the last one says that nobody is there
    ("refused once, slowly", [(REFUSED, 0, 9)], False),
    ("twice within a second", [(REFUSED, 0, 0.1), (REFUSED, 0.4, 0.5)], False),
    ("twice", [(REFUSED, 0, 0.1), (REFUSED, 1.2, 1.3)], True),
    ("two that began together", [(REFUSED, 0, 3), (REFUSED, 0.1, 3.1)], False),
    ("silence once", [(SILENT, 0, 4.5)], True),
    ("after something was heard", [(HEARD, 0, 0), (SILENT, 5, 20), (REFUSED, 30, 31), (REFUSED, 60, 61)], False),
]


@pytest.mark.parametrize(("news", "over"), [row[1:] for row in REACHED], ids=[row[0] for row in REACHED])
def test_what_says_that_nobody_is_there(news: list[tuple[Any, float, float]], over: bool) -> None:
    reach = Reach("http://h/v1", None, Limits())
    said: str | None = None
    for what, began, now in news:
        if what is HEARD:
            reach.heard()
        else:
            said = reach.failed(what, "told", began, now)
    assert (said is not None) == over
    last = news[-1][2]
    assert reach.nobody(last) == said
    assert reach.nobody(last + reaching.UNREACHABLE_FOR) is None


async def test_where_no_thread_can_be_begun_the_look_is_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(socket.gaierror, match="can't start new thread") as caught:
        await Lookups(lambda: 1.0).getaddrinfo("models.localhost", 80)
    assert caught.value.errno == BUSY
