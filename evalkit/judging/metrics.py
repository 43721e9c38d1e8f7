"""What scorers declare of their metrics, by full name."""

from __future__ import annotations

from functools import cache

from evalkit import plugins
from evalkit.types import Metric


def metric_info(name: str) -> Metric:
    """What the scorer declares about `scorer.metric`; an unknown one (labels from elsewhere) has no direction."""
    scorer, _, metric = name.partition(".")
    return _declared(scorer).get(metric) or Metric(name, float("-inf"), float("inf"), full=None, better="neither")


@cache
def _declared(scorer: str) -> dict[str, Metric]:
    if scorer not in plugins.known("scorers"):
        return {}
    return dict(plugins.load("scorers", scorer).Scorer.metrics)
