"""Problems and templates tested before money is spent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.interface.project import Project, load_experiment
from evalkit.judging.checks import Findings
from evalkit.judging.checks import check as check_all


def check(patterns: str | Sequence[str] = "*", project: Project | None = None) -> Findings:
    """Schema, gold and foil replies, milestones and rendering of every problem whose id matches a glob.

    A pattern may be an experiment file: its problems, and that it can be read with the templates it names.
    Returns `faults` (errors) and `remarks` (worth knowing), all at once, with how many problems, templates and replies
    were looked at. Nothing is sent.
    """
    folders = project or Project()
    named = [patterns] if isinstance(patterns, str) else list(patterns)
    files = [p for p in named if p.endswith(".toml") and Path(p).is_file()]
    named = [p for p in named if p not in files]
    for path in files:
        named += folders.resolve(load_experiment(path)).problems
    return check_all(folders.problems, folders.prompts, named)


def problem_schema() -> dict[str, Any]:
    """The JSON schema of problem files, the tables of all scorers included, for completion and checks in an editor."""
    from evalkit.specs.problems import schema

    return schema()
