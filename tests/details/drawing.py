"""What is drawn of a made run: each figure of its report, artist by artist, and each part of the report's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from evalkit.interface.comparing import Selection, comparisons
from evalkit.interface.reporting import content_of
from evalkit.runfile import runs
from evalkit.showing.figures import Chart, _model_charts
from evalkit.showing.figures.style import style
from evalkit.showing.report import render
from evalkit.showing.report.chats import chats_of
from tests.details import made_run
from tests.recorded import digests, plain, short


def told(folder: Path) -> Iterator[str]:
    path = made_run.fill(folder / "one.sqlite", seed=5, models=("small",))
    with runs.opened([path]) as store:
        content, _ = content_of(store, None)
        kinds = {chart.name.split("-")[0]: chart for chart in content.charts}
        yield f"{[chart.name for chart in content.charts]}"
        kinds |= {chart.name: chart for chart in _between_models(folder)}
        for chart, narrow in product(kinds.values(), (False, True)):
            yield f"--- {chart.name}, {chart.title}, {chart.metric}{', narrow' if narrow else ''}"
            with style():
                figure = chart.draw(narrow=narrow)
            yield f"{_rounded(figure.get_size_inches())} {[t.get_text() for t in figure.texts]} {[_legend(x) for x in figure.legends]}"
            for axes in figure.axes:
                yield from _axes(axes)
        for trial, chat in chats_of(store.stores[0], range(1, 91, 4)):
            yield f"{trial.problem} {trial.template} {trial.sample}: {chat.tags} {[m.unjudged for m in chat.messages]} {short(plain(repr(chat)))}"
        render(store.stores, replace(content, charts=[]), folder / "page.html")
    page = plain((folder / "page.html").read_text(encoding="utf-8"))
    yield digests(re.split(r"(?=<(?:section|h1|h2|h3|style|script|table|details)\b)", page))


def _between_models(folder: Path) -> Iterator[Chart]:
    """What is drawn of several models alone."""
    path = made_run.fill(folder / "two.sqlite", seed=6, arms=("plain", "hint"))
    found = comparisons([path], Selection(metrics=["approach.level"]))
    yield from _model_charts(found.shown.comparisons)


def _axes(axes: Axes) -> Iterator[str]:
    yield f"{axes.get_title(loc='left')!r} {axes.get_xlabel()!r} {axes.get_ylabel()!r} {_rounded([*axes.get_xlim(), *axes.get_ylim()])}"
    for axis in (axes.xaxis, axes.yaxis):
        yield f"  ticks {_rounded(axis.get_ticklocs())} {[t.get_text() for t in axis.get_ticklabels()]}"
    lines = [
        f"{_rounded(x.get_xydata())} {x.get_marker()} {x.get_linestyle()} {to_hex(x.get_color())}" for x in axes.lines
    ]
    boxes = [x.get_path().transformed(x.get_patch_transform()).get_extents().extents for x in axes.patches]
    patches = [
        f"{_rounded(b)} {to_hex(x.get_facecolor())} {x.get_hatch()}" for b, x in zip(boxes, axes.patches, strict=True)
    ]
    texts = [f"{_rounded(t.get_position())} {t.get_text()!r} {to_hex(t.get_color())}" for t in axes.texts]
    others = [_rounded(x.get_array()) for x in axes.images] + [_rounded(x.get_offsets()) for x in axes.collections]
    for what, drawn in (("lines", lines), ("patches", patches), ("texts", texts), ("others", others)):
        yield f"  {len(drawn)} {what} {short(' '.join(drawn))}"
    if (legend := axes.get_legend()) is not None:
        yield f"  legend {_legend(legend)}"


def _legend(legend: Any) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def _rounded(values: Any) -> str:
    return (
        "-"
        if values is None
        else str(np.round(np.ma.filled(np.ma.asarray(values, dtype=float), -1), 3).tolist()).replace(" ", "")
    )
