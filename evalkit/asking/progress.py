"""How far a run is, and the wish to stop it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from evalkit.asking.causes import Causes
from evalkit.asking.limits import Limited
from evalkit.asking.pool import Server
from evalkit.errors import counted

if TYPE_CHECKING:
    from evalkit.cluster.copies import Copies, Node


@dataclass
class Progress:
    """Where a run stands. Counts are trials where nothing else is said."""

    total: int = 0
    done: int = 0
    kept: int = 0
    """Done already, in an earlier run."""
    left_failed: int = 0
    """Of these: failed, and not asked again because nobody wants it."""
    failed: int = 0
    in_flight: int = 0
    """Requests under way."""
    asked: int = 0
    """Requests answered by the model in this run."""
    sent: int | None = None
    """How often requests were sent for these, once the run has ended: those that were turned away count. None where
    nobody counted it: in batches."""
    from_file: int = 0
    """Requests answered by the run file."""
    cut_off: int = 0
    """Of the requests answered in this run: replies that a limit of tokens cut off."""
    short_prompts: int = 0
    """Of these: prompts of which the server counted fewer tokens than they can have."""
    meters: list[Limited] = field(default_factory=list)
    clusters: list[Copies] = field(default_factory=list)
    """Models that are on the nodes of a cluster."""
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    tell: Callable[[str], None] = lambda _: None
    """Is told what a user should know before the run begins."""
    probe: bool = False
    """Whether models are probed; `tell` is told what the conformance probe warns of."""
    probing: int = 0
    """Servers that are being probed just now."""
    probes: int = 0
    """Requests that probes sent."""
    probe_cost: float = 0.0
    stopped: str | None = None
    """Why the run ended before all was asked."""
    over_budget: bool = False
    """Whether the budget was the reason."""
    notes: list[str] = field(default_factory=list)
    """What a user should know afterwards, too: a parameter that a model refused, say."""
    batches: list[str] = field(default_factory=list)
    """Batches under way, a line for each."""
    submitted: int = 0
    """Batches that this run has left at a server."""
    in_batches: int = 0
    """Requests that lie in batches under way."""
    scored: int = 0
    """Transcripts that were looked at while scoring."""
    failures: Causes = field(default_factory=Causes)
    """How often each kind of error occurred."""

    @property
    def retries(self) -> int:
        """Attempts after the first one, of all requests."""
        return sum(meter.retries for meter in self.meters)

    @property
    def servers(self) -> list[Server]:
        """Of models that have several."""
        return [server for meter in self.meters if len(meter.servers) > 1 for server in meter.servers]

    @property
    def nodes(self) -> list[Node]:
        """Of the cluster, what each has done so far, for all models together."""
        if not self.clusters:
            return []
        from evalkit.cluster.copies import Node  # few runs have a cluster

        found: dict[str, Node] = {}
        for one in (node for copies in self.clusters for node in copies.nodes.values()):
            sums = found.setdefault(one.name, Node(one.name))
            sums.copies, sums.answered, sums.lost = (
                sums.copies + one.copies, sums.answered + one.answered, sums.lost + one.lost
            )  # fmt: skip
        return sorted(found.values(), key=lambda node: node.name)

    def as_json(self) -> dict[str, object]:
        own = ("meters", "clusters", "probe", "probing", "tell", "scored")
        fields = {n: getattr(self, n) for n in self.__dataclass_fields__ if n not in own}
        servers = {"servers": [server.as_json() for server in self.servers]} if self.servers else {}
        nodes = {"nodes": [asdict(node) for node in self.nodes]} if self.clusters else {}
        return {**fields, "retries": self.retries, **servers, **nodes}

    def note_failure(self, error: str) -> None:
        self.failed += 1
        self.failures.add(error)


RECENT = 20.0
"""Seconds, or a quarter of the time so far, over which the pace is taken: a burst or a pause moves it little."""


MOST_GAPS = 3.0
"""After so many times the usual time between two trials without one, it is not known when the next will be done."""


class Pace:
    """Trials a second, of late: the mean of what was seen, the older the less it counts."""

    def __init__(self) -> None:
        self._at = self._sum = self._weight = self._last = self._told = 0.0
        self._done = 0

    def seen(self, done: int, seconds: float) -> float | None:
        """The pace when so many are done so many seconds after the start; None where it is too early to tell, and where
        nothing was done for so long that a time left would only rise."""
        passed = seconds - self._at
        self._last = seconds if done > self._done else self._last
        gaps = MOST_GAPS * self._last / done if done else 0.0
        if passed >= 0.5:
            share = 1 - math.exp(-passed / max(RECENT, seconds / 4, gaps))
            self._sum += share * ((done - self._done) / passed - self._sum)
            self._weight += share * (1 - self._weight)
            self._at, self._done = seconds, done
        if self._sum <= 0 or seconds - self._last > max(RECENT, gaps):
            return None
        # While nothing is done the pace only falls, and the time left would rise: what was told last stands.
        if seconds == self._last or not self._told:
            self._told = self._sum / self._weight
        return self._told


def short_told(prompts: int) -> str:
    """For users, of so many prompts."""
    return (
        f"the server counted far fewer tokens than {counted(prompts, 'prompt')} can have: it seems to have read only a "
        "part of them (raise its context length)"
    )
