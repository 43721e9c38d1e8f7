"""`compare --fail-if 'ARM METRIC < NUMBER'`: a demand on the means of an arm, for machines that watch a prompt.

The mean is that of the table: over the replies compared, problems weighted alike, for each model and all models
together; one that breaks the demand is enough. Not covered: chance. A mean just below the number may be luck, so choose
a number well below what is wanted.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evalkit.comparing.comparison import Comparison
from evalkit.errors import SpecError
from evalkit.specs.toml import suggestion

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_DEMAND = re.compile(r"\s*(\S+)\s+(\S+?)\s*(<=|>=|<|>)\s*(\S+)\s*")


@dataclass(frozen=True)
class Demand:
    """Fail where the mean of `arm` on `metric` is so."""

    arm: str
    metric: str
    sign: str
    number: float


def demand_of(text: str) -> Demand:
    """`ban_approach approach.level < 1.5`. Raises SpecError where it is written in another way."""
    found = _DEMAND.fullmatch(text)
    try:
        number = float(found[4]) if found else float("nan")
    except ValueError:
        number = float("nan")
    if found is None or number != number:
        raise SpecError(f"--fail-if {text!r}: write it as 'ARM METRIC < NUMBER', such as 'plain SCORER.METRIC < 0.8'")
    return Demand(found[1], found[2], found[3], number)


def broken(demands: Sequence[Demand], found: Sequence[Comparison]) -> list[str]:
    """What fails, in words. Raises SpecError for a demand on an arm or metric without a mean: that is no pass."""
    told = []
    for demand in demands:
        means = _means(demand, found)
        for (model, turn), mean in sorted(means.items()):
            if _OPERATORS[demand.sign](mean, demand.number):
                where = model if turn == "scored" else f"{model}, turn {turn}"
                told.append(f"{demand.arm} {demand.metric} {demand.sign} {demand.number:g}: {mean:.4g} ({where})")
    return told


def _means(demand: Demand, found: Sequence[Comparison]) -> dict[tuple[str, str], float]:
    rows = [c for c in found if c.kind == "contrast"]
    arms = sorted({a for c in rows for a in (c.arm, c.baseline)})
    metrics = sorted({c.metric for c in rows})
    for what, name, known in (("arm", demand.arm, arms), ("metric", demand.metric, metrics)):
        if name not in known:
            raise SpecError(f"--fail-if: nothing is compared for {what} {name!r}{suggestion(name, known)}")
    means: dict[tuple[str, str], float] = {}
    for c in rows:
        if c.metric != demand.metric or demand.arm not in (c.arm, c.baseline):
            continue
        mean = c.mean_arm if c.arm == demand.arm else c.mean_baseline
        if mean is not None:
            means.setdefault((c.model, c.turn), mean)
    if not means:
        raise SpecError(f"--fail-if: no reply of {demand.arm} could be judged for {demand.metric}")
    return means
