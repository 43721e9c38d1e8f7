"""What happens from turn to turn: use levels as stacked bars, and answers that held or flipped as mosaics."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from evalkit.comparing.steering import Flips, LevelCounts
from evalkit.showing.figures.style import BLUE, DIM, GREY, HATCH, LEVELS, NARROW, VERMILLION, shortened
from evalkit.showing.figures.whole import Whole

_NAMES = ("0 absent", "1 claimed only", "2 set up", "3 conclusion depends on it")
_ACROSS = 4


def levels_by_turn(rows: Sequence[LevelCounts], *, narrow: bool = False) -> Figure:
    """rows: of one model. One bar for each arm and turn; the share of trials at each level, counts written in."""
    places: list[float] = []
    at = 0.0
    for i, row in enumerate(rows):
        at += 1.0 if i and row.arm == rows[i - 1].arm else 1.45 if i else 0.0
        places.append(at)
    wide, across = (NARROW, 2) if narrow else (7.2, 5)
    figure = Whole(figsize=(wide, (1.5 if narrow else 1.0) + 0.25 * (at + 1)), layout="constrained")
    axes = figure.subplots()
    for y, row in zip(places, rows, strict=True):
        _stack(axes, row, y)
    names = [f"{shortened(r.arm, 24)}, turn {r.turn}" if r.turn == 1 else f"turn {r.turn}" for r in rows]
    axes.set_yticks(places, names)
    axes.set_ylim(at + 0.6, -0.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("share of trials; at the right: trials (unjudged among them)", fontsize=7.5 if narrow else 9)
    axes.xaxis.set_major_formatter("{x:.0%}")
    axes.spines["left"].set_visible(False)
    handles = [Patch(facecolor=c, edgecolor=GREY, linewidth=0.4, label=n) for c, n in zip(LEVELS, _NAMES, strict=True)]
    handles.append(Patch(facecolor="white", edgecolor=GREY, hatch=HATCH, linewidth=0.4, label="unjudged"))
    form = {"ncols": across, "fontsize": 7.5, "handlelength": 1.2, "columnspacing": 1.0}
    figure.legend(handles=handles, loc="outside upper left", **form)
    return figure


def _stack(axes: Axes, row: LevelCounts, y: float) -> None:
    total = sum(row.counts) + row.unjudged
    left = 0.0
    inks = ("#111111", "#111111", "#fefefe", "#fefefe", "#111111")
    for i, count in enumerate((*row.counts, row.unjudged)):
        if not count:
            continue
        colour, hatch = (LEVELS[i], None) if i < 4 else ("white", HATCH)
        share = count / total
        axes.barh(y, share, 0.82, left, color=colour, hatch=hatch, edgecolor=GREY, linewidth=0.4)
        if share > 0.025:
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8} if hatch else None
            axes.text(left + share / 2, y, str(count), ha="center", va="center", fontsize=7, color=inks[i], bbox=box)
        left += share
    missing = f" ({row.unjudged})" if row.unjudged else ""
    axes.text(1.01, y, f"{total}{missing}", va="center", fontsize=7.5, color=DIM)


def flip_mosaics(tables: Sequence[Flips], *, narrow: bool = False) -> Figure:
    """tables: of one metric and model. Widths: right or wrong at first; heights: right or wrong at the end."""
    across = min(2 if narrow else _ACROSS, len(tables))
    down = ceil(len(tables) / across)
    figure = Whole(figsize=(max(2.6, 1.9 * across), 0.5 + 2.0 * down), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False)
    for panel, table in zip(panels.flat, tables, strict=False):
        _mosaic(panel, table)
    for panel in panels.flat[len(tables) :]:
        panel.set_visible(False)
    between = ";\n" if narrow else "; "
    words = "column: right | wrong at first", "height: right (solid) or wrong (hatched) at the end"
    figure.supxlabel(between.join(words), fontsize=7 if narrow else 8)
    return figure


def _mosaic(axes: Axes, table: Flips) -> None:
    right, wrong = table.held + table.broken, table.fixed + table.changed + table.kept
    total = right + wrong
    gap = 0.03 if right and wrong else 0.0
    left = 0.0
    others = (
        (table.fixed, "fixed", BLUE, None),
        (table.changed, "changed", GREY, HATCH),
        (table.kept, "kept", GREY, "xxx"),
    )
    held = ((table.held, "held", BLUE, None), (table.broken, "broken", VERMILLION, HATCH))
    for count, cells, name in ((right, held, "right"), (wrong, others, "wrong")):
        if not count:
            continue
        width = (1 - gap) * count / total
        top = 1.0
        for cell, label, colour, hatch in cells:
            height = cell / count
            if cell:
                top -= height
                area = Rectangle((left, top), width, height, facecolor=f"{colour}55", edgecolor=colour, hatch=hatch)
                axes.add_patch(area)
                box = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
                axes.text(left + width / 2, top + height / 2, f"{label}\n{cell}" if width > 0.25 else f"{cell}",
                          ha="center", va="center", fontsize=7.5, color="#111111", bbox=box)  # fmt: skip
        axes.text(left + width / 2, -0.03, f"{name} {count}", ha="center", va="top", fontsize=7, color=DIM)
        left += width + gap
    missing = f", {table.unjudged} unjudged" if table.unjudged else ""
    axes.set_title(f"{shortened(table.arm, 22)}\nn = {total}{missing}", fontsize=8)
    axes.set_xlim(0, 1)
    axes.set_ylim(-0.14, 1)
    axes.set_axis_off()
