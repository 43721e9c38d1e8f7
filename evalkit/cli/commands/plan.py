"""What `plan` prints: designs, and what they would show."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from evalkit.asking.prices import cost_of, usage_or_guess
from evalkit.cli.console import out
from evalkit.comparing import planning
from evalkit.comparing.frame import frame
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.showing import tables
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import suggestion
from evalkit.stats.power import VarianceSplit


@dataclass(frozen=True)
class Wanted:
    """What `plan` is asked."""

    pilot: Path | None
    metric: str
    contrast: tuple[str, str]
    rates: tuple[float, float] | None
    between: float
    effect: float | None


def plan(wanted: Wanted, as_json: bool) -> None:
    """Print designs and what they would show. Raises SpecError without a pilot or rates."""
    if (wanted.pilot is None) == (wanted.rates is None):
        raise SpecError("give a pilot run file, or --rates BASELINE ARM (for example --rates 0.3 0.5)")
    if wanted.rates is not None:
        split, have, price = planning.assumed_split(*wanted.rates, wanted.between), (12, 3), (2.0, 0.0)
        effect: float | None = wanted.rates[1] - wanted.rates[0] if wanted.effect is None else wanted.effect
        title = f"Assumed rates {wanted.rates[0]:g} and {wanted.rates[1]:g}"
    else:
        assert wanted.pilot is not None  # noqa: S101 - the first test of this function
        with Store(wanted.pilot) as store:
            split, have, price = _of_pilot(store, wanted)
        effect, title = wanted.effect, f"{wanted.metric}, {wanted.contrast[0]} against {wanted.contrast[1]}"
    advice = planning.advise(split, have, effect, price)
    if as_json:
        out.print_json(json.dumps(planning.as_data(advice)))
        return
    columns, cells = planning.rows(advice)
    note = (
        "Each cell: the smallest difference found with 80 % power on problems like these (requests for both arms), "
        f"cost at the pilot's prices. Variance over problems {split.between:.3g}, of samples within {split.within:.3g}."
    )
    out.print(tables.terminal(tables.Table(title, columns, cells, note, frozenset(range(1, len(columns))))))
    if advice.words:
        out.print(Text(advice.words, style="bold"))


def _of_pilot(store: Store, wanted: Wanted) -> tuple[VarianceSplit, tuple[int, int], tuple[float, float]]:
    scores = frame(store)
    for what, name, known in (
        ("metric", wanted.metric, sorted(scores["metric"].unique())),
        ("template", wanted.contrast[0], sorted(scores["template"].unique())),
        ("template", wanted.contrast[1], sorted(scores["template"].unique())),
    ):
        if name not in known:
            raise SpecError(f"{store.path}: no scores for {what} {name!r}{suggestion(name, known)}")
    split, problems, samples = planning.pilot_split(scores, wanted.metric, wanted.contrast)
    pairs = problems * samples
    turns = sum(o.answers for t, o in store.outlines().items() if t.template in wanted.contrast)
    trials = sum(t.template in wanted.contrast for t in store.outlines())
    return split, (problems, samples), (2 * turns / max(trials, 1), _spent(store) / max(pairs, 1))


def _spent(store: Store) -> float:
    """Money that the stored replies cost at the prices of the experiment."""
    text = store.meta("experiment")
    if text is None:
        return 0.0
    models = {m.label: m for m in Experiment.model_validate_json(text).models}
    stored = sum(cost for _, _, cost, _ in store.spent())
    unpriced = (cost_of(models[n], usage_or_guess(q, r)) for n, q, r in store.unpriced() if n in models)
    return stored + sum(cost or 0.0 for cost in unpriced)
