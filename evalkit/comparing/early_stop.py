"""Looking at a run while it goes on: `[stop]` ends the asking when one contrast is decided.

After every so many blocks the pairs of the contrast are counted: gains, where the arm is higher, and losses. Their
e-value may be looked at as often as one likes (stats/sequential.py). Blocks hold all arms of a problem and sample, so
the stop leaves balanced pairs. Not covered: problems like these with several samples a problem, and models one by one
(all models of the run are counted together).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from evalkit.comparing.frame import UNIT, frame
from evalkit.errors import SpecError
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs.experiment import EarlyStop
from evalkit.specs.plan import Plan
from evalkit.specs.toml import suggestion

KEY = "stopped_early"


@dataclass(frozen=True)
class Look:
    """The state of the contrast at one look."""

    gains: int
    losses: int
    evidence: float

    def decided(self, stop: EarlyStop) -> bool:
        """Whether the evidence reaches the threshold."""
        return self.evidence >= stop.e_value


def check(plan: Plan) -> None:
    """Raises SpecError where no problem of the experiment has the metric of `[stop]`."""
    stop = plan.experiment.stop
    if stop is None:
        return
    known = sorted({f"{n}.{m}" for p in plan.problems.values() for n, s in p.scorers.items() for m in s.metrics})
    if stop.metric not in known:
        raise SpecError(f"stop.metric: no problem is scored for {stop.metric!r}{suggestion(stop.metric, known)}")


def look(store: Store, stop: EarlyStop) -> Look:
    """Count the judged pairs of the contrast in the run file."""
    from evalkit.stats.sequential import e_value  # scipy comes with it

    scores = frame(store, metrics=[stop.metric])
    arm, base = (scores[scores["template"] == name].set_index(UNIT)["value"] for name in stop.contrast)
    difference = (arm - base).dropna()
    gains, losses = int((difference > 0).sum()), int((difference < 0).sum())
    return Look(gains, losses, e_value(gains, losses))


def note(store: Store, found: Look, blocks: int) -> None:
    """Remember in the run file that asking ended at this look."""
    store.set_meta(KEY, json.dumps({"blocks": blocks, "gains": found.gains, "losses": found.losses}, sort_keys=True))


def stopped(store: Store | Runs) -> bool:
    """Whether asking ended at a look."""
    return store.meta(KEY) is not None
