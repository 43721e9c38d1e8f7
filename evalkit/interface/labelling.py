"""Human labels for stored replies, from a table."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.errors import SpecError
from evalkit.judging.metrics import metric_info, metrics
from evalkit.runfile.store import Store
from evalkit.specs.toml import suggestion
from evalkit.types import Trial

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("problem", "template", "model", "sample", "metric", "value")
MOST = 20
"""Faults that are named one by one."""


def add_labels(path: Path, table: pd.DataFrame | Iterable[Mapping[str, Any]]) -> int:
    """Store them, all or none; a label that is there is replaced. Returns how many. Raises SpecError."""
    rows: Iterable[Mapping[str, Any]] = table.to_dict("records") if hasattr(table, "to_dict") else table  # type: ignore[assignment]
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise SpecError(f"labels {rows!r:.60}: expected are rows, or a DataFrame, with {', '.join(NEEDED)}")
    Store(path).close()  # a name that is mistyped must not become an empty run file
    with Store(path, write=True) as store:
        known = {trial: outline for _, trial, outline in store.trials()}
        judged = {f"{s.scorer}.{s.score.metric}" for s in store.scores()} | metrics().keys()
        found: list[tuple[Trial, int, str, float | None]] = []
        faults: list[str] = []
        for number, row in enumerate(rows, 1):
            try:
                if not isinstance(row, Mapping):
                    raise SpecError(f"{row!r:.60}: expected is a table with {', '.join(NEEDED)}")
                trial = _trial(row, known)
                outline = known[trial]
                turn = int(row.get("turn") or outline.scored_turn or outline.answers)
                if not 1 <= turn <= outline.answers:
                    raise SpecError(f"turn {turn}: there are {outline.answers} assistant turns")
                found.append((trial, turn, *_label(row["metric"], row["value"], judged)))
            except SpecError as error:
                faults.append(f"row {number}: {error}")
        if faults:
            more = [f"and {len(faults) - MOST} more rows do not fit"] if len(faults) > MOST else []
            raise SpecError(*faults[:MOST], *more)
        for kept in [store.keep_label(*label) for label in found]:
            kept.result()
    return len(found)


def _trial(row: Mapping[str, Any], known: Mapping[Trial, object]) -> Trial:
    missing = [name for name in NEEDED if name not in row]
    if missing:
        raise SpecError(f"there is no column {missing[0]!r}{suggestion(missing[0], [str(name) for name in row])}")
    trial = Trial(str(row["problem"]), str(row["template"]), str(row["model"]), int(row["sample"]))
    if trial not in known:
        said = f"{trial.problem} {trial.template} {trial.model} {trial.sample}"
        near = [f"{t.problem} {t.template} {t.model} {t.sample}" for t in known]
        raise SpecError(f"no such trial{suggestion(said, near[:40])}")
    return trial


def _label(name: object, value: object, known: Container[str]) -> tuple[str, float | None]:
    """NaN and None: looked at, and could not be judged."""
    if not isinstance(name, str) or not all(name.partition(".")):
        raise SpecError(f"metric {name!r}: write it as scorer.metric, such as text.correct")
    if name not in known:
        raise SpecError(f"metric {name!r}: no scorer has it, and nothing of this run is scored by it")
    if value is None:
        return name, None
    if not isinstance(value, Real):
        raise SpecError(f"value {value!r}: a number is expected")
    mark, info = float(value), metric_info(name)
    if math.isnan(mark):
        return name, None
    if not info.low <= mark <= info.high:
        raise SpecError(f"value {mark:g}: {name} goes from {info.low:g} to {info.high:g}")
    return name, mark
