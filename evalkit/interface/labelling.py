"""Human labels for stored replies, from a table or a file."""

from __future__ import annotations

import json
import math
from collections.abc import Container, Iterable, Mapping
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evalkit.errors import SpecError
from evalkit.judging.metrics import metric_info, metrics
from evalkit.runfile import labels
from evalkit.runfile.schema import FORMAT
from evalkit.runfile.store import Store
from evalkit.specs.toml import read_text, suggestion
from evalkit.types import RELATION, Label, Trial

if TYPE_CHECKING:
    import pandas as pd

NEEDED = ("problem", "template", "model", "sample", "metric", "value")
MOST = 20
"""Faults that are named one by one."""


def add_labels(path: Path, table: pd.DataFrame | Iterable[Mapping[str, Any]], labeller: str = "") -> int:
    """Store them, all or none; a label of the same labeller that is there is replaced. Returns how many.

    labeller: of rows that name none. Raises SpecError.
    """
    rows: Iterable[Mapping[str, Any]] = table.to_dict("records") if hasattr(table, "to_dict") else table  # type: ignore[assignment]
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise SpecError(f"labels {rows!r:.60}: expected are rows, or a DataFrame, with {', '.join(NEEDED)}")
    made_ready(path)
    found: list[tuple[Trial, Label]] = []
    faults: list[str] = []
    with Store(path) as store:
        known = {trial: outline for _, trial, outline in store.trials()}
        judged = {f"{s}.{m}" for s, m in store.scored_metrics()} | metrics().keys()
    for number, row in enumerate(rows, 1):
        try:
            if not isinstance(row, Mapping):
                raise SpecError(f"{row!r:.60}: expected is a table with {', '.join(NEEDED)}")
            trial = _trial(row, known)
            outline = known[trial]
            turn = _whole(row, "turn") or outline.scored_turn or outline.answers
            if not 1 <= turn <= outline.answers:
                raise SpecError(f"turn {turn}: there are {outline.answers} assistant turns")
            metric, value = _label(row["metric"], row["value"], judged)
            start, stop = _place(row) if metric == RELATION else (0, 0)
            found.append((trial, Label(turn, metric, value, str(_given(row, "labeller") or labeller), start, stop)))
        except SpecError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        more = [f"and {len(faults) - MOST} more rows do not fit"] if len(faults) > MOST else []
        raise SpecError(*faults[:MOST], *more)
    labels.keep(path, [labels.inserting(trial, label) for trial, label in found])
    return len(found)


def labels_from(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of labels: JSON Lines, or CSV by its ending. Raises SpecError."""
    text = read_text(path)
    if path.suffix.lower() != ".csv":
        try:
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise SpecError(f"{path}: not JSON Lines: {error}") from None
        if not all(isinstance(row, dict) for row in rows):
            raise SpecError(f"{path}: every line must be an object with {', '.join(NEEDED)}")
        return rows
    import csv
    import io

    return [
        _from_csv(row, f"{path}: row {n}") for n, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), 1)
    ]


def made_ready(path: Path) -> None:
    """A file of an older evalkit is brought up to date before labels go into it. Raises StoreError where it is busy."""
    with Store(path) as store:  # a name that is mistyped must not become an empty run file
        older = store.format < FORMAT
    if older:
        Store(path, write=True).close()


def _from_csv(row: Mapping[str | None, Any], origin: str) -> dict[str, Any]:
    """Texts as numbers where numbers belong; an empty cell is None. What `export` defused is as it was."""
    found: dict[str, Any] = {}
    for name, text in row.items():
        if name is None or not isinstance(text, str):
            raise SpecError(f"{origin}: has not as many cells as there are heads")
        bare = text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@", "\t", "\r") else text
        found[name] = bare if bare else None
    for name, kind in (("sample", int), ("turn", int), ("value", float), ("start", int), ("end", int)):
        try:
            if found.get(name) is not None:
                found[name] = kind(found[name])
        except ValueError:
            raise SpecError(f"{origin}: {name} {found[name]!r}: a number is expected") from None
    return found


def _given(row: Mapping[str, Any], name: str) -> Any:
    """The entry; None where there is none, or NaN in its place."""
    value = row.get(name)
    return None if isinstance(value, float) and math.isnan(value) else value


def _whole(row: Mapping[str, Any], name: str) -> int | None:
    """The entry as a whole number; None where there is none."""
    value = _given(row, name)
    if value is None:
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:  # of a table of texts
        return int(value)
    if type(value) is not bool and isinstance(value, Real) and float(value).is_integer():
        return int(float(value))
    raise SpecError(f"{name} {value!r:.60}: a whole number is expected")


def _trial(row: Mapping[str, Any], known: Mapping[Trial, object]) -> Trial:
    missing = [name for name in NEEDED if name not in row]
    if missing:
        raise SpecError(f"there is no column {missing[0]!r}{suggestion(missing[0], [str(name) for name in row])}")
    trial = Trial(str(row["problem"]), str(row["template"]), str(row["model"]), _whole(row, "sample") or 0)
    if trial not in known:
        said = f"{trial.problem} {trial.template} {trial.model} {trial.sample}"
        near = [f"{t.problem} {t.template} {t.model} {t.sample}" for t in known]
        raise SpecError(f"no such trial{suggestion(said, near[:40])}")
    return trial


def _place(row: Mapping[str, Any]) -> tuple[int, int]:
    start, stop = _whole(row, "start"), _whole(row, "end")
    if start is None or stop is None:
        raise SpecError("a label of a relation needs start and end, its place in the reply")
    if not 0 <= start < stop:
        raise SpecError(f"a relation from {start} to {stop}: it ends before it begins")
    return start, stop


def _label(name: object, value: object, known: Container[str]) -> tuple[str, float | None]:
    """NaN and None: looked at, and could not be judged."""
    if name != RELATION and (not isinstance(name, str) or not all(name.partition("."))):
        raise SpecError(f"metric {name!r}: write it as scorer.metric, such as text.correct")
    if name != RELATION and name not in known:
        raise SpecError(f"metric {name!r}: no scorer has it, and nothing of this run is scored by it")
    if value is None:
        return name, None
    if not isinstance(value, Real):
        raise SpecError(f"value {value!r}: a number is expected")
    mark = float(value)
    if math.isnan(mark):
        return name, None
    if name == RELATION:
        if mark not in (0.0, 1.0):
            raise SpecError(f"value {mark:g}: a relation is 1 (true), 0 (false), or empty (cannot tell)")
        return name, mark
    info = metric_info(name)
    if not info.low <= mark <= info.high:
        raise SpecError(f"value {mark:g}: {name} goes from {info.low:g} to {info.high:g}")
    return name, mark
