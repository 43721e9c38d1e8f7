"""What `check` does: problems and templates tested, findings printed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from evalkit.cli.commands.project import Project
from evalkit.cli.console import out, safe
from evalkit.specs import experiment


def check(project: Project, patterns: Sequence[str], as_json: bool) -> int:
    """Check problems and templates; returns 2 when something is wrong."""
    from evalkit.judging.checks import check as check_all

    experiments = [p for p in patterns if p.endswith(".toml") and Path(p).is_file()]
    named = [p for p in patterns if p not in experiments]
    for path in experiments:  # what its templates leave out is printed as in a run
        plan = project.resolve(experiment.load(Path(path)))
        named += plan.problems
    found = check_all(project.problems, project.prompts, named)
    if as_json:
        out.print_json(json.dumps(asdict(found)))
        return 2 if found.faults else 0
    for remark in found.remarks:
        out.print(Text.assemble(("note: ", "yellow"), safe(remark)))
    for fault in found.faults:
        out.print(Text.assemble(("fault: ", "bold red"), safe(fault)))
    faults = f"{len(found.faults)} faults" if found.faults else "no faults"
    out.print(f"{found.problems} problems, {found.templates} templates, {found.replies} golds and foils: {faults}")
    return 2 if found.faults else 0
