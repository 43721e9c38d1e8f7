"""Figures of a comparison, as vector files (SVG, PDF), as PNG, or inside the report. Every one shows n and unjudged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from evalkit.comparing.contrasts import ALL_MODELS, Comparison
from evalkit.comparing.steering import Steering
from evalkit.errors import StoreError
from evalkit.judging.metrics import metric_for, metric_info
from evalkit.runfile import outputs
from evalkit.showing.figures import style
from evalkit.showing.figures.forest import forest
from evalkit.showing.figures.problems import dumbbells, heat_map
from evalkit.showing.figures.turns import flip_mosaics, levels_by_turn

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Chart", "charts", "dumbbells", "flip_mosaics", "forest", "heat_map", "levels_by_turn", "write"]


@dataclass(frozen=True)
class Chart:
    """A figure that is drawn when it is needed. `name` is its file name without suffix."""

    name: str
    title: str
    draw: Callable[..., Figure]
    metric: str = ""

    def svg(self) -> str:
        """For a page without style attributes, drawn so narrow that a telephone shows it at its full size."""
        return style.inline(partial(self.draw, narrow=True), self.title)


def charts(
    comparisons: Sequence[Comparison], scores: pd.DataFrame, steering: Steering, arms: Sequence[str]
) -> Iterator[Chart]:
    """Every figure that the data give: use levels, flips, then metric by metric and model by model.

    scores: as `comparison.frame` gives it for the compared turn.
    """
    yield from _steering_charts(scores, steering, arms)
    yield from _model_charts(comparisons)
    for (metric, model), part in groupby(comparisons, key=lambda c: (c.metric, c.model)):
        rows = [c for c in part if c.pairs]
        if not rows:
            continue
        what = metric_info(metric).about
        title = f"{what} · {model}"
        yield Chart(_name("forest", metric, model), f"Differences: {title}", partial(forest, rows), metric)
        mine = scores[(scores["metric"] == metric) & ((scores["model"] == model) | (model == ALL_MODELS))]
        contrasts = [(c.arm, c.baseline) for c in rows if c.kind == "contrast"]
        draw = partial(dumbbells, mine, metric, contrasts)
        yield Chart(_name("problems", metric, model), f"Problem by problem: {title}", draw, metric)


def _model_charts(comparisons: Sequence[Comparison]) -> Iterator[Chart]:
    """Which model reacts more: the effects of all models under each other, arm by arm."""
    for metric, part in groupby(comparisons, key=lambda c: c.metric):
        mine = [c for c in part if c.pairs and c.model != ALL_MODELS and c.kind == "contrast"]
        if len({c.model for c in mine}) < 2:
            continue
        order = list(dict.fromkeys((c.arm, c.baseline) for c in mine))
        rows = sorted(mine, key=lambda c: (order.index((c.arm, c.baseline)), c.model))
        labels = [f"{c.arm} · {c.model}" for c in rows]
        title = f"Effects model by model: {metric_info(metric).about}"
        yield Chart(_name("models", metric), title, partial(forest, rows, labels), metric)


def _steering_charts(scores: pd.DataFrame, steering: Steering, arms: Sequence[str]) -> Iterator[Chart]:
    metric = metric_for("use level")
    levels = scores[scores["metric"] == metric]
    judged = levels[levels["value"].notna()]["problem"].unique()  # others declare no approach
    levels = levels[levels["problem"].isin(judged)]
    for model, part in levels.groupby("model", sort=True):
        title = f"Use level of the staff's approach · {model}"
        draw = partial(heat_map, part, metric, arms)
        yield Chart(_name("heatmap", metric, str(model)), title, draw, metric)
    for model, counts in groupby(steering.levels, key=lambda r: r.model):
        rows = list(counts)
        title = f"Use level turn by turn · {model}"
        yield Chart(_name("levels", "by_turn", model), title, partial(levels_by_turn, rows))
    flips = sorted(steering.flips, key=lambda f: (f.metric, f.model))
    for (metric, model), found in groupby(flips, key=lambda f: (f.metric, f.model)):
        tables = [f for f in found if f.judged]
        if tables:
            title = f"Answers that held or flipped: {metric_info(metric).about} · {model}"
            yield Chart(_name("flips", metric, model), title, partial(flip_mosaics, tables), metric)


def _name(*parts: str) -> str:
    return "-".join(map(file_name, parts))


def file_name(part: str) -> str:
    """A metric or model as it stands in the names of figures."""
    return "".join(c if c.isalnum() or c in "._" else "_" for c in part)


def write(
    found: Sequence[Chart], folder: Path, suffixes: Sequence[str] = style.SUFFIXES, *, force: bool = False
) -> list[Path]:
    """Every chart in every format. Raises StoreError when a file cannot be written.

    force: replace files that are no figures of ours, else SpecError before the first is written.
    """
    wanted = [(chart.draw, [folder / f"{chart.name}.{suffix}" for suffix in suffixes]) for chart in found]
    for _, paths in wanted:
        for path in paths:
            outputs.check(path, style.is_figure, force=force)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for draw, paths in wanted:
            style.write(draw, paths)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror}") from None
    return [path for _, paths in wanted for path in paths]
