"""What scorers declare of their metrics, by full name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from evalkit import plugins
from evalkit.specs.recorded import RECORDED
from evalkit.types import Mark, Metric, Scorer


def metric_info(name: str) -> Metric:
    """What the scorer declares about `scorer.metric`; an unknown one (labels from elsewhere) has no direction."""
    scorer, _, metric = name.partition(".")
    declared = _scorer(scorer)
    found = RECORDED.get(name) or (declared.metrics.get(metric) if declared else None)
    return found or Metric(name, float("-inf"), float("inf"), full=None, better="neither")


def metrics(scorers: Iterable[str] | None = None) -> dict[str, Metric]:
    """All that these scorers declare (default: all that there are), by full name, sorted by scorer."""
    known = plugins.known("scorers")
    named = ((name, _scorer(name)) for name in (known if scorers is None else sorted(set(scorers) & set(known))))
    return {f"{name}.{metric}": info for name, s in named if s for metric, info in s.metrics.items()}


def metric_for(role: str, scorers: Iterable[str] | None = None) -> str:
    """The full name of the metric that steering measures take for this; empty where none of these scorers declares
    it. scorers: those of a run are asked alone, since to load all of them takes a third of a second."""
    return next((name for name, info in metrics(scorers).items() if info.role == role), "")


def marks(scorer: str) -> Mapping[str, Mark]:
    """Kind of span -> how the report marks it."""
    declared = _scorer(scorer)
    return declared.marks if declared else {}


def legend() -> list[Mark]:
    """Every mark of every scorer, once, in the order of their places."""
    found = (mark for name in plugins.known("scorers") for mark in marks(name).values())
    return sorted({mark.name: mark for mark in found}.values(), key=lambda mark: (mark.place, mark.name))


def _scorer(name: str) -> type[Scorer] | None:
    return plugins.load("scorers", name).Scorer if name in plugins.known("scorers") else None
