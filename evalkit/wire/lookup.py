"""Looking up the address of a host, in a thread that nobody has to wait for.

asyncio looks names up in threads that it joins at the end: a resolver that does not answer would keep a run for half a
minute after it was told. Not covered: who is asked, and how often; that is the operating system's.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class SilentResolverError(socket.gaierror):
    """Nothing was heard in time: not that the name is unknown, not that it could not be found just now."""


class Lookups:
    """What aiohttp's resolver wants of an event loop. A name that is not found in time, or that no thread can look up,
    fails as one that the operating system could not find just now: socket.gaierror, EAI_AGAIN."""

    def __init__(self, patience: Callable[[], float]) -> None:
        """patience: the seconds that a look-up may take, asked when it begins."""
        self._patience = patience

    async def getaddrinfo(self, host: str, port: int, **how: Any) -> Any:
        return await self._found(lambda: socket.getaddrinfo(host, port, **how))

    async def getnameinfo(self, address: Any, flags: int) -> Any:
        return await self._found(lambda: socket.getnameinfo(address, flags))

    async def _found(self, look: Callable[[], Any]) -> Any:
        loop, seconds = asyncio.get_running_loop(), self._patience()
        found: asyncio.Future[Any] = loop.create_future()

        def told(answer: Any, error: BaseException | None) -> None:
            if found.done():  # nobody waits any more
                return
            if error is None:
                found.set_result(answer)
            else:
                found.set_exception(error)

        def work() -> None:
            answer: Any = None
            failure: BaseException | None = None
            try:
                answer = look()
            except Exception as error:
                failure = error
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(told, answer, failure)

        try:
            threading.Thread(target=work, name="evalkit-lookup", daemon=True).start()
        except RuntimeError as error:  # no more threads: as much bad luck as a resolver that is busy
            raise socket.gaierror(socket.EAI_AGAIN, f"cannot be looked up: {error}") from None
        try:
            async with asyncio.timeout(seconds):
                return await found
        except TimeoutError:
            raise SilentResolverError(socket.EAI_AGAIN, f"the resolver did not answer within {seconds:g} s") from None


def is_unknown(error: BaseException) -> bool:
    """Whether the resolver says that there is no such host: another try would hear the same."""
    return isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
