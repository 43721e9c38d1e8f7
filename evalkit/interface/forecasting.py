"""What a run would send and cost; nothing is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.asking import connecting, identity
from evalkit.asking import forecast as asking
from evalkit.asking.budget import NO_PRICE
from evalkit.asking.prices import basis, batch_share, prices_of
from evalkit.errors import SpecError, counted
from evalkit.interface.project import AnyExperiment, AnyPath, Project, load_experiment, part_of, run_file_of
from evalkit.interface.shown import Shown
from evalkit.interface.wording import python_names
from evalkit.runfile.store import Store
from evalkit.showing.tables.form import Table
from evalkit.specs.plan import Plan
from evalkit.types import JudgeSpec

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ModelForecast:
    """One model: what would be sent, whether its prices are known, and what the figures rest on."""

    found: asking.Forecast
    priced: bool
    grounds: str


@dataclass(frozen=True, repr=False)
class Forecasts(Shown):
    """By model: requests, input and output tokens, cost."""

    path: Path
    trials: int
    models: dict[str, ModelForecast]
    varied: dict[str, int] = field(default_factory=dict)
    """Problems whose numbers are drawn, and how many variants they have."""

    def frame(self) -> pd.DataFrame:
        """One row per model: model, requests, input_tokens, output_tokens, cost (NaN: no price is known), basis."""
        import pandas as pd

        rows = [
            {"model": k, **asdict(m.found), "cost": m.found.cost if m.priced else float("nan"), "basis": m.grounds}
            for k, m in self.models.items()
        ]
        return pd.DataFrame(rows)

    def tables(self) -> Sequence[Table]:
        cells = tuple(
            (k, str(m.found.requests), f"{m.found.input_tokens:,}", f"{m.found.output_tokens:,}", _money(m))
            for k, m in self.models.items()
        )
        by_grounds: dict[str, list[str]] = {}
        for label, m in self.models.items():
            by_grounds.setdefault(m.grounds, []).append(label)
        rests = " ".join(f"Basis of {', '.join(labels)}: {words}." for words, labels in by_grounds.items())
        held = f"Requests that {self.path} holds already are not counted."
        drawn = ", ".join(f"{name} ({count})" for name, count in self.varied.items())
        drawn = f" Each sample draws one of the variants of {drawn}." if drawn else ""
        note = f"{counted(self.trials, 'trial')}.{drawn} {held} {rests} Nothing was sent."
        columns = ("model", "requests", "input tokens", "output tokens", "cost")
        return [Table("Dry run", columns, cells, note, frozenset({1, 2, 3, 4}))]

    def data(self) -> dict[str, Any]:
        """Plain data (JSON)."""
        models = {k: {**asdict(m.found), "basis": m.grounds} for k, m in self.models.items()}
        return {"trials": self.trials, "models": models, **({"variants": self.varied} if self.varied else {})}

    def __repr__(self) -> str:
        requests = sum(m.found.requests for m in self.models.values())
        return f"<Forecasts: {counted(self.trials, 'trial')}, {counted(requests, 'request')}>"


@python_names
def forecast(
    experiment: AnyExperiment,
    into: AnyPath | None = None,
    *,
    limit: int | None = None,
    project: Project | None = None,
    shard: str | None = None,
) -> Forecasts:
    """What `run` with the same arguments would send: requests, tokens, cost. Raises SpecError."""
    folders = project or Project()
    plan = part_of(folders.resolve(load_experiment(experiment)), shard)
    return of_plan(plan, run_file_of(experiment, into, plan.shard), limit)


def of_plan(plan: Plan, path: Path, limit: int | None = None, *, batch: bool = False) -> Forecasts:
    """The same for an experiment that is resolved. batch: at the price of batches."""
    store = Store(path) if path.is_file() else None
    plan = identity.spelled_alike(plan, store) if store else plan
    found: dict[str, ModelForecast] = {}
    trials = plan.trials
    if plan.shard is not None:
        trials = sum(len(block) for spec in plan.experiment.models for block in plan.blocks(spec, limit))
    for spec in plan.experiment.models:
        rests = replace(asking.basis_of(store, spec), files=bool(plan.attachments(spec)))
        blocks = plan.blocks(spec, limit)
        total = sum((asking.forecast(block, store, rests) for block in blocks), asking.Forecast())
        grounds = f"{rests.words}; {basis(spec)}"
        if batch:
            connecting.batches(spec)
            total = replace(total, cost=batch_share(spec) * total.cost)
            grounds += f", times {batch_share(spec):g} in batches"
        found[spec.label] = ModelForecast(total, prices_of(spec) is not None, grounds)
    if store:
        store.close()
    return Forecasts(path, trials, found, plan.varied)


def obstacles(plan: Plan) -> list[str]:
    """What stands in the way of a run so far, a key that is not set, and what it would be warned of.

    Raises SpecError where recorded replies are missing, and for a budget of money without a price: a key may be set
    later, but a file is here or it is not, and so is a price.
    """
    told = []
    unknown = [m for m in plan.experiment.everyone if plan.budget.max_cost is not None and prices_of(m) is None]
    if unknown:
        raise SpecError(*(NO_PRICE.format(label=m.label, id=m.id) for m in unknown))
    for spec in plan.experiment.everyone:
        try:
            connecting.check(spec)
        except SpecError as error:
            if not connecting.probed(spec):
                raise
            told.append(f"before the run: {error}")
        several = spec.votes if isinstance(spec, JudgeSpec) else plan.repeats
        told += filter(None, [identity.misspelt(spec), identity.copies(spec, several)])
    return told


def _money(m: ModelForecast) -> str:
    return f"{m.found.cost:.4g}" if m.priced else "unknown"
