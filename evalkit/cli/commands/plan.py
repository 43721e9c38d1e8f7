"""What `plan` prints: designs, and what they would show."""

from __future__ import annotations

import json

from rich.text import Text

from evalkit.cli.console import out
from evalkit.interface.planning import Designs
from evalkit.showing import tables


def show(found: Designs, as_json: bool) -> None:
    """Print designs and what they would show."""
    if as_json:
        out.print_json(json.dumps(found.data()))
        return
    for table in found.tables():
        out.print(tables.terminal(table))
    for line in found.lines():
        out.print(Text(line, style="bold"))
