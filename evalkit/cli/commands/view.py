"""What `view` does: the local page, until Ctrl-C."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.cli.console import out
from evalkit.interface.viewing import prepared


def view(paths: Sequence[Path], port: int, seed: int, *, unsure: bool, double: float) -> None:
    """Serve run files on the loopback. Raises SpecError where the extra is missing."""
    page = prepared(paths, port, seed, unsure=unsure, double=double)
    out.print(f"open {page.url}", soft_wrap=True)
    out.print("Whoever has this address sees the runs; Ctrl-C ends it.")
    page.run()
