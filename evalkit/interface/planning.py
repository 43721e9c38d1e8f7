"""How many problems and samples would show an effect, and what they would cost."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.asking.prices import cost_of
from evalkit.comparing import pilot, planning
from evalkit.comparing.contrasts import headline_metrics
from evalkit.comparing.frame import frame
from evalkit.comparing.planning import Advice
from evalkit.errors import SpecError, typed
from evalkit.interface.loading import Run, load_run
from evalkit.interface.project import AnyPath
from evalkit.interface.shown import Shown
from evalkit.interface.wording import python_names
from evalkit.runfile.store import Store
from evalkit.showing.tables.form import Table
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import suggestion
from evalkit.types import digest

if TYPE_CHECKING:
    import pandas as pd

Price = tuple[float, float]
"""Requests and money of one pair."""


@dataclass(frozen=True, repr=False)
class Designs(Shown):
    """Designs and what they would show: `advice` has the figures, `advice.words` the answer in a sentence."""

    title: str
    basis: pilot.Basis
    advice: Advice

    def frame(self) -> pd.DataFrame:
        """One row per design: problems, samples, detectable (smallest difference found with 80 % power), requests,
        cost, power (of finding `effect`), equivalent (of showing that there is none larger than `delta`)."""
        import pandas as pd

        return pd.DataFrame([asdict(design) for design in self.advice.designs])

    def tables(self) -> Sequence[Table]:
        columns, cells = planning.rows(self.advice)
        cost = ", cost at the pilot's prices" if self.basis.piloted else ""
        note = (
            "Each cell: the smallest difference found with 80 % power on problems like these (requests for both arms)"
            f"{cost}; none: not even the largest that there can be. "
            f"Variance over problems {self.basis.split.between:.3g}, of samples within {self.basis.split.within:.3g}."
        )
        return [Table(self.title, columns, cells, note, frozenset(range(1, len(columns))))]

    def lines(self) -> Sequence[str]:
        return [self.advice.words] if self.advice.words else []

    def data(self) -> Any:
        """Plain data (JSON)."""
        return planning.as_data(self.advice)

    def __repr__(self) -> str:
        return f"<Designs: {self.title}; {self.advice.words or 'print() shows them'}>"


@python_names
def plan(
    pilot_run: AnyPath | Run | None = None,
    effect: float | None = None,
    delta: float | None = None,
    *,
    metric: str | None = None,
    contrast: tuple[str, str] | None = None,
    rates: tuple[float, float, float] | None = None,
) -> Designs:
    """How many problems and samples would show an effect? From a pilot run, or from assumed rates of a 0/1 metric.

    effect: the difference that you want to see. delta: the one that still counts as none. metric: by default the
    primary outcome of the pilot, else what stands first on its first screen. contrast: arm, and what it is compared
    with; by default the first arm of the pilot against its baseline. rates: baseline, arm, and the standard deviation
    over problems of the true effect. Raises SpecError.
    """
    if (pilot_run is None) == (rates is None):
        raise SpecError("give a pilot run file, or --rates BASELINE ARM (for example --rates 0.3 0.5)")
    if rates is not None:
        basis, price = pilot.assumed(*rates), (2.0, 0.0)
        effect = rates[1] - rates[0] if effect is None else effect
        title = f"Assumed rates {rates[0]:g} and {rates[1]:g}"
    elif pilot_run is not None:
        run = pilot_run if isinstance(pilot_run, Run) else load_run(Path(pilot_run))
        with run.one() as store:
            metric, contrast = _asked(store, metric, contrast)
            basis, price = _of_pilot(store, metric, contrast)
        title = f"{metric}, {contrast[0]} against {contrast[1]}"
    return Designs(title, basis, planning.advise(basis, effect, delta, price))


def _asked(store: Store, metric: str | None, contrast: tuple[str, str] | None) -> tuple[str, tuple[str, str]]:
    """What the pilot asks about, where nobody says it."""
    described = store.noted("experiment", Experiment.model_validate_json)
    scores = frame(store)
    if scores.empty:
        raise SpecError(f"{store.path}: nothing is scored yet; evalkit score {typed(store.path)}")
    if metric is None:
        known = sorted(map(str, scores["metric"].unique()))
        metric = (described.primary if described else None) or (headline_metrics(known) or known)[0]
    if contrast is None:
        arms = described.template_names if described else sorted(map(str, scores["template"].unique()))
        baseline = described.baseline if described else "plain" if "plain" in arms else arms[0]
        others = [arm for arm in arms if arm != baseline]
        if not others:
            raise SpecError(f"{store.path}: holds one arm only; a plan needs an arm and what it is compared with")
        contrast = others[0], baseline
    return metric, contrast


def _of_pilot(store: Store, metric: str, contrast: tuple[str, str]) -> tuple[pilot.Basis, Price]:
    scores = frame(store)
    for what, name, known in (
        ("metric", metric, sorted(scores["metric"].unique())),
        ("template", contrast[0], sorted(scores["template"].unique())),
        ("template", contrast[1], sorted(scores["template"].unique())),
    ):
        if name not in known:
            raise SpecError(f"{store.path}: no scores for {what} {name!r}{suggestion(name, known)}")
    basis = pilot.of_pilot(scores, metric, contrast)
    asked = [{(t.problem, t.model, t.sample) for t in store.outlines() if t.template == arm} for arm in contrast]
    both = asked[0] & asked[1] or asked[0] | asked[1]  # what only one arm asked says nothing of the price of a pair
    requests, money = _spent(store, contrast, both)
    return basis, (requests / len(both), money / len(both))


def _spent(store: Store, arms: Sequence[str], units: Container[tuple[str, str, int]]) -> tuple[int, float]:
    """Replies of these arms to these problems (of a model and sample), and what they cost at the prices of the
    experiment; a shared answer counts once."""
    described = store.noted("experiment", Experiment.model_validate_json)
    prices = {m.label: m for m in described.models} if described else {}
    seen: set[str] = set()
    money = 0.0
    for stored in store.transcripts():
        trial = stored.transcript.trial
        if trial.template not in arms or (trial.problem, trial.model, trial.sample) not in units:
            continue
        said: list[object] = [trial.model, trial.sample]
        for turn in stored.transcript.turns:
            asked = digest(said) if turn.reply is not None else ""
            said.append([turn.role, turn.content])
            if turn.reply is None or asked in seen:
                continue
            seen.add(asked)
            usage = turn.reply.usage
            if usage and trial.model in prices:
                money += cost_of(prices[trial.model], usage) or 0.0
    return len(seen), money
