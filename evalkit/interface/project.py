"""The folders of a project, and an experiment from a file, a table or an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.interface import given
from evalkit.interface.wording import python_names
from evalkit.specs import experiment as experiments
from evalkit.specs import packaged, shards, templates
from evalkit.specs.experiment import Experiment as Experiment
from evalkit.specs.library import Library
from evalkit.specs.plan import Plan as Plan
from evalkit.specs.plan import resolve
from evalkit.specs.problems import Problem
from evalkit.specs.templates import Template
from evalkit.specs.toml import validate

AnyPath = str | Path
AnyExperiment = str | Path | Mapping[str, Any] | Experiment


@dataclass(frozen=True)
class Project:
    """The two folders that users write in, behind which stand the problems and templates of evalkit, and the one whose
    `scorers/` and `providers/` are used.

    code_folder: by default the current one, never that of the problems, which may be a stranger's.
    """

    problem_folder: Path = Path("problems")
    prompt_folder: Path = Path("prompts")
    code_folder: Path | None = None

    def __post_init__(self) -> None:
        given.needed(problem_folder=self.problem_folder, prompt_folder=self.prompt_folder)
        given.check(code_folder=self.code_folder)
        object.__setattr__(self, "problem_folder", Path(self.problem_folder))
        object.__setattr__(self, "prompt_folder", Path(self.prompt_folder))
        plugins.use_folder(Path(self.code_folder or Path.cwd()))

    @cached_property
    def problems(self) -> Library:
        return Library(*packaged.behind(self.problem_folder, "problems"))

    @cached_property
    def prompts(self) -> templates.Library:
        return templates.Library(*packaged.behind(self.prompt_folder, "prompts"))

    def problem_named(self, name: str) -> str:
        """The id of a problem that is named by its file (`problems/hw8/2a.toml`); any other name as it is."""
        path = Path(name)
        if path.suffix != ".toml" or not path.is_file():
            return name
        try:
            return path.resolve().relative_to(Path(self.problem_folder).resolve()).with_suffix("").as_posix()
        except ValueError:
            return name

    def resolve(self, described: Experiment, tell: Callable[[str], None] = lambda _: None) -> Plan:
        """Read and check every file of the experiment; `tell` is told what an arm leaves out. Raises SpecError."""
        plan = resolve(described, self.problems, self.prompts)
        left_out: dict[tuple[str, str], list[str]] = {}
        for o in plan.omissions:
            left_out.setdefault((o.template, o.lacks), []).append(o.problem)
        for (template, lacks), names in left_out.items():
            tell(f"left out of {template}: {', '.join(names)} (no `{lacks}`)")
        return plan


@python_names
def load_experiment(experiment: AnyExperiment) -> Experiment:
    """An experiment from a TOML file, from a table with the same keys, or as it is. Raises SpecError."""
    if isinstance(experiment, Experiment):
        return experiments.checked(experiment, "experiment")
    if isinstance(experiment, Mapping):
        return experiment_of(experiment)
    return experiments.load(Path(experiment))


def experiment_of(table: Mapping[str, Any], origin: str = "experiment") -> Experiment:
    """An experiment from a table; `origin` stands in errors. Raises SpecError."""
    return experiments.checked(validate(Experiment, dict(table), origin), origin)


def part_of(plan: Plan, shard: str | None) -> Plan:
    """The shard of a plan, such as `3/8`; None: all of it. Raises SpecError."""
    return plan if shard is None else plan.part(shards.parse(shard))


def run_file_of(experiment: AnyExperiment, into: AnyPath | None, shard: shards.Shard | None = None) -> Path:
    """Where the run is stored: as told, else beside the experiment's file; each shard in a file of its own."""
    if into is not None:
        return Path(into)
    if isinstance(experiment, str | Path):
        path = Path(experiment).with_suffix(".sqlite")
        return shard.beside(path) if shard else path
    raise SpecError("an experiment that is no file needs `into`: the run file, such as runs/mine.sqlite")


@python_names
def load_problems(patterns: str | Sequence[str] = "*", folder: AnyPath = "problems") -> dict[str, Problem]:
    """The problems whose ids match a glob, by id, sorted. Raises SpecError with the faults of all files."""
    library = Project(Path(folder)).problems
    wanted = [patterns] if isinstance(patterns, str) else list(patterns)
    return _loaded(library.load, library.find(wanted))


@python_names
def load_templates(names: Sequence[str] | None = None, folder: AnyPath = "prompts") -> dict[str, Template]:
    """The prompt templates by name, all of the folder where none are named. Raises SpecError."""
    library = templates.Library(Path(folder))
    return _loaded(library.load, library.names() if names is None else names)


def _loaded(load: Callable[[str], Any], names: Sequence[str]) -> dict[str, Any]:
    found, faults = {}, []
    for name in names:
        try:
            found[name] = load(name)
        except SpecError as error:
            faults += [f for f in error.problems if f not in faults]
    if faults:
        raise SpecError(*faults)
    return found
