"""Per problem: from the baseline to the arm (dumbbells), and the mean of a metric in every arm (heat map)."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite, isnan

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evalkit.comparing.contrasts import Contrast, metric_info
from evalkit.showing.figures.style import BLUE, DIM, GREY, HATCH, INK, LEVELS, NARROW, VERMILLION, shortened
from evalkit.showing.figures.whole import Whole

MOST = 40
"""Problems in one figure; of more, those with the largest differences, or the first ones, are shown."""
_ACROSS = 3


def paired_means(scores: pd.DataFrame, contrast: Contrast) -> pd.DataFrame:
    """Means over the pairs that both arms could be judged on, by problem: columns base, arm, n, unjudged."""
    keys = ["problem", "model", "sample"]
    arm, base = (scores[scores["template"] == name].set_index(keys)["value"] for name in contrast)
    both = pd.concat({"arm": arm, "base": base}, axis=1, join="inner")
    used = both.dropna()
    means = used.groupby("problem").mean()
    means["n"] = used.groupby("problem").size()
    counts = both.groupby("problem").size()
    return means.reindex(counts.index).assign(unjudged=counts - means["n"].reindex(counts.index).fillna(0))


def dumbbells(scores: pd.DataFrame, metric: str, contrasts: Sequence[Contrast], *, narrow: bool = False) -> Figure:
    """scores: rows of one metric and model. One panel for each contrast, one line for each problem."""
    found = {c: means for c in contrasts if not (means := paired_means(scores, c)).empty}
    size = pd.concat([(m["arm"] - m["base"]).abs() for m in found.values()], axis=1).max(axis=1).fillna(0.0)
    problems = sorted(size.sort_values(ascending=False, kind="stable").index[:MOST])
    across = min(2 if narrow else _ACROSS, len(found))
    down = ceil(len(found) / across)
    tall = 0.2 + 0.24 * len(problems)
    figure = Whole(figsize=(NARROW if narrow else 7.6, down * (tall + 0.4)))
    panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    left, between = (0.24, 0.3) if narrow else (0.16, 0.16)
    figure.subplots_adjust(left, 0.0, 0.94 if narrow else 0.97, 1.0, wspace=between, hspace=0.45 / tall)
    for panel, (contrast, means) in zip(panels.flat, found.items(), strict=False):
        _panel(panel, means.reindex(problems), contrast, across=across if narrow else 1)
    for panel in panels.flat[len(found) :]:
        panel.set_visible(False)
    panels[0, 0].set_yticks(range(len(problems)), [shortened(p, 13 if narrow else 22) for p in problems])
    panels[0, 0].set_ylim(len(problems) - 0.4, -0.6)
    info = metric_info(metric)
    if isfinite(info.low) and isfinite(info.high) and info.high <= 10:
        pad = (info.high - info.low) * 0.06
        panels[0, 0].set_xlim(info.low - pad, info.high + pad)
    below = -0.42 / figure.get_figheight()
    text = f"mean {metric}: open = baseline, filled = arm; right: pairs (+ unjudged)"
    text = text.replace("; ", ";\n") if narrow else text
    figure.text(0.56, below, text, ha="center", va="top", fontsize=7.5 if narrow else 8.5)
    return figure


def _panel(axes: Axes, means: pd.DataFrame, contrast: Contrast, *, across: int) -> None:
    beside = axes.get_yaxis_transform()
    values: list[list[float]] = means[["base", "arm", "n", "unjudged"]].to_numpy(dtype=float).tolist()
    for y, (base, arm, count, unjudged) in enumerate(values):
        if isnan(unjudged):
            continue  # this contrast does not cover the problem
        missing = f" +{int(unjudged)}" if unjudged else ""
        pairs = 0 if isnan(count) else int(count)
        axes.text(1.02, y, f"{pairs}{missing}", transform=beside, va="center", fontsize=7, color=DIM)
        if not pairs:
            continue
        colour = GREY if arm == base else BLUE if arm > base else VERMILLION
        axes.plot([base, arm], [y, y], color=colour, linewidth=1.8, linestyle="-" if arm >= base else "--", zorder=1)
        axes.plot([base], [y], "o", color=colour, markerfacecolor="white", markersize=6, zorder=2)
        axes.plot([arm], [y], "o", color=colour, markersize=4, zorder=3)
    most = 24 if across == 1 else 17
    between = " vs " if across == 1 else "\nvs "
    axes.set_title(f"{shortened(contrast[0], most)}{between}{shortened(contrast[1], 16)}", fontsize=8)
    axes.grid(axis="both")
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)


def heat_map(scores: pd.DataFrame, metric: str, arms: Sequence[str], *, narrow: bool = False) -> Figure:
    """scores: rows of one metric and model. Cells: the mean over the judged samples, their number, and the unjudged."""
    grouped = scores.groupby(["problem", "template"])["value"].agg(["mean", "count", "size"])
    values = grouped.to_numpy(dtype=float).tolist()
    cells = {(str(p), str(t)): (m, int(n), int(of)) for (p, t), (m, n, of) in zip(grouped.index, values, strict=True)}
    problems = sorted(scores["problem"].unique())[:MOST]
    shown = [arm for arm in arms if arm in set(scores["template"])]
    info = metric_info(metric)
    high = info.high if isfinite(info.high) else max(1.0, float(scores["value"].max()))
    wide = NARROW if narrow else max(3.6, 1.7 + 0.86 * len(shown))
    figure = Whole(figsize=(wide, 1.15 + 0.4 * len(problems)), layout="constrained")
    axes = figure.subplots()
    for y, problem in enumerate(problems):
        for x, arm in enumerate(shown):
            if (problem, arm) in cells:
                _cell(axes, (x, y), cells[problem, arm], (info.low, high))
    axes.set_xlim(-0.5, len(shown) - 0.5)
    axes.set_ylim(len(problems) - 0.5, -0.5)
    axes.set_yticks(range(len(problems)), [shortened(p, 13 if narrow else 34) for p in problems])
    axes.set_xticks(
        range(len(shown)),
        [shortened(a, 20) for a in shown],
        rotation=55 if narrow else 28,
        ha="left",
        rotation_mode="anchor",
    )
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    label = f"mean {metric} (0 = light, {high:g} = dark), below it: samples (+ unjudged)"
    axes.set_xlabel(label.replace("), ", "),\n") if narrow else label, fontsize=7 if narrow else 8)
    return figure


def _cell(axes: Axes, at: tuple[int, int], value: tuple[float, int, int], limits: tuple[float, float]) -> None:
    (x, y), (mean, count, size) = at, value
    low, high = limits
    share = 0.0 if not count else min(1.0, max(0.0, (mean - low) / (high - low)))
    colour, ink = _shade(share)
    box = Rectangle(
        (x - 0.47, y - 0.45), 0.94, 0.9, facecolor=colour if count else "white", edgecolor=GREY, linewidth=0.4
    )
    if not count:
        box.set_hatch(HATCH)
    axes.add_patch(box)
    if count:
        axes.text(x, y - 0.06, f"{mean:.2g}", ha="center", va="center", color=ink, fontsize=9)
    missing = f" +{size - count}" if size > count else ""
    axes.text(x, y + 0.3, f"{count}{missing}", ha="center", va="center", color=ink if count else INK, fontsize=6.5)


def _shade(share: float) -> tuple[str, str]:
    """The colour at a place between the lightest and the darkest level, and the ink that can be read on it."""
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("levels", LEVELS)
    return to_hex(ramp(share)), "#111111" if share < 0.6 else "#fefefe"
