"""What `plan` prints: designs, and what they would show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from evalkit.asking.prices import cost_of
from evalkit.cli.console import out
from evalkit.comparing import pilot, planning
from evalkit.comparing.frame import frame
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.showing import tables
from evalkit.specs.experiment import Experiment
from evalkit.specs.toml import suggestion
from evalkit.types import digest


@dataclass(frozen=True)
class Wanted:
    """What `plan` is asked."""

    pilot: Path | None
    metric: str
    contrast: tuple[str, str]
    rates: tuple[float, float] | None
    between: float
    effect: float | None
    delta: float | None = None


def plan(wanted: Wanted, as_json: bool) -> None:
    """Print designs and what they would show. Raises SpecError without a pilot or rates."""
    if (wanted.pilot is None) == (wanted.rates is None):
        raise SpecError("give a pilot run file, or --rates BASELINE ARM (for example --rates 0.3 0.5)")
    if wanted.rates is not None:
        basis, price = pilot.assumed(*wanted.rates, wanted.between), (2.0, 0.0)
        effect: float | None = wanted.rates[1] - wanted.rates[0] if wanted.effect is None else wanted.effect
        title = f"Assumed rates {wanted.rates[0]:g} and {wanted.rates[1]:g}"
    else:
        assert wanted.pilot is not None  # noqa: S101 - the first test of this function
        with Store(wanted.pilot) as store:
            basis, price = _of_pilot(store, wanted)
        effect, title = wanted.effect, f"{wanted.metric}, {wanted.contrast[0]} against {wanted.contrast[1]}"
    advice = planning.advise(basis, effect, wanted.delta, price)
    if as_json:
        out.print_json(json.dumps(planning.as_data(advice)))
        return
    columns, cells = planning.rows(advice)
    note = (
        "Each cell: the smallest difference found with 80 % power on problems like these (requests for both arms), "
        "cost at the pilot's prices; none: not even the largest that there can be. "
        f"Variance over problems {basis.split.between:.3g}, of samples within {basis.split.within:.3g}."
    )
    out.print(tables.terminal(tables.Table(title, columns, cells, note, frozenset(range(1, len(columns))))))
    if advice.words:
        out.print(Text(advice.words, style="bold"))


def _of_pilot(store: Store, wanted: Wanted) -> tuple[pilot.Basis, tuple[float, float]]:
    """What the pilot says, and the requests and money of one pair of it."""
    scores = frame(store)
    for what, name, known in (
        ("metric", wanted.metric, sorted(scores["metric"].unique())),
        ("template", wanted.contrast[0], sorted(scores["template"].unique())),
        ("template", wanted.contrast[1], sorted(scores["template"].unique())),
    ):
        if name not in known:
            raise SpecError(f"{store.path}: no scores for {what} {name!r}{suggestion(name, known)}")
    basis = pilot.of_pilot(scores, wanted.metric, wanted.contrast)
    trials = [{t for t in store.outlines() if t.template == arm} for arm in wanted.contrast]
    pairs = max(1, *(len(t) for t in trials))
    requests, money = _spent(store, wanted.contrast)
    return basis, (requests / pairs, money / pairs)


def _spent(store: Store, arms: Sequence[str]) -> tuple[int, float]:
    """Replies of these arms, and what they cost at the prices of the experiment; a shared answer counts once."""
    described = store.noted("experiment", Experiment.model_validate_json)
    prices = {m.label: m for m in described.models} if described else {}
    seen: set[str] = set()
    money = 0.0
    for stored in store.transcripts():
        trial = stored.transcript.trial
        if trial.template not in arms:
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
