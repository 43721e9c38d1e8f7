"""The interaction of a 2 x 2 design: what a second treatment does to the effect of the first.

Told for problems like these only. Samples that lack a judged reply of one of the four arms are dropped; what they may
hide is told as of any contrast: bounds, and whether a verdict would stand. Not covered: how often each arm lost some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from evalkit.comparing import estimates, pairing, unjudged
from evalkit.comparing.chats import in_chats
from evalkit.comparing.comparison import Comparison, Design, Pairs, Square
from evalkit.comparing.pairing import Rows

Cells = Sequence[Rows]
"""Neither, first, second, both: the same units in the same order."""
SIGNS = (1, -1, -1, 1)


def two_by_two(empty: Comparison, square: Square, arms: dict[str, Rows], design: Design) -> Comparison:
    """empty: of the metric and model, with the names of the row."""
    common = reduce(np.intersect1d, [arms[name].unit for name in square])
    cells = [arms[name].take(np.searchsorted(arms[name].unit, common)) for name in square]
    judged = np.logical_and.reduce([rows.judged for rows in cells])
    lost = int((~judged).sum())
    empty = replace(empty, dropped={"one of the four could not be judged": lost} if lost else {})
    if not judged.any():
        return replace(empty, note="no sample could be judged in all four arms")
    delta = design.delta.get(empty.metric)
    found = _estimated(empty, [rows.take(judged) for rows in cells], delta, design.confidence)
    if not lost:
        return found

    def again(ends: unjudged.Ends, delta: float | None) -> Comparison:
        return _estimated(empty, _filled(cells, ends), delta, design.confidence)

    values = np.concatenate([rows.value for rows in cells])
    return unjudged.bounded(found, unjudged.seen(values), lambda ends: again(ends, None).like.difference, again)


def _filled(cells: Cells, ends: unjudged.Ends) -> Cells:
    """The first value for what could not be judged in the arms that count upwards, the second in the others."""
    values = [ends[0] if sign > 0 else ends[1] for sign in SIGNS]
    return [
        replace(rows, value=np.where(np.isnan(rows.value), end, rows.value))
        for rows, end in zip(cells, values, strict=True)
    ]


def _estimated(empty: Comparison, cells: Cells, delta: float | None, confidence: float) -> Comparison:
    """cells: all judged."""
    cells, together = in_chats(cells)
    # A copy repeats all four arms.
    text = np.unique(np.stack([rows.text for rows in cells]), axis=1, return_inverse=True)[1].ravel()
    keep = pairing.distinct(cells[0].stratum, text, np.logical_or.reduce([rows.long for rows in cells]))
    values = [rows.value[keep] for rows in cells]
    at = cells[0].take(keep)
    cluster = None if (at.cluster < 0).any() else at.cluster
    pairs = Pairs(values[3] - values[2], values[1] - values[0], at.problem, at.model, cluster, "shared")
    known = replace(empty, copies=len(cells) * int((~keep).sum()), in_chats=together)
    return estimates.interaction(known, values, pairs, (delta, confidence))
