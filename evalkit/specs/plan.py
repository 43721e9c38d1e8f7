"""An experiment resolved: every file read and checked, the jobs block by block."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from typing import Any, TypeVar

from evalkit.errors import SpecError
from evalkit.specs import problems, templates, wordings
from evalkit.specs.attachments import Attached, sent_to
from evalkit.specs.experiment import Budget, Experiment
from evalkit.specs.library import Library
from evalkit.specs.problems import Problem
from evalkit.specs.shards import Shard
from evalkit.specs.templates import ANSWER_LINE, AROUND, EARLIER, WORDING, LacksError, Script, Template, rehearse
from evalkit.types import Attachment, ModelSpec, Trial, Values, canonical, digest

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """One trial with all that is needed to hold its conversation."""

    trial: Trial
    script: Script
    model: ModelSpec
    fingerprint: str
    wordings: Mapping[str, int] = field(default_factory=dict)
    """Which wording (from 0) was drawn of each text that has several, of those that the template uses."""
    variant: Values = field(default_factory=dict)
    """What was drawn of a problem that has variants."""


@dataclass(frozen=True)
class Omission:
    """A problem that an arm leaves out, and the variable that it lacks."""

    problem: str
    template: str
    lacks: str


@dataclass(frozen=True)
class Plan:
    """An experiment resolved against the folders: every file read and checked, nothing asked yet."""

    experiment: Experiment
    problems: Mapping[str, problems.Problem]
    templates: Mapping[str, Template]
    cells: tuple[tuple[str, str, int], ...]
    """(problem, template, samples) in order; each pair once."""
    omissions: tuple[Omission, ...]
    shard: Shard | None = None
    """The part that is asked; None: all of it."""

    def part(self, shard: Shard) -> Plan:
        """One part of it alone. Raises SpecError where no part can be asked alone."""
        if self.experiment.stop is not None:
            raise SpecError("[stop] looks at all that was answered, and a shard sees a part: leave out one of them")
        shard.budget(self.experiment.budget)
        return replace(self, shard=shard)

    @property
    def budget(self) -> Budget:
        """That of the part that is asked."""
        whole = self.experiment.budget
        return self.shard.budget(whole) if self.shard else whole

    @property
    def trials(self) -> int:
        return sum(samples for _, _, samples in self.cells) * len(self.experiment.models)

    @property
    def repeats(self) -> int:
        """How often one and the same question is asked of a model, at the most: samples of a problem with variants ask
        others as long as there are any."""
        kinds = {name: max(1, len(problem.variant_values)) for name, problem in self.problems.items()}
        return max((-(-samples // kinds[problem]) for problem, _, samples in self.cells), default=0)

    @property
    def varied(self) -> dict[str, int]:
        """The problems that have variants, and how many."""
        asked = dict.fromkeys(problem for problem, _, _ in self.cells)
        return {name: n for name in asked if (n := len(self.problems[name].variant_values))}

    @cached_property
    def _scripts(self) -> dict[tuple[Any, ...], tuple[Script, str]]:
        """Script and fingerprint, the same for all samples of an arm that draw the same wordings."""
        return {}

    @cached_property
    def _wordings(self) -> dict[tuple[str, str], dict[str, tuple[str, ...]]]:
        return {}

    @cached_property
    def _variants(self) -> dict[tuple[str, str], Problem]:
        return {}

    def _asked(self, problem: str, sample: int) -> Problem:
        """The problem with the numbers that a sample draws."""
        loaded = self.problems[problem]
        values = loaded.drawn_for(self.experiment.seed, sample)
        if not values:
            return loaded
        key = (problem, canonical(values))
        if key not in self._variants:
            self._variants[key] = loaded.variant(values)
        return self._variants[key]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {problem: place for place, problem in enumerate(self.problems)}

    @cached_property
    def _along(self) -> dict[tuple[str, str, bool], Attached]:
        return {}

    def _attached(self, problem: str, template: str, model: ModelSpec) -> Attached:
        """What goes along with a problem, as this model gets it; files of earlier questions where they are asked."""
        key = (problem, model.label, EARLIER in self.templates[template].uses)
        if key not in self._along:
            self._along[key] = sent_to(_along(self.problems[problem], key[-1]), model)
        return self._along[key]

    def attachments(self, model: ModelSpec) -> tuple[Attachment, ...]:
        """All that goes along to a model, each file once, the smallest first."""
        found = {a.sha256: a for problem, arm, _ in self.cells for a in self._attached(problem, arm, model).all}
        return tuple(sorted(found.values(), key=lambda a: (a.size, a.sha256)))

    @cached_property
    def _in_one_chat(self) -> bool:
        return any("earlier" in template.uses for template in self.templates.values())

    def group(self, problem: str) -> str:
        """What is asked on one machine: where arms ask earlier questions in the same chat, all problems of a set, since
        those that begin with the same question share its answer."""
        return problem.rpartition("/")[0] if self._in_one_chat else problem

    def _several(self, problem: str, template: str) -> dict[str, tuple[str, ...]]:
        """The texts of several wordings that an arm uses on a problem."""
        found = self._wordings.get((problem, template))
        if found is None:
            found = several(self.experiment, self.problems[problem], self.templates[template])
            self._wordings[problem, template] = found
        return found

    def blocks(self, model: ModelSpec, limit: int | None = None) -> Iterator[list[Job]]:
        """Jobs in blocks: one problem and sample with all its arms, sample by sample, so that a stop leaves pairs.
        Of a shard, its own; limit: of all blocks, whichever shard they go to.

        Where `[stop]` may end the asking, problems come in an order drawn from the seed: those of the first blocks are
        then a sample of all, not the first files.
        """
        for problem, sample, arms in self._blocks(model, limit):
            yield [self._job(problem, template, model, sample) for template in arms]

    def count(self, model: ModelSpec, limit: int | None = None) -> int:
        """How many jobs `blocks` has."""
        return sum(len(arms) for _, _, arms in self._blocks(model, limit))

    def _blocks(self, model: ModelSpec, limit: int | None) -> Iterator[tuple[str, int, list[str]]]:
        """(problem, sample, arms) of each."""
        arms: dict[str, list[tuple[str, int]]] = {}
        for problem, template, samples in self.cells:
            arms.setdefault(problem, []).append((template, samples))
        most = max((samples for _, _, samples in self.cells), default=0)
        count = 0
        order = list(arms)
        if self.experiment.stop is not None:
            random.Random(self.experiment.seed).shuffle(order)  # noqa: S311 - nothing secret
        for sample in range(most):
            for problem in order:
                here = [template for template, n in arms[problem] if sample < n]
                if not here:
                    continue
                count += 1
                if limit is not None and count > limit:
                    return
                if self.shard is None or self.shard.holds(self.group(problem), model.label, sample):
                    yield problem, sample, here

    def _job(self, problem: str, template: str, model: ModelSpec, sample: int) -> Job:
        draws = wordings.drawn_for(
            self.experiment.seed, self._several(problem, template), self._places[problem], sample
        )
        asked = self._asked(problem, sample)
        chat = sample if self.templates[template].uses & {*AROUND} and asked.around.varies else None
        drawn = canonical(asked.values) if asked.values else ""
        key = (problem, template, model.label, drawn, chat, *draws.items())
        if key not in self._scripts:
            self._scripts[key] = self._script(asked, template, model, draws, sample)
        script, fingerprint = self._scripts[key]
        return Job(Trial(problem, template, model.label, sample), script, model, fingerprint, draws, asked.values)

    def _script(
        self, asked: Problem, template: str, model: ModelSpec, draws: Mapping[str, int], sample: int
    ) -> tuple[Script, str]:
        """What is rendered, and the fingerprint of all that decides what is sent."""
        arm, attached = self.templates[template], self._attached(asked.id, template, model)
        variables = variables_of(self.experiment, asked, arm, draws, sample)
        line = asked.answer_line if self.experiment.answer_line else None
        if line:
            variables |= {ANSWER_LINE: line}
        identity = [model.id, model.label, model.parameters]
        along = [attached.identity] if attached.all else []
        drawn = [asked.values] if asked.values else []
        return Script(arm, variables, attached), digest([variables, arm.hash, identity, *along, *drawn])


def several(experiment: Experiment | None, problem: problems.Problem, template: Template) -> dict[str, tuple[str, ...]]:
    """The texts of several wordings that a template uses on a problem, by name. experiment: None, where there is none
    that may give a template's wordings."""
    hint = next(
        (h.level for h in problem.hints if h.level == "method"), problem.hints[-1].level if problem.hints else None
    )
    found = wordings.named_by(template.uses, problem.wordings, hint)
    own = tuple(experiment.wordings.get(template.name, template.wordings)) if experiment else template.wordings
    return found | ({wordings.TEMPLATE: own} if own and wordings.TEMPLATE in template.uses else {})


def variables_of(
    experiment: Experiment | None,
    problem: problems.Problem,
    template: Template,
    draws: Mapping[str, int],
    sample: int = 0,
) -> dict[str, Any]:
    """What the template may use on this problem; draws: which wording of a text, default: the first; sample: whose
    variants of the earlier questions."""
    own = several(experiment, problem, template).get(wordings.TEMPLATE)
    seed = experiment.seed if experiment else 0
    around = problem.around.variables(seed, sample) if template.uses & {*AROUND} else {}
    asked = problem.variables(draws) | {name: value for name, value in around.items() if name in template.uses}
    return asked | ({WORDING: own[draws.get(wordings.TEMPLATE, 0)]} if own else {})


def resolve(experiment: Experiment, problem_library: Library, prompt_library: templates.Library) -> Plan:
    """Load every problem and template of the experiment. Raises SpecError with the faults of all files."""
    faults: list[str] = []
    loaded: dict[str, problems.Problem] = {}
    templates: dict[str, Template] = {}
    cells: dict[tuple[str, str], int] = {}
    for part in experiment.parts:
        names: tuple[str, ...] = ()
        try:
            names = problem_library.find(part.problems)
        except SpecError as error:
            faults += error.problems
        _load_each(problem_library.load, names, loaded, faults)
        _load_each(prompt_library.load, part.templates, templates, faults)
        for problem in names:
            for template in part.templates:
                cells[problem, template] = max(part.samples, cells.get((problem, template), 0))
    faults += [] if faults else _without_wordings(experiment, templates)
    faults += [] if faults else _unsent(experiment, loaded, templates)
    if faults:
        raise SpecError(*faults)
    omissions = []
    for problem, template in list(cells):
        lack = lacking(templates[template], loaded[problem], experiment)
        if lack:
            omissions.append(Omission(problem, template, lack))
            del cells[problem, template]
    if not cells:
        raise SpecError("nothing is left to run: every problem lacks what its templates need")
    ordered = tuple((p, t, n) for (p, t), n in cells.items())
    return Plan(experiment, loaded, templates, ordered, tuple(omissions))


def _load_each(load_one: Callable[[str], T], names: Iterable[str], into: dict[str, T], faults: list[str]) -> None:
    for name in names:
        if name not in into:
            try:
                into[name] = load_one(name)
            except SpecError as error:
                faults += [f for f in error.problems if f not in faults]


def asked_of(template: Template, problem: problems.Problem) -> dict[str, Any]:
    """The variables of a problem that a template is rendered with, the first wording of each text.

    Raises SpecError where it asks earlier questions and one cannot be read.
    """
    return variables_of(None, problem, template, {})


def _without_wordings(experiment: Experiment, templates: Mapping[str, Template]) -> list[str]:
    """Faults of the wordings of templates."""
    faults = []
    for name, template in templates.items():
        given, used = experiment.wordings.get(name), WORDING in template.uses
        if given and not used:
            faults.append(f"[wordings]: template {name!r} does not use `{WORDING}`")
        if used and not given and not template.wordings:
            faults.append(
                f"template {name!r} uses `{WORDING}` and has no wordings: write {{% set wordings = [...] %}} in it, or "
                f"`{name} = [...]` under [wordings] of the experiment"
            )
    return faults


def _along(problem: problems.Problem, earlier: bool) -> Attached:
    """What goes along with a problem, with the files of earlier questions where they are asked."""
    attached = problem.around.attached
    return attached if earlier else replace(attached, earlier=())


def _unsent(
    experiment: Experiment, loaded: Mapping[str, problems.Problem], templates: Mapping[str, Template]
) -> list[str]:
    """What models cannot be given of the attachments, told before anything is asked."""
    faults: list[str] = []
    chats = {EARLIER in template.uses for template in templates.values()}
    for model, problem, earlier in product(experiment.models, loaded.values(), chats):
        try:
            sent_to(_along(problem, earlier), model)
        except SpecError as error:
            faults += [fault for fault in error.problems if fault not in faults]
    return faults


def lacking(template: Template, problem: problems.Problem, experiment: Experiment | None = None) -> str | None:
    """The variable that the template needs and the problem lacks, None when all is there."""
    try:
        rehearse(template, variables_of(experiment, problem, template, {}))
    except LacksError as error:
        return error.name
    return None
