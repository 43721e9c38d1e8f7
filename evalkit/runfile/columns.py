"""Values of many scores in columns, straight from the database into arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Words:
    """A text for each score; few differ, so that each holds a number. code: places in `names`, shape (scores,)."""

    code: NDArray[np.int32]
    names: Sequence[str]

    def __getitem__(self, at: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Words:
        return Words(self.code[at], self.names)

    @property
    def texts(self) -> list[str]:
        """One by one."""
        return [self.names[number] for number in self.code.tolist()]


@dataclass(frozen=True)
class Columns:
    """One entry a score, all of shape (scores,)."""

    transcript: NDArray[np.int64]
    turn: NDArray[np.int64]
    metric: Words
    value: NDArray[np.float64]
    """NaN where it could not be judged."""
    reason: Words
    """Why, where the value is NaN; else empty."""

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Columns:
        """Of rows with these entries in this order."""
        import numpy as np  # here and not above: a run needs no numpy

        known: tuple[dict[str, int], dict[str, int]] = ({}, {})
        numbers = (
            (key, turn, known[0].setdefault(metric, len(known[0])), value, known[1].setdefault(why, len(known[1])))
            for key, turn, metric, value, why in rows
        )
        kinds = [("k", "i8"), ("t", "i8"), ("m", "i4"), ("v", "f8"), ("r", "i4")]
        found = np.fromiter(numbers, dtype=np.dtype(kinds))
        k, t, m, v, r = (np.ascontiguousarray(found[name]) for name, _ in kinds)
        return cls(k, t, Words(m, [*known[0]]), v, Words(r, [*known[1]]))

    def __len__(self) -> int:
        return len(self.transcript)

    def of_metrics(self, metrics: Sequence[str]) -> Columns:
        """Those of these metrics alone."""
        import numpy as np

        wanted = np.array([name in metrics for name in self.metric.names], dtype=np.bool_)
        at, place = np.flatnonzero(wanted[self.metric.code]), np.cumsum(wanted, dtype=np.int32) - 1
        kept = [name for name in self.metric.names if name in metrics]
        metric = Words(place[self.metric.code[at]], kept)
        return Columns(self.transcript[at], self.turn[at], metric, self.value[at], self.reason[at])


def joined(parts: Sequence[Columns]) -> Columns:
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    return Columns(
        np.concatenate([part.transcript for part in parts]),
        np.concatenate([part.turn for part in parts]),
        together([part.metric for part in parts]),
        np.concatenate([part.value for part in parts]),
        together([part.reason for part in parts]),
    )


def together(parts: Sequence[Words]) -> Words:
    """One after the other."""
    import numpy as np

    if all(part.names is parts[0].names for part in parts):
        return Words(np.concatenate([part.code for part in parts]), parts[0].names)
    known: dict[str, int] = {}
    codes = [
        np.array([known.setdefault(name, len(known)) for name in part.names], dtype=np.int32)[part.code]
        for part in parts
    ]
    return Words(np.concatenate(codes), [*known])
