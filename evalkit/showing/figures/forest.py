"""Differences between arms with their intervals, both readings, one row for each contrast."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evalkit.comparing.contrasts import Comparison, Reading, Verdict, metric_info
from evalkit.showing.figures.style import BLUE, DIM, INK, NARROW, VERMILLION, shortened
from evalkit.showing.figures.whole import Whole
from evalkit.showing.tables import verdict_words

_READINGS = (("these", "these problems", BLUE, "o", -0.16), ("like", "problems like these", VERMILLION, "s", 0.16))
_COLUMNS = (1.04, 1.24, 1.42)
"""Where the notes stand, in widths of the axes."""


def forest(rows: Sequence[Comparison], labels: Sequence[str] = (), *, narrow: bool = False) -> Figure:
    """rows: comparisons of one metric. A mark without a bar: no interval can be given for that reading.

    labels: names of the rows; by default their arms. narrow: names and verdicts stand above the bars, not beside them.
    """
    one = len({row.baseline for row in rows}) == 1
    names = labels or [row.arm if one else f"{row.arm} vs {row.baseline}" for row in rows]
    figure = Whole(figsize=(NARROW, 0.7 + 0.52 * len(rows)) if narrow else (7.6, 0.7 + 0.36 * len(rows)))
    axes = figure.add_axes((0.03, 0.0, 0.94, 1.0) if narrow else (0.2, 0.0, 0.4, 1.0))
    for y, row in enumerate(rows):
        for name, _, colour, marker, shift in _READINGS:
            _bar(axes, getattr(row, name), y + shift + (0.14 if narrow else 0.0), colour, marker)
        if narrow:
            _above(axes, row, names[y], y)
        else:
            _notes(axes, row, y)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=0)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.set_yticks([] if narrow else range(len(rows)), [] if narrow else [shortened(name, 26) for name in names])
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    info = metric_info(rows[0].metric)
    side = {"higher": "right is better", "lower": "left is better", "neither": "no side is better"}[info.better]
    base = f" from {shortened(rows[0].baseline, 20)}" if one else ""
    what = "" if narrow else f" in {rows[0].metric}"  # a page says it in the title
    axes.set_xlabel(f"difference{base}{what}, 95 % interval ({side})", fontsize=8 if narrow else 9)
    for _, label, colour, marker, _ in _READINGS:
        face = colour if marker == "o" else "white"
        axes.plot([], [], marker, color=colour, markerfacecolor=face, markersize=5, label=label)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, handletextpad=0.0, columnspacing=0.8, borderpad=0,
        borderaxespad=0.3 if narrow else 0, fontsize=8,
    )  # fmt: skip
    for x, text in () if narrow else zip(_COLUMNS, ("pairs", "dropped", "verdict"), strict=True):
        axes.text(x, 1.0, text, transform=axes.transAxes, va="bottom", color=DIM, fontsize=8)
    return figure


def _told(row: Comparison) -> bool:
    return not row.note and {row.these.verdict, row.like.verdict} != {Verdict.CANNOT_TELL}


def _above(axes: Axes, row: Comparison, name: str, y: float) -> None:
    """The name and the verdict of a row over its bars, on the ground of the page so that no line runs through them."""
    across = axes.get_yaxis_transform()
    dropped = sum(row.dropped.values())
    size = f"{row.pairs} in {row.problems}" + (f", {dropped} dropped" if dropped else "")
    weight = "bold" if _told(row) else "normal"
    axes.text(0.0, y - 0.3, shortened(name, 24), transform=across, va="center", fontsize=8.5, fontweight=weight)
    said = f"{shortened(verdict_words(row), 26)} · {size}"
    axes.text(1.0, y - 0.3, said, transform=across, va="center", ha="right", fontsize=7, fontweight=weight)


def _bar(axes: Axes, reading: Reading, y: float, colour: str, marker: str) -> None:
    if reading.difference is None:
        return
    if reading.low is not None and reading.high is not None:
        axes.plot([reading.low, reading.high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
    face = colour if marker == "o" else "white"
    axes.plot([reading.difference], [y], marker, color=colour, markerfacecolor=face, markersize=5)


def _notes(axes: Axes, row: Comparison, y: float) -> None:
    across = axes.get_yaxis_transform()
    cells = (f"{row.pairs} in {row.problems}", str(sum(row.dropped.values())), shortened(verdict_words(row), 34))
    for x, text in zip(_COLUMNS, cells, strict=True):
        bold = x == _COLUMNS[2] and _told(row)
        axes.text(x, y, text, transform=across, va="center", fontsize=8, fontweight="bold" if bold else "normal")
