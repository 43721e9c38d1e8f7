"""The local page from Python: `evalkit.view` serves it beside the notebook, the command in the foreground."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from evalkit.errors import SpecError
from evalkit.interface import given
from evalkit.interface.label_queue import LabelQueue
from evalkit.interface.project import AnyPath
from evalkit.interface.wording import python_names

if TYPE_CHECKING:
    from evalkit.interface.loading import Run
    from evalkit.interface.view.app import Served


class View:
    """A local page that is being served: `url` opens it, `stop()` ends it, and so does the end of a `with`.

    Whoever has the address sees the runs. In a notebook it shows itself as a link.
    """

    def __init__(self, page: Served) -> None:
        self.url = page.url
        self._page = page
        self._thread = threading.Thread(target=page.run, name="evalkit view", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; a second time does nothing."""
        self._page.stop()
        self._thread.join()

    def __enter__(self) -> View:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<evalkit view at {self.url}{'' if self._thread.is_alive() else ', stopped'}>"

    def _repr_html_(self) -> str:
        told = "" if self._thread.is_alive() else " (stopped)"
        return f'<a href="{escape(self.url)}" target="_blank" rel="noopener">{escape(self.url)}</a>{told}'


@python_names
def view(
    *paths: AnyPath | Run | Sequence[AnyPath | Run],
    port: int = 0,
    seed: int = 0,
    unsure: bool = False,
    double: float = 1.0,
) -> View:
    """Serve a local page over run files and folders (default: the folder `runs`) from a thread, and return at once.

    port: 0 = one that is free. seed, unsure, double: which replies its label pages ask about first (`Run.label_queue`).
    Raises SpecError for what cannot be shown, a port that is taken, and where the extra `view` is not installed.
    """
    listed: list[Any] = [p for path in paths for p in (path if isinstance(path, list | tuple) else [path])]
    for path in listed:
        given.needed(run=path)
    chosen = [Path(p) for path in listed for p in getattr(path, "paths", (path,))]  # of what load_run returned, too
    return View(prepared(chosen, port, seed, unsure=unsure, double=double))


def prepared(paths: Sequence[Path], port: int, seed: int, *, unsure: bool, double: float) -> Served:
    """A page that listens and is not served yet. Raises SpecError."""
    try:
        from evalkit.interface.view.app import served
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise SpecError("the local page needs the extra: pip install 'evalkit-tutor[view]'") from None
    return served(paths, port, partial(LabelQueue, seed=seed, unsure=unsure, double=double))
