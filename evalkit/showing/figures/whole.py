"""A figure that is saved whole: captions and tables beside the axes are part of it."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure


class Whole(Figure):
    """A matplotlib figure whose `savefig` takes in all that is drawn, as `bbox_inches="tight"` does; say another one to
    have the bare size."""

    def savefig(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("bbox_inches", "tight")
        super().savefig(*args, **kwargs)
