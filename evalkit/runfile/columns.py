"""Values of many scores in columns, straight from the database into arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Columns:
    """One entry a score, all of shape (scores,)."""

    transcript: NDArray[np.int64]
    turn: NDArray[np.int64]
    metric: NDArray[np.object_]
    value: NDArray[np.float64]
    """NaN where it could not be judged."""
    reason: NDArray[np.object_]
    """Why, where the value is NaN; else empty."""

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Columns:
        """Of rows with these entries in this order."""
        import numpy as np  # here and not above: a run needs no numpy

        kinds = [("k", "i8"), ("t", "i8"), ("m", "O"), ("v", "f8"), ("r", "O")]
        found = np.fromiter(rows, dtype=np.dtype(kinds))
        return cls(*(np.ascontiguousarray(found[name]) for name, _ in kinds))

    def __len__(self) -> int:
        return len(self.transcript)


def joined(parts: Sequence[Columns]) -> Columns:
    import numpy as np

    if len(parts) == 1:
        return parts[0]
    names = ("transcript", "turn", "metric", "value", "reason")
    return Columns(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
