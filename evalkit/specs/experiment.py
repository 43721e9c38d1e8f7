"""Experiments: which problems go through which templates to which models, how often. `runs/<name>.toml` or options."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.specs import secrets
from evalkit.specs.parts import Several
from evalkit.specs.recorded import RECORDED
from evalkit.specs.toml import parse_toml, read_text, suggestion, validate
from evalkit.types import JudgeSpec, ModelSpec, ReaderSpec, Spec


class Group(Spec):
    """A part of the experiment with its own problems, templates and number of samples."""

    problems: list[str] = Field(min_length=1, description="globs over problem ids, e.g. week3/*")
    templates: list[str] = Field(min_length=1)
    samples: int = Field(1, ge=1, le=100_000)


METRIC = r"^[a-z][a-z0-9_]*\.[a-z0-9_]+$"


class Budget(Spec):
    """When to stop asking. Money in the currency of the prices."""

    max_cost: float | None = Field(None, gt=0)
    max_requests: int | None = Field(None, ge=1)


class EarlyStop(Spec):
    """Stop asking when one contrast is decided. Valid for these problems, or with one pair a problem (see stats)."""

    contrast: tuple[str, str] = Field(description="[arm, what it is compared with]")
    metric: str = Field(pattern=METRIC, description="scorer.metric, e.g. approach.level")
    e_value: float = Field(20.0, gt=1, description="stop at this much evidence; 20 = at most 5 % false alarms")
    every: int = Field(10, ge=1, description="look after so many further blocks (problem x sample, all arms)")


class Experiment(Spec):
    """One experiment file. `problems`, `templates`, `samples` at the top are short for a single group."""

    title: str = ""
    note: str = Field("", description="printed with every table")
    problems: list[str] = Field(default_factory=list)
    templates: list[str] = Field(default_factory=list)
    samples: int = Field(1, ge=1, le=100_000)
    groups: list[Group] = Field(default_factory=list)
    baseline: str = "plain"
    contrasts: list[tuple[str, str]] = Field(
        default_factory=list, description="further planned comparisons: [arm, what it is compared with]"
    )
    interactions: list[tuple[str, str, str, str]] = Field(
        default_factory=list, description="2 x 2 designs: [neither, first, second, both], e.g. plain, hint, ban, both"
    )
    delta: dict[str, float] = Field(
        default_factory=dict, description="metric -> difference that still counts as none (equivalence)"
    )
    primary: str | None = Field(
        None,
        pattern=METRIC,
        description="scorer.metric, such as number.correct, that the experiment asks about; all else is secondary",
    )
    wordings: dict[str, Several] = Field(
        default_factory=dict, description="template -> several texts for its `wording`; one is drawn for each sample"
    )
    models: list[ModelSpec] = Field(min_length=1, description='whom to ask: [[models]] with id = "provider:model"')
    judge: JudgeSpec | None = Field(None, description="the model that judges what rules cannot")
    reader: ReaderSpec | None = Field(None, description="the model that proposes how derivations are to be read")
    answer_line: bool = Field(
        False, description="end every user turn with one same sentence that asks for `Final answer: ...`"
    )
    seed: int = 0
    budget: Budget = Budget()
    stop: EarlyStop | None = None
    scorers: list[str] | None = Field(None, description="only these scorers; default: all that the problems name")

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        if bool(self.groups) == bool(self.problems or self.templates):
            raise ValueError("give either `problems` and `templates`, or [[groups]]")
        if not self.groups and not (self.problems and self.templates):
            raise ValueError("`problems` and `templates` are both needed")
        labels = [m.label for m in self.everyone]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"two models are called {twice[0]!r}; give one a `name`")
        pairs = [*self.contrasts, *([self.stop.contrast] if self.stop else [])]
        for what, groups in (("contrasts", pairs), ("interactions", self.interactions)):
            unknown = sorted({name for group in groups for name in group} - {*self.template_names})
            if unknown:
                known = ", ".join(self.template_names)
                raise ValueError(f"{what} name {unknown[0]!r}, none of the templates ({known})")
        twice_in = next((s for s in self.interactions if len(set(s)) < 4), None)
        if twice_in:
            raise ValueError(f"interactions: {list(twice_in)} names a template twice; a 2 x 2 design has four")
        if any(value <= 0 for value in self.delta.values()):
            raise ValueError("delta: each value must be above 0")
        for name in self.wordings:
            if name not in self.template_names:
                raise ValueError(f"wordings name {name!r}, none of the templates ({', '.join(self.template_names)})")
        if self.baseline not in self.template_names:
            raise ValueError(f"baseline {self.baseline!r} is none of the templates ({', '.join(self.template_names)})")
        return self

    @property
    def parts(self) -> list[Group]:
        """The groups, or the one group that the top of the file describes."""
        return self.groups or [Group(problems=self.problems, templates=self.templates, samples=self.samples)]

    @property
    def everyone(self) -> list[ModelSpec]:
        """All models that are asked: those of the trials, then the judge and the reader."""
        return [*self.models, *self.officers]

    @property
    def officers(self) -> list[JudgeSpec]:
        """Who is asked about replies: the judge and the reader, where there are any."""
        return [spec for spec in (self.judge, self.reader) if spec is not None]

    @property
    def template_names(self) -> list[str]:
        """Templates in the order of the file, each once."""
        return list(dict.fromkeys(t for part in self.parts for t in part.templates))


def load(path: Path) -> Experiment:
    """Read an experiment file. Raises SpecError with all its faults at once."""
    origin = str(path)
    described = checked(validate(Experiment, parse_toml(read_text(path), origin), origin), origin)
    for where, model in _placed(described):
        for name in ("trust_remote_code", "allow_pickle"):
            if model.parameters.get(name):  # experiment files come from strangers
                raise SpecError(
                    f"{origin}: {where}.parameters.{name}: can run code of the model's folder or repository, so it "
                    f"is allowed on the command line only: --model {model.id} --set {name}=true"
                )
    return described


def checked(experiment: Experiment, origin: str) -> Experiment:
    """The experiment itself when its providers and scorers exist and no secret stands in it. Raises SpecError."""
    faults = []
    for where, model in _placed(experiment):
        if model.provider not in plugins.known("providers"):
            hint = suggestion(model.provider, plugins.known("providers"))
            faults.append(f"{origin}: {where}.id: unknown provider {model.provider!r}{hint}")
        faults += [f"{origin}: {where}.{fault}" for fault in secrets.faults(model)]
    for name in experiment.scorers or ():
        if name not in plugins.known("scorers"):
            faults.append(f"{origin}: scorers: unknown scorer {name!r}{suggestion(name, plugins.known('scorers'))}")
    if experiment.primary:
        faults += _unknown_metric(experiment.primary, f"{origin}: primary")
    if faults:
        raise SpecError(*faults)
    return experiment


def _placed(experiment: Experiment) -> list[tuple[str, ModelSpec]]:
    """Every model with the place where the file says it."""
    found = [(f"models[{i}]", model) for i, model in enumerate(experiment.models, 1)]
    return [*found, *((spec.office, spec) for spec in experiment.officers)]


def _unknown_metric(name: str, where: str) -> list[str]:
    if name in RECORDED:
        return []
    scorer, _, metric = name.partition(".")
    if scorer not in plugins.known("scorers"):
        return [f"{where}: unknown scorer {scorer!r}{suggestion(scorer, plugins.known('scorers'))}"]
    known = sorted(plugins.load("scorers", scorer).Scorer.metrics)
    return [] if metric in known else [f"{where}: {scorer} has no metric {metric!r} (known: {', '.join(known)})"]
