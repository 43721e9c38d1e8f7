"""What `check` does: problems and templates tested, findings printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.text import Text

from evalkit.cli.commands.project import Project
from evalkit.cli.console import out, safe
from evalkit.interface import checking


def check(project: Project, patterns: Sequence[str], as_json: bool) -> int:
    """Check problems and templates; returns 2 when something is wrong."""
    found = checking.check(patterns, project)
    if as_json:
        out.print_json(json.dumps(asdict(found)))
        return 2 if found.faults else 0
    for remark in found.remarks:
        out.print(Text.assemble(("note: ", "yellow"), safe(remark)))
    for fault in found.faults:
        out.print(Text.assemble(("fault: ", "bold red"), safe(fault)))
    for line in found.lines():
        out.print(line)
    return 2 if found.faults else 0
