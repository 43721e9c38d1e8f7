"""What `view` does: the local page, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from evalkit.cli.console import out
from evalkit.errors import SpecError
from evalkit.interface.label_queue import Queue


def view(paths: Sequence[Path], port: int, seed: int, *, unsure: bool, double: float) -> None:
    """Serve run files on the loopback. Raises SpecError where the extra is missing."""
    try:
        from evalkit.interface.view.app import served
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise SpecError("the local page needs the extra: pip install 'evalkit-tutor[view]'") from None
    page = served(paths, port, partial(Queue, seed=seed, unsure=unsure, double=double))
    out.print(f"open {page.url}", soft_wrap=True)
    out.print("Whoever has this address sees the runs; Ctrl-C ends it.")
    page.run()
