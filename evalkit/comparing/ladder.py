"""Ladders: arms of several later turns, such as hints that say more and more, or one hint that is repeated.

For each arm with two later turns or more, in the use level of the staff's approach:
trend     the slope over the turns of a conversation, in levels a turn, against none
turn n    the change since the first turn, less the placebo's where there is one (of fewer turns: its last); the lowest
          turn that steers is the first one whose change is told from chance, adjusted over all turns
hazard    of the conversations that had not used the approach before, the share that does in turn n; and of all such
          turns together, the hazard of one repeat

Not covered: which words of a hint do it, and what a conversation that stopped early would have done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evalkit.comparing.changes import FIRST, PLACEBO, moves
from evalkit.comparing.comparison import Comparison, Design, Pairs
from evalkit.comparing.contrasts import adjusted, compare, numbered
from evalkit.comparing.estimates import estimates
from evalkit.comparing.frame import UNIT, frame
from evalkit.comparing.index import USED
from evalkit.comparing.scores import Scores
from evalkit.judging.metrics import metric_for
from evalkit.runfile.runs import Runs
from evalkit.specs import problems

if TYPE_CHECKING:
    import pandas as pd

NO_TREND = "no trend"
RUNGS = 3
"""Assistant turns from which on an arm is a ladder."""


@dataclass(frozen=True)
class Hazard:
    """Adoptions of `at_risk` conversations that had not used the approach before. turn 0: all later turns together.

    `low`, `high`: 95 %, for problems like these; None below four problems (clusters) at risk.
    """

    model: str
    arm: str
    turn: int
    adopted: int
    at_risk: int
    unjudged: int
    value: float
    low: float | None
    high: float | None
    error: float | None
    df: int
    units: int
    method: str = "Wilson's limits with the effective number of outcomes over problems (clusters)"


@dataclass(frozen=True)
class Ladder:
    """One arm in one model."""

    model: str
    arm: str
    names: Mapping[int, str]
    """What the turn before said, where it is a hint of the problem: turn -> its level."""
    trend: Comparison | None
    turns: tuple[Comparison, ...]
    hazards: tuple[Hazard, ...]

    @property
    def lowest(self) -> int | None:
        """The first turn whose change upwards is told from chance."""
        told = (turn_of(c) for c in self.turns if _steers(c))
        return min(told, default=None)


def turn_of(c: Comparison) -> int:
    return int(c.arm.rpartition(" ")[2])


def _steers(c: Comparison) -> bool:
    return any(r.verdict.is_difference and (r.difference or 0) > 0 for r in (c.these, c.like))


def ladders(store: Runs, arms: Sequence[str], design: Design) -> list[Ladder]:
    """Empty where no arm has three assistant turns, or where no approach is declared. design: clusters and seed."""
    long = {t.template for _, t, o in store.trials() if o.answers >= RUNGS}
    chosen = [arm for arm in arms if arm in long]
    if not chosen:
        return []
    metric = metric_for("use level")
    scores = frame(store, "all", [metric])
    names = dict.fromkeys(("template", "model", "problem", "metric", "reason"), "str")
    scores = scores.astype(names)
    if scores["value"].isna().all():
        return []
    plain = Design([], clusters=design.clusters, seed=design.seed, simultaneous=design.simultaneous)
    turns = _turns(scores, chosen, replace(plain, failed=design.failed))
    trends = _trends(scores, chosen, plain)
    found = []
    for model in sorted(scores["model"].unique()):
        for arm in chosen:
            mine = scores[(scores["model"] == model) & (scores["template"] == arm)]
            hazards = _hazards(model, arm, mine, design.clusters)
            changed = tuple(c for c in turns if c.model == model and c.arm.startswith(f"{arm}, turn "))
            trend = next((c for c in trends if (c.model, c.arm) == (model, arm)), None)
            if hazards or changed:
                found.append(Ladder(str(model), arm, _names(store, arm), trend, changed, tuple(hazards)))
    return found


def _turns(scores: pd.DataFrame, arms: Sequence[str], design: Design) -> list[Comparison]:
    """Every later turn of every arm against its first one, less the placebo's change; one family a model."""
    import pandas as pd

    first = scores[scores["turn"] == 1]
    placebo = scores[(scores["template"] == PLACEBO) & ((scores["turn"] > 1) | scores["value"].isna())]
    placebo = placebo if (placebo["turn"] > 1).any() else placebo[:0]
    parts, contrasts = [], []
    for arm in arms:
        if arm == PLACEBO and not placebo.empty:
            continue  # a placebo of several turns is what the others are set against, and says nothing of itself
        mine = scores[scores["template"] == arm]
        for turn in range(2, int(mine["turn"].max()) + 1):
            last = _until(mine, turn)
            moved = moves(first, last[(last["turn"] == turn) | last["value"].isna()])  # NaN before: it broke off
            name = f"{arm}, turn {turn}"
            parts.append(moved.assign(template=name))
            base = f"{FIRST} of {arm}, turn {turn}" if placebo.empty else f"{PLACEBO}, turn {turn}"
            contrasts.append((name, base))
            if placebo.empty:
                # No change at all, of texts that are nobody's: the pairs share the first answer and nothing else.
                parts.append(moved.assign(template=base, value=0.0, reason="", text=-2 - moved.index.to_numpy()))
    for turn in sorted({turn_of(_named(name)) for name, _ in contrasts}) if not placebo.empty else ():
        parts.append(moves(first, _until(placebo, turn)).assign(template=f"{PLACEBO}, turn {turn}"))
    if not contrasts:
        return []
    names = sorted({name for pair in contrasts for name in pair})
    lost = [replace(t, template=n) for t in design.failed for n in names if n.startswith(f"{t.template}, turn ")]
    wanted = replace(design, contrasts=contrasts, kind="change", failed=lost)
    found = compare(pd.concat(parts, ignore_index=True), wanted)
    return [replace(c, baseline=FIRST if placebo.empty else PLACEBO, spread=None) for c in found if c.pairs]


def _until(rows: pd.DataFrame, turn: int) -> pd.DataFrame:
    """The last turn of every conversation up to this one."""
    return rows[rows["turn"] <= turn].sort_values("turn").drop_duplicates([*UNIT], keep="last")


def _named(name: str) -> Comparison:
    return Comparison("", "", name, "")


def _trends(scores: pd.DataFrame, arms: Sequence[str], design: Design) -> list[Comparison]:
    """The mean slope over the judged turns of a conversation; swapping signs is its test for these problems."""
    import numpy as np
    import pandas as pd

    metric = str(scores["metric"].iloc[0])
    known = numbered(Scores.of(scores[scores["template"].isin(arms) & scores["value"].notna()]), design)
    rows = pd.DataFrame(
        {
            "model": known.scores.model.texts(),
            "template": known.scores.template.texts(),
            "unit": known.unit,
            "turn": known.scores.turn,
            "value": known.scores.value,
            "problem_code": known.problem,
            "model_code": known.model,
            "cluster_code": known.cluster,
        }
    )
    family: list[Comparison] = []
    for (model, arm), mine in rows.groupby(["model", "template"], sort=True):
        at = mine.groupby("unit")
        turn = mine["turn"] - at["turn"].transform("mean")
        top = (turn * mine["value"]).groupby(mine["unit"]).sum()
        bottom = (turn**2).groupby(mine["unit"]).sum()
        slope = (top / bottom)[bottom > 0]
        if slope.empty:
            continue
        where = at[["problem_code", "model_code", "cluster_code"]].first().loc[slope.index]
        problem, code, cluster = (where[n].to_numpy(dtype=np.int64) for n in where)
        value = slope.to_numpy(dtype=np.float64)
        pairs = Pairs(value, np.zeros(len(value)), problem, code, None if (cluster < 0).any() else cluster, "shared")
        empty = Comparison(metric, str(model), str(arm), NO_TREND, kind="trend")
        rows_shown = len(rows[rows["model"] == model]["template"].unique())
        confidence = design.confidence_among(rows_shown)
        family.append(estimates(empty, pairs, None, design.seed, confidence))
    return [c for m in sorted({c.model for c in family}) for c in adjusted([c for c in family if c.model == m])]


def _hazards(model: str, arm: str, mine: pd.DataFrame, clusters: Mapping[str, str]) -> list[Hazard]:
    """Turn by turn from the second on, then all of them together (turn 0)."""
    levels: dict[tuple[str, int], dict[int, float | None]] = defaultdict(dict)
    for problem, sample, turn, value in mine[["problem", "sample", "turn", "value"]].itertuples(index=False):
        levels[problem, sample][turn] = None if value != value else value
    if not any(value is not None for found in levels.values() for value in found.values()):
        return []
    last = max((turn for found in levels.values() for turn in found), default=1)
    risk: dict[int, dict[str, list[bool | None]]] = defaultdict(lambda: defaultdict(list))
    for (problem, _), found in levels.items():
        for turn in range(2, last + 1):
            if turn in found and not any(found.get(n) == USED for n in range(1, turn)):
                value = found[turn]
                risk[turn][problem].append(None if value is None else value == USED)
    every: dict[str, list[bool | None]] = defaultdict(list)
    for by_problem in risk.values():
        for problem, outcomes in by_problem.items():
            every[problem] += outcomes
    counted = [*sorted(risk.items()), (0, every)]
    return [h for turn, by_problem in counted if (h := _hazard(model, arm, turn, by_problem, clusters)) is not None]


def _hazard(
    model: str, arm: str, turn: int, outcomes: Mapping[str, Sequence[bool | None]], clusters: Mapping[str, str]
) -> Hazard | None:
    from evalkit.stats.rates import clustered_rate

    judged = {p: [o for o in mine if o is not None] for p, mine in outcomes.items()}
    adopted, of = [sum(o) for o in judged.values()], [len(o) for o in judged.values()]
    if not sum(of):
        return None
    rate = clustered_rate(adopted, of, [clusters.get(p, p) for p in judged])
    unjudged = sum(o is None for mine in outcomes.values() for o in mine)
    return Hazard(
        model, arm, turn, sum(adopted), sum(of), unjudged, rate.rate, rate.low, rate.high, rate.error, rate.df,
        rate.units,
    )  # fmt: skip


def _names(store: Runs, arm: str) -> dict[int, str]:
    """The levels of the hints that the user's turns of one conversation hold."""
    for part in store.stores:
        trial = next((t for _, t, o in part.trials() if t.template == arm and o.answers >= RUNGS), None)
        text = part.spec("problem", trial.problem) if trial else None
        if trial is None or text is None:
            continue
        said = next(s.transcript for s in part.transcripts(trial.problem) if s.transcript.trial == trial)
        asked = problems.stored(text, trial.problem)
        asked = asked.asked_as(said.variant) or asked
        hints = {h.level: asked.wordings.get(f"hints.{h.level}", (h.text or "",)) for h in asked.hints}
        found: dict[int, str] = {}
        turn = 1
        for message in said.turns:
            if message.role == "assistant" and not message.earlier:
                turn += 1
            for level, texts in hints.items():
                if message.role == "user" and turn > 1 and any(t.strip() in message.content for t in texts):
                    found[turn] = level
        return found
    return {}
