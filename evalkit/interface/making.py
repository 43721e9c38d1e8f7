"""Scorers and providers written in a notebook or a script, used at once under a name.

They are known in this process only. To keep one, write it to `scorers/<name>.py` or `providers/<name>.py` of the
project: there it also runs in worker processes that can be killed.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.types import ModelSpec, Provider, Reply, Request, Scorer

S = TypeVar("S", bound=type[Scorer])
T = TypeVar("T")
Ask = Callable[[Request], Awaitable[Reply | str] | Reply | str]
AnyScorer = str | type[Scorer] | Scorer


def scorer(name: str) -> Callable[[S], S]:
    """Class decorator: problems may name this scorer from now on, `[score.<name>]`, and tables know its metrics.

    Raises SpecError for a class that is no `evalkit.Scorer`, and for a name that stands elsewhere already.
    """

    def named(cls: S) -> S:
        _know(name, cls)
        return cls

    return named


def provider(name: str) -> Callable[[T], T]:
    """Decorator: models may be called `<name>:<anything>` from now on.

    What it decorates is a function that answers a `Request` with a `Reply` or a text, `async` or not (that one runs in
    threads), or an object with `async def connect(spec)`, for a provider that opens and closes something. It raises
    `ProviderError` for failures; what else it raises is recorded as the failure of that request. No conformance probe.
    """

    def named(thing: T) -> T:
        connect = getattr(thing, "connect", None)
        if connect is None and not callable(thing):
            raise SpecError(
                f"provider {name!r}: a function that answers a Request is expected, or an object with connect"
            )
        plugins.make("providers", name, connect or _connecting(thing), inspect.getdoc(thing) or "")  # type: ignore[arg-type]
        known = plugins.load("providers", name).__dict__
        for optional in ("check", "destination", "PATIENT", "ATTACHMENTS"):
            if hasattr(thing, optional):
                known[optional] = getattr(thing, optional)
        known["PROBED"] = getattr(thing, "PROBED", False)
        return thing

    return named


def told_scorers(
    given: Sequence[AnyScorer] | Mapping[str, AnyScorer] | None,
) -> tuple[list[str] | None, dict[str, dict[str, Any]], list[str]]:
    """(names of all, name -> fields of those that were handed over, notes for the user). Raises SpecError."""
    if given is None:
        return None, {}, []
    if isinstance(given, str):
        raise SpecError(f"scorers={given!r}: give a list, such as [{given!r}]")
    named = dict(given) if isinstance(given, Mapping) else {_name_of(s): s for s in given}
    fields: dict[str, dict[str, Any]] = {}
    notes = []
    for name, one in named.items():
        if isinstance(one, str):
            plugins.load("scorers", one)
            continue
        cls = one if isinstance(one, type) else type(one)
        if cls.__module__ != f"evalkit.scorers.{name}" and plugins.named_by_package("scorers", cls) != name:
            _know(name, cls)
        fields[name] = {} if isinstance(one, type) else one.model_dump(mode="json", exclude_defaults=True)
        if not plugins.travels("scorers", name):
            notes.append(
                f"scorer {name!r} runs in this process, where its time is counted but it cannot be killed; in the file "
                f"scorers/{name}.py it would run in workers"
            )
    return list(named), fields, notes


def _name_of(one: AnyScorer) -> str:
    if isinstance(one, str):
        return one
    cls = one if isinstance(one, type) else type(one)
    if cls.__module__.startswith("evalkit.scorers."):
        return cls.__module__.rpartition(".")[2]
    made = plugins.made_as("scorers", cls) or plugins.named_by_package("scorers", cls)
    return made or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower().removesuffix("_scorer")


def _know(name: str, cls: Any) -> None:
    if not (isinstance(cls, type) and issubclass(cls, Scorer)):
        raise SpecError(f"scorer {name!r}: {cls!r} is no class derived from evalkit.Scorer")
    if not getattr(cls, "metrics", None):
        raise SpecError(
            f"scorer {name!r}: declares no `metrics`, such as metrics = {{'correct': evalkit.Metric('...')}}"
        )
    plugins.make("scorers", name, cls, inspect.getdoc(cls) or "")


class _Asking:
    """A function as a provider."""

    def __init__(self, function: Ask) -> None:
        self._function = function
        self._async = inspect.iscoroutinefunction(function)

    async def ask(self, request: Request) -> Reply:
        said: Any = self._function(request) if self._async else await asyncio.to_thread(self._function, request)
        if inspect.isawaitable(said):
            said = await said
        if isinstance(said, str):
            return Reply(said)
        if not isinstance(said, Reply):
            raise TypeError(f"the provider returned {type(said).__name__}, not a Reply or a text")
        return said

    async def close(self) -> None:
        """Nothing is open."""


def _connecting(function: Ask) -> Callable[[ModelSpec], Awaitable[Provider]]:
    async def connect(spec: ModelSpec) -> Provider:
        return _Asking(function)

    return connect
