"""Problems and templates tested before money is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.errors import SpecError, counted
from evalkit.interface.project import Project, load_experiment
from evalkit.interface.shown import Shown
from evalkit.interface.wording import python_names
from evalkit.judging.checks import check as check_all
from evalkit.showing.tables.form import Table


@dataclass(frozen=True, repr=False)
class Checks(Shown):
    """What a check found. `faults` are errors, `remarks` are worth knowing."""

    problems: int
    templates: int
    replies: int
    """Golds and foils judged."""
    faults: list[str]
    remarks: list[str]

    def tables(self) -> Sequence[Table]:
        rows = [("fault", text) for text in self.faults] + [("note", text) for text in self.remarks]
        return [Table("", ("", "what"), tuple(rows))] if rows else []

    def lines(self) -> Sequence[str]:
        faults = counted(len(self.faults), "fault") if self.faults else "no faults"
        checked = counted(self.problems, "problem"), counted(self.templates, "template")
        return [f"{', '.join(checked)}, {self.replies} golds and foils: {faults}"]

    def __repr__(self) -> str:
        return f"<Checks: {self.lines()[0]}>"


@python_names
def check(patterns: str | Sequence[str] = "*", project: Project | None = None) -> Checks:
    """Schema, gold and foil replies, milestones and rendering of every problem whose id matches a glob.

    A pattern may be an experiment file: its problems, that it can be read, and what its templates need of them.
    Returns `faults` (errors) and `remarks` (worth knowing), all at once, with how many problems, templates and replies
    were looked at. Nothing is sent.
    """
    if isinstance(project, str):
        raise SpecError(f"several patterns are a list: check([..., {project!r}])")
    folders = project or Project()
    named = [folders.problem_named(p) for p in ([patterns] if isinstance(patterns, str) else patterns)]
    files = [p for p in named if p.endswith(".toml") and Path(p).is_file()]
    named = [p for p in named if p not in files]
    left_out: list[str] = []
    for path in files:
        named += folders.resolve(load_experiment(path), left_out.append).problems
    found = check_all(folders.problems, folders.prompts, named)
    found.remarks += [f"{told}: write it in the problem, or leave the arm out of the experiment" for told in left_out]
    return Checks(**vars(found))


def problem_schema() -> dict[str, Any]:
    """The JSON schema of problem files, the tables of all scorers included, for completion and checks in an editor."""
    from evalkit.specs.problems import schema

    return schema()
