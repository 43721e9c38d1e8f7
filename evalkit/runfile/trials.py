"""Which trials a run file holds, in few bytes each: there may be a hundred thousand, and a run ends with all."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from evalkit.runfile.records import Outline
from evalkit.types import Trial

Cell = tuple[str, str, str]
"""Problem, template and model."""
Row = tuple[int, Trial, Outline]


class Trials(Sequence[Row]):
    """(transcript, trial, outline) of every transcript, made anew whenever one is looked at.

    ids, samples: a number for each; cells, outlines: each one that occurs, once, in the order in which they appear;
    cell, outline: the place there of each.
    """

    __slots__ = ("cell", "cells", "ids", "outline", "outlines", "samples")

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        cells: dict[Cell, int] = {}
        outlines: dict[Outline, int] = {}
        self.ids, self.samples, self.cell, self.outline = array("q"), array("q"), array("i"), array("i")
        for key, trial, outline in rows:
            self.ids.append(key)
            self.samples.append(trial.sample)
            self.cell.append(cells.setdefault((trial.problem, trial.template, trial.model), len(cells)))
            self.outline.append(outlines.setdefault(outline, len(outlines)))
        self.cells, self.outlines = (*cells,), (*outlines,)

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Row]:
        cells, outlines = self.cells, self.outlines
        for key, sample, cell, outline in zip(self.ids, self.samples, self.cell, self.outline, strict=True):
            yield key, Trial(*cells[cell], sample), outlines[outline]

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return self.ids[at], Trial(*self.cells[self.cell[at]], self.samples[at]), self.outlines[self.outline[at]]

    @property
    def templates(self) -> list[str]:
        """Each once, in the order in which they appear."""
        return [*dict.fromkeys(template for _, template, _ in self.cells)]

    @property
    def longest(self) -> int:
        """Assistant turns of the longest conversation."""
        return max((outline.answers for outline in self.outlines), default=0)

    @property
    def failed(self) -> list[Trial]:
        """Those that ended before an answer."""
        ended = {place for place, outline in enumerate(self.outlines) if outline.answers == 0}
        return [self[at][1] for at, outline in enumerate(self.outline) if outline in ended] if ended else []

    def reach(self, template: str, turn: int) -> bool:
        """Whether any trial of a template has so many assistant turns."""
        long = [outline.answers >= turn for outline in self.outlines]
        mine = [cell[1] == template for cell in self.cells]
        return any(mine[cell] and long[outline] for cell, outline in zip(self.cell, self.outline, strict=True))
