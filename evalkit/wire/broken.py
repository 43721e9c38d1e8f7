"""Answers that are no reply and would be the same another time: asked once more, not six times.

What breaks off on its way breaks off elsewhere the next time; what a server writes so it writes so again, and may bill.
Not covered: errors with a status of their own, which say themselves whether to come again.
"""

from __future__ import annotations

from hashlib import sha256

from evalkit.errors import ProviderError
from evalkit.types import Reply, Request
from evalkit.wire.address import Endpoint
from evalkit.wire.completions import kind

MOST_PAGES = 5
"""So many requests in a row that got a page twice, and it is about the address, even where it was good before."""


class Broken:
    """What came of each request of one model that was no reply."""

    def __init__(self, at: Endpoint) -> None:
        self._at = at
        self._last: dict[str, bytes] = {}
        """Request -> hash of what was broken."""
        self._pages: int | None = None
        """Requests since the last reply that got pages alone; None: nothing was ever answered."""

    def answered(self) -> None:
        """A reply came."""
        self._pages = 0

    def text(self, content: bytes, request: Request) -> ProviderError:
        """A text that is no JSON. It is `data` where it begins as a reply does, and the very same came before."""
        again = content.lstrip().startswith(b"{") and self._again(content, request)
        told = f"{self._at.host} sent {kind(content)} instead of a JSON reply{', twice the same' * again}"
        return ProviderError(told, "data" if again else "transient")

    def page(self, request: Request) -> ProviderError:
        """An HTML page with a status that says all is well: something else listens at this address. It is asked once
        more, for a gateway may just be starting. Pages of one address differ in their details."""
        told = f"{self._at.host} sent an HTML page (is base_url right?) instead of a JSON reply"
        if not self._again(b"a page", request):
            return ProviderError(told)
        if self._pages is not None and self._pages + 1 < MOST_PAGES:
            self._pages += 1
            return ProviderError(f"{told}, twice", "data")
        return ProviderError(f"{told}, twice: check base_url {self._at.url}", "fatal")

    def choice(self, outcome: Reply | ProviderError, message: object, request: Request) -> Reply | ProviderError:
        """An error within a choice. After the very same words once more the next answer would end so as well."""
        words = message.get("content") if isinstance(message, dict) else None
        passes = isinstance(outcome, ProviderError) and outcome.fault == "transient" and not outcome.throttled
        if passes and isinstance(words, str) and words and self._again(words.encode("utf-8", "replace"), request):
            return ProviderError(f"{outcome}, twice after the same words", "data")
        return outcome

    def _again(self, content: bytes, request: Request) -> bool:
        """Whether the last of what was broken for this request was the same."""
        seen = sha256(content).digest()
        before, self._last[request.key] = self._last.get(request.key), seen
        return before == seen
