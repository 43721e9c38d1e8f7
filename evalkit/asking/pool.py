"""The servers of one model: which one a request goes to, and which are left alone because they do not answer.

A request waits until any server has a place for it, and then goes to the least busy. The requests of one problem prefer
the server that had its text before, as long as that is hardly busier than another. A server that fails several times in
a row rests; its requests go to the others, and one request asks now and then whether it is back. Where no server
answers, each is asked as if it were the only one. Not covered: servers that are found only while a run goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evalkit.asking.brake import Brake
from evalkit.asking.rates import Rates
from evalkit.errors import ProviderError
from evalkit.types import Ask, Limits, Request

FAULTS = 8
"""So many attempts in a row that failed, and a server rests: where 30 % fail by bad luck that is rare."""
FIRST_REST, LONGEST_REST = 1.0, 60.0
"""Seconds until it is tried again; doubled each time."""
SLACK = 0.25
"""A server that has read the text may be busier than another by this share of its places."""
MOST_HOMES = 10_000
"""Problems of which it is remembered where they were asked."""


class ElsewhereError(ProviderError):
    """Another server has not failed at this request yet: it is asked there at once, and no attempt is used up."""


class Gate:
    """One set of limits: of one server, or of all where they are shared."""

    def __init__(self, limits: Limits, pause: float) -> None:
        self.brake = Brake(limits.in_flight, pause)
        self.rates = Rates(limits)
        self.taken = 0
        """Places that are held or promised."""

    @property
    def is_free(self) -> bool:
        return self.taken < self.brake.window


@dataclass
class Server:
    """One server, and how it does."""

    name: str
    ask: Ask
    gate: Gate
    taken: int = 0
    answered: int = 0
    faults: int = 0
    """Attempts that failed, those included that it turned away."""
    up: bool = True
    rests: int = 0
    """How often it was left alone."""
    in_a_row: int = 0
    rest: float = FIRST_REST
    until: float = 0.0
    """When it may be tried again, by the clock of the event loop."""
    said: set[str] = field(default_factory=set)

    @property
    def load(self) -> float:
        return self.taken / self.gate.brake.window

    def told(self) -> str:
        """`gpu1:8000: 1020 answered, 3 faults, left alone 2 times, down at the end`"""
        parts = [f"{self.name}: {self.answered} answered"]
        parts += [f"{self.faults} {'fault' if self.faults == 1 else 'faults'}"] if self.faults else []
        parts += [f"left alone {self.rests} {'time' if self.rests == 1 else 'times'}"] if self.rests else []
        return ", ".join(parts + ([] if self.up else ["down at the end"]))

    def as_json(self) -> dict[str, object]:
        names = ("name", "answered", "faults", "rests", "up")
        return {name: getattr(self, name) for name in names}


class Pool:
    """Hands out places at servers. `tell` is told once of each server that it is down, and once that it is back."""

    def __init__(
        self, asks: Mapping[str, Ask], limits: Limits, pause: float, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        shared = Gate(limits, pause)
        self.servers = [
            Server(name, ask, shared if limits.shared else Gate(limits, pause)) for name, ask in asks.items()
        ]
        self.gates = list({id(server.gate): server.gate for server in self.servers}.values())
        self._tell = tell
        self._waiting: dict[asyncio.Future[Server], tuple[str, set[str]]] = {}
        """Requests without a place, what they are about, and who failed at them; first come first."""
        self._homes: dict[str, Server] = {}

    async def enter(self, request: Request, avoid: set[str]) -> Server:
        """Wait for a place, at a server that is not to be avoided where there is one. `leave` gives it back."""
        server = None if self._waiting else self._choose(request.about, avoid)
        if server is None:
            server = await self._wait(request.about, avoid)
        else:
            self._take(server)
        await server.gate.brake.enter()  # at once: a place is promised only where there is one
        return server

    def leave(self, server: Server) -> None:
        server.taken -= 1
        server.gate.taken -= 1
        server.gate.brake.leave()
        self._hand_out()

    def answered(self, server: Server, seconds: float) -> None:
        """An attempt was answered."""
        server.answered += 1
        server.gate.brake.ease(seconds)
        self.alive(server)
        self._hand_out()

    def alive(self, server: Server) -> None:
        """It has said something, and be it that it has too much to do."""
        if not server.up:
            self._say(server, "answers again")
            server.up, server.rest = True, FIRST_REST
        server.in_a_row = 0

    def failed(self, server: Server, rests: int, error: ProviderError, avoid: set[str]) -> ProviderError:
        """What an attempt's fault is to its request. rests: those of the server before the attempt began. avoid: who
        has failed at this request, begun anew when all have."""
        server.faults += 1
        if error.throttled or error.fault in ("data", "again"):
            self.alive(server)
            return error
        if len(self.servers) == 1:
            return error
        if rests == server.rests:  # what began before a rest tells of the same moment as what led to it
            server.in_a_row += 1
            if error.fault == "fatal" or server.in_a_row >= FAULTS or not server.up:
                self._rest(server, error)
        avoid.add(server.name)
        if any(other.up and other.name not in avoid for other in self.servers):
            return ElsewhereError(str(error))
        avoid.clear()
        # Fatal at one is fatal at all only where nobody is left who might answer.
        return ProviderError(str(error)) if error.fault == "fatal" and any(s.up for s in self.servers) else error

    def _rest(self, server: Server, error: ProviderError) -> None:
        loop = asyncio.get_running_loop()
        server.up, server.in_a_row = False, 0
        server.rests += 1
        server.until = loop.time() + server.rest
        loop.call_later(server.rest, self._hand_out)
        server.rest = min(2 * server.rest, LONGEST_REST)
        if any(other.up for other in self.servers):
            self._say(server, f"is down, its requests go to the others and it is tried again later: {error}")

    def _say(self, server: Server, what: str) -> None:
        kind = what.partition(",")[0]
        if kind not in server.said:  # one that comes and goes is counted, not told each time
            server.said.add(kind)
            self._tell(f"{server.name} {what}")

    # ------------------------------------------------------------ places

    def _ready(self) -> list[Server]:
        """Servers that have a place now."""
        if len(self.servers) == 1:
            return self.servers if self.servers[0].gate.is_free else []
        now = asyncio.get_running_loop().time()
        asked = [s for s in self.servers if s.up or (now >= s.until and not s.taken)]
        if not any(s.up for s in self.servers):
            asked = self.servers  # nobody answers: each request finds out for itself, as with a single server
        calm = [s for s in asked if not s.gate.brake.is_paused]
        return [s for s in calm or asked if s.gate.is_free]

    def _choose(self, about: str, avoid: set[str]) -> Server | None:
        ready = [s for s in self._ready() if self._may(s, avoid)]
        if not ready:
            return None
        least = min(ready, key=lambda s: s.load)
        home = self._home(about)
        if home is not None and home in ready and home.load <= least.load + SLACK:
            return home
        if about and home is None and least.up:
            self._settle(about, least)
        return least

    def _home(self, about: str) -> Server | None:
        home = self._homes.get(about)
        return home if home is not None and home.up else None

    def _settle(self, about: str, server: Server) -> None:
        if len(self._homes) >= MOST_HOMES:
            del self._homes[next(iter(self._homes))]
        self._homes[about] = server

    def _take(self, server: Server) -> None:
        server.taken += 1
        server.gate.taken += 1

    def _may(self, server: Server, avoid: set[str]) -> bool:
        """Whether a request may go there: to one that failed at it only where no other answers."""
        return server.name not in avoid or not any(s.up and s.name not in avoid for s in self.servers)

    async def _wait(self, about: str, avoid: set[str]) -> Server:
        place: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
        self._waiting[place] = about, avoid
        try:
            return await place
        except asyncio.CancelledError:
            self._waiting.pop(place, None)
            if place.done() and not place.cancelled():  # promised in the very moment of the wish to stop
                server = place.result()
                server.taken -= 1
                server.gate.taken -= 1
                self._hand_out()
            raise

    def _hand_out(self) -> None:
        """Promise free places to those that wait."""
        while self._waiting:
            for server in sorted(self._ready(), key=lambda s: s.load):
                place = self._next_for(server)
                if place is not None:
                    break
            else:
                return
            about, _ = self._waiting.pop(place)
            if about and server.up and self._home(about) is None:
                self._settle(about, server)
            self._take(server)
            place.set_result(server)

    def _next_for(self, server: Server) -> asyncio.Future[Server] | None:
        """One whose text the server has read, else one whose text none has, else the first: no place stays free."""
        first: asyncio.Future[Server] | None = None
        homeless: asyncio.Future[Server] | None = None
        for place, (about, avoid) in self._waiting.items():
            if place.done() or (avoid and not self._may(server, avoid)):  # done: cancelled
                continue
            home = self._home(about)
            if home is server or len(self.servers) == 1:
                return place
            first = first or place
            homeless = homeless or (place if home is None else None)
        return homeless or first
