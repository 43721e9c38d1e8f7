"""Whether anybody is there at all: what a connection that could not be made says of the address it was made to.

Not covered: an address that swallows every packet. Each attempt at it ends after `connect_timeout` and is tried again.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from evalkit.types import Limits
from evalkit.wire.lookup import SilentResolverError, is_unknown

UNREACHABLE_AFTER = 1.0
"""Seconds of refused connections or failed look-ups, none ever made, after which nobody is there."""
UNREACHABLE_FOR = 5.0
"""So long nobody looks again: the requests of a probe and of its run are not to wait for the same news."""
FIRST_LOOK = 4.5
"""Seconds that a resolver has before anything was heard: a run that cannot begin says so within five."""


class Reach:
    """What is known of one address. Once anything came back from there a connection that fails is bad luck, else news
    of the address: a host that does not exist, or a second failure, begun after the first was told, is the end."""

    def __init__(self, url: str, proxy: str | None, limits: Limits) -> None:
        self._url, self._proxy = url, proxy
        self._patience = limits.connect_timeout
        first = self._patience if "connect_timeout" in limits.model_fields_set else FIRST_LOOK
        self._first_look = min(first, self._patience)
        self._heard = False
        self._failed: tuple[float, float] | None = None
        """When the first attempt that failed began, and when it was told."""
        self._nobody: tuple[float, str] | None = None
        """When nobody was there, and in which words."""

    @property
    def look(self) -> float:
        """Seconds that a look-up may take now."""
        return self._patience if self._heard else self._first_look

    def heard(self) -> None:
        """Somebody is there, whatever was said."""
        self._heard, self._failed, self._nobody = True, None, None

    def nobody(self, now: float) -> str | None:
        """What was found a moment ago: that there is nobody."""
        return self._nobody[1] if self._nobody is not None and now - self._nobody[0] < UNREACHABLE_FOR else None

    def failed(self, error: BaseException, told: str, began: float, now: float) -> str | None:
        """No connection was made by an attempt that began then; error: the innermost one, told: it in words.

        Returns what to say where nobody is there; None where another attempt may tell more.
        """
        if self._heard:
            return None
        silent = isinstance(error, SilentResolverError)
        first = self._failed = self._failed or (began, now)
        # Several attempts that began together bring the same news: one look-up is made for all of them.
        again = began >= first[1] and now - first[0] >= UNREACHABLE_AFTER
        if not (silent or again or is_unknown(error)):
            return None
        self._nobody = now, f"{told} ({self._remedy(error)})"
        return self._nobody[1]

    def _remedy(self, error: BaseException) -> str:
        """Through a proxy it is the proxy that no connection could be made to: it looks for the server itself."""
        if self._proxy is not None:
            at = urlsplit(self._proxy).netloc.rpartition("@")[2]  # without user and password
            named = f"the environment names the proxy {at}"
            return f"{named}: is it right? NO_PROXY names hosts that are asked without it"
        if is_unknown(error):
            return f"there is no such host: is base_url {self._url} right?"
        if isinstance(error, SilentResolverError):
            return f"is the network up, and base_url {self._url} right? limits.connect_timeout gives it more time"
        return f"is the server running, and base_url {self._url} right?"
