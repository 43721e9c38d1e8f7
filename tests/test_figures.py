"""Figures: the same bytes each time, n and the unjudged on every one, nothing that a strict page would refuse."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

from evalkit.comparing.contrasts import COLUMNS, Comparison, Reading
from evalkit.comparing.steering import Flips, LevelCounts, Steering
from evalkit.errors import StoreError
from evalkit.showing.figures import Chart, charts, write
from evalkit.showing.figures.forest import forest
from evalkit.showing.figures.problems import paired_means
from evalkit.showing.figures.turns import flip_mosaics, levels_by_turn

METRIC = "approach.level"


def scores() -> pd.DataFrame:
    rows = [
        (f"set/{p}", arm, "m", s, 1, METRIC, None if (p, arm, s) == (0, "hint", 1) else float((p + s + i) % 4), "")
        for p in range(3)
        for s in range(3)
        for i, arm in enumerate(("plain", "hint"))
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS[:8])).astype({"value": "float64"})


def found() -> list[Chart]:
    these = Reading(0.5, -0.25, 1.25, 0.2, 0.2)
    row = Comparison(METRIC, "m", "hint", "plain", 3, 3, 8, {"hint: cut off": 1}, these=these, like=Reading(0.5))
    steering = Steering(
        (), (), (LevelCounts("m", "hint", 1, (4, 2, 1, 1), 1), LevelCounts("m", "hint", 2, (0, 0, 0, 8), 0)),
        (Flips("number.correct", "m", "push", 3, 2, 1, 1, 0, 4),),
    )  # fmt: skip
    return list(charts([row], scores(), steering, ["plain", "hint"]))


def test_every_kind_of_figure_is_drawn() -> None:
    kinds = [chart.name.split("-")[0] for chart in found()]
    assert kinds == ["heatmap", "levels", "flips", "forest", "problems"]


def words(svg: str) -> list[str]:
    return [re.sub(r"\s+", " ", t).strip() for t in re.findall(r"<text[^>]*>([^<]*)", svg)]


def test_counts_and_the_unjudged_are_written_on_each() -> None:
    shown = {chart.name.split("-")[0]: words(chart.svg()) for chart in found()}
    assert "cannot tell · 8 in 3, 1 dropped" in shown["forest"]
    assert "2 +1" in shown["problems"]
    assert "2 +1" in shown["heatmap"]
    assert "9 (1)" in shown["levels"]
    assert "n = 7, 4 unjudged" in shown["flips"]
    assert {"held", "broken"} <= set(shown["flips"])
    assert any("right (solid) or wrong (hatched) at the end" in said for said in shown["flips"])


def test_a_forest_has_its_marks_beside_their_rows_and_its_columns_inside() -> None:
    reading = Reading(0.5, -0.25, 1.25, 0.2, 0.2)
    row = Comparison(METRIC, "m", "hint", "plain", 3, 3, 8, these=reading, like=reading)
    figure = forest([row, replace(row, arm="ban")])
    (axes,) = figure.axes
    marks = [np.asarray(line.get_ydata(), dtype=float) for line in axes.lines if line.get_marker() in ("o", "s")]
    heights = [float(ys[0]) for ys in marks if len(ys)]
    assert [round(y) for y in heights] == [0, 0, 1, 1]
    assert len(set(heights)) == 4, "both readings are told apart"
    figure.canvas.draw()
    for text in axes.texts:
        box = text.get_window_extent()
        assert 0 <= box.x0 < box.x1 <= figure.bbox.x1, text.get_text()


MOSAICS = [  # held, broken, fixed, changed, kept, and the words on the tiles and below the columns
    ("all five", (3, 2, 1, 1, 2), {"held 3", "broken 2", "fixed 1", "changed 1", "kept 2", "right 5", "wrong 4"}),
    ("right at first", (3, 2, 0, 0, 0), {"held 3", "broken 2", "right 5"}),
    ("wrong at first", (0, 0, 1, 0, 3), {"fixed 1", "kept 3", "wrong 4"}),
    ("a narrow column", (9, 0, 1, 0, 0), {"held 9", "1", "right 9", "wrong 1"}),
    ("one of a kind", (1, 0, 0, 0, 0), {"held 1", "right 1"}),
]


@pytest.mark.parametrize(("counts", "said"), [m[1:] for m in MOSAICS], ids=[m[0] for m in MOSAICS])
def test_a_tile_of_a_mosaic_is_as_large_as_its_count(counts: tuple[int, ...], said: set[str]) -> None:
    (axes,) = flip_mosaics([Flips("number.correct", "m", "push", *counts)]).axes
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 1), (-0.14, 1))
    tiles = [tile for tile in axes.patches if isinstance(tile, Rectangle)]
    drawn = [count for count in counts if count]
    whole = sum(tile.get_width() * tile.get_height() for tile in tiles)
    assert whole == pytest.approx(0.97 if any(counts[:2]) and any(counts[2:]) else 1.0), "a gap between two columns"
    assert [tile.get_width() * tile.get_height() / whole for tile in tiles] == pytest.approx(
        [c / sum(drawn) for c in drawn]
    )
    for tile in tiles:
        assert -1e-9 <= tile.get_x() <= tile.get_x() + tile.get_width() <= 1 + 1e-9
        assert -1e-9 <= tile.get_y() <= tile.get_y() + tile.get_height() <= 1 + 1e-9
    assert {text.get_text().replace("\n", " ") for text in axes.texts} == said
    assert axes.get_title() == f"push\nn = {sum(counts)}"


@pytest.mark.parametrize("narrow", [False, True])
def test_levels_are_shares_of_their_turn(narrow: bool) -> None:
    rows = [
        LevelCounts("m", "hint", 1, (4, 2, 0, 1), 1),
        LevelCounts("m", "hint", 2, (0, 0, 0, 39), 1),
        LevelCounts("m", "ban", 1, (2, 0, 0, 0), 0),
    ]
    (axes,) = levels_by_turn(rows, narrow=narrow).axes
    bars = [bar for bar in axes.patches if isinstance(bar, Rectangle)]
    assert [bar.get_width() for bar in bars] == pytest.approx([1 / 2, 1 / 4, 1 / 8, 1 / 8, 39 / 40, 1 / 40, 1])
    assert [bar.get_x() for bar in bars] == pytest.approx([0, 1 / 2, 3 / 4, 7 / 8, 0, 39 / 40, 0])
    assert axes.get_xlim() == (0, 1)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["hint, turn 1", "turn 2", "ban, turn 1"]
    first, second, third = axes.get_yticks()
    assert second - first == 1 < third - second, "an arm stands apart from the next"
    assert [text.get_text() for text in axes.texts] == ["4", "2", "1", "1", "8 (1)", "39", "40 (1)", "2", "2"]


def test_inline_figures_need_no_style_and_load_nothing() -> None:
    for chart in found():
        svg = chart.svg()
        assert svg.startswith('<svg role="img" aria-label="')
        assert "style" not in svg
        assert "<script" not in svg
        assert not re.search(r'href="(?!#)', svg)
        assert "currentColor" in svg


def test_names_and_labels_are_escaped() -> None:
    chart = found()[3]
    svg = Chart("x", '<b>"&', chart.draw).svg()
    assert 'aria-label="&lt;b>&quot;&amp;"' in svg


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_the_same_bytes_each_time(tmp_path: Path, suffix: str) -> None:
    (first,) = write(found()[3:4], tmp_path / "a", [suffix])
    (second,) = write(found()[3:4], tmp_path / "b", [suffix])
    assert first.read_bytes() == second.read_bytes()
    assert first.name == f"forest-approach.level-m.{suffix}"


def test_only_pairs_that_both_arms_could_be_judged_on_are_drawn() -> None:
    means = paired_means(scores(), ("hint", "plain"))
    assert means.loc["set/0"].to_dict() == {"arm": 2.0, "base": 1.0, "n": 2.0, "unjudged": 1.0}


def test_a_folder_that_cannot_be_made_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        write(found()[:1], tmp_path / "file" / "x", ["svg"])
