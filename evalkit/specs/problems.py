"""Problems: one TOML file each, `problems/<set>/<name>.toml`, with id `<set>/<name>`.

A file holds what the model is asked, what the staff answers, what steers (hints, ban), how a reply is judged
(`[score.<scorer>]`) and the problem's own tests: `[[gold]]` replies must get full marks, `[[foils]]` must not.

A file with `[variants]` stands for several problems that differ in numbers (specs.variants). What `load` gives is the
first of them; `variant` gives any other, and a trial keeps which one it was asked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, create_model, model_validator

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.specs.attachments import MAX_FILES
from evalkit.specs.mathematics import Mathematics
from evalkit.specs.parts import Foil, Gold, Hint, Phrased, Pushback, Staff, Wordings
from evalkit.specs.sets import Around, Text
from evalkit.specs.toml import parse_toml, suggestion, validate
from evalkit.specs.variants import KEY as VARIANTS
from evalkit.specs.variants import Variant, Variants, label
from evalkit.types import Question, Scorer, Values, canonical, digest

if TYPE_CHECKING:
    from evalkit.specs.drawing import Drawn

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)+")


class Problem(Mathematics):
    """One problem file."""

    id: str = Field("", exclude=True, description="not written in the file: it is the path")
    title: Text
    cluster: str | None = Field(None, description="problems that share a context; default: the problem's own id")
    points: float | None = Field(None, ge=0, description="what the course gives for it; for readers alone")
    statement: Text
    passage: Text | None = None
    attachments: list[str] = Field(
        default_factory=list, max_length=MAX_FILES, description="PDF files and images that go with its first turn"
    )
    ban: Phrased | None = None
    request: Phrased | None = None
    wrong_hint: Phrased | None = None
    pushback: Pushback = Pushback()
    hints: list[Hint] = Field(default_factory=list, max_length=100)
    staff: Staff
    score: dict[str, dict[str, Any]] = Field(default_factory=dict)
    gold: list[Gold] = Field(default_factory=list, max_length=1000)
    foils: list[Foil] = Field(default_factory=list, max_length=1000)
    variants: Variants | None = Field(None, description="numbers that are drawn for each sample: <<n>> in the texts")
    _around: Around = PrivateAttr(default=Around())
    _drawn: Drawn | None = PrivateAttr(default=None)
    _variant: Variant | None = PrivateAttr(default=None)
    _made: dict[str, Problem] = PrivateAttr(default_factory=dict)
    _more: Mapping[str, Mapping[str, Any]] = PrivateAttr(default_factory=dict)

    @model_validator(mode="after")
    def _consistent(self) -> Problem:
        lists: dict[str, list[str]] = {
            "hints: level": [h.level for h in self.hints],
            "gold: name": [g.name for g in self.gold],
            "foils: name": [f.name for f in self.foils],
        }
        for what, names in lists.items():
            twice = sorted(n for n, times in Counter(names).items() if times > 1)
            if twice:
                raise ValueError(f"{what} {twice[0]!r} occurs twice; give each its own")
        return self

    @property
    def group(self) -> str:
        """The cluster this problem counts for."""
        return self.cluster or self.id

    @property
    def question(self) -> Question:
        """What scorers may know."""
        staff = self.staff.approach
        milestones = tuple(m.id for m in self.milestones if not m.approaches or staff in m.approaches)
        approaches = tuple(a.id for a in self.approaches)
        tracks = tuple(a for a in approaches if any(a in m.approaches for m in self.milestones))
        return Question(
            self.id, self.statement, self.passage, self.staff.solution, staff, approaches, milestones, tracks
        )

    @property
    def wordings(self) -> dict[str, tuple[str, ...]]:
        """The texts that have several wordings, by the name that templates use: `ban`, `hints.method`, ..."""
        return {name: tuple(text.wordings) for name, text in self._steering().items() if isinstance(text, Wordings)}

    def variables(self, drawn: Mapping[str, int] | None = None) -> dict[str, Any]:
        """What templates may use; what the problem lacks is left out.

        drawn: which wording (from 0) stands for a text that has several, by its name; default: the first.
        """
        given = self._steering()
        texts = {
            name: text.wordings[(drawn or {}).get(name, 0)] if isinstance(text, Wordings) else text
            for name, text in given.items()
        }
        hints = {h.level: texts[f"hints.{h.level}"] for h in self.hints}
        values: dict[str, Any] = {
            "statement": self.statement,
            "passage": self.passage,
            **{name: text for name, text in texts.items() if "." not in name},
            "hint": hints.get("method") or (hints[self.hints[-1].level] if self.hints else None),
            "hints": hints or None,
            "pushback": {n.partition(".")[2]: t for n, t in texts.items() if n.startswith("pushback.")} or None,
        }
        return {name: value for name, value in values.items() if value is not None}

    def _steering(self) -> dict[str, str | Wordings]:
        """What steers, by name, in one wording or several."""
        named = {
            "ban": self.ban,
            "request": self.request,
            "wrong_hint": self.wrong_hint,
            "pushback.right": self.pushback.right,
            "pushback.wrong": self.pushback.wrong,
            **{f"hints.{hint.level}": hint.phrased for hint in self.hints},
        }
        return {name: text for name, text in named.items() if text is not None}

    @property
    def values(self) -> Values:
        """What is drawn in this variant; empty for a problem without variants."""
        return self._variant.values if self._variant else {}

    @property
    def variant_values(self) -> tuple[Values, ...]:
        """What is drawn in each variant, in the order of the file."""
        return tuple(v.values for v in self._drawn.all) if self._drawn else ()

    def drawn_for(self, seed: int, sample: int) -> Values:
        """What a sample draws (see specs.variants); empty for a problem without variants."""
        return self._drawn.of_sample(seed, self.group, sample).values if self._drawn else {}

    def variant(self, values: Values) -> Problem:
        """The problem with these numbers, itself where it has no variants.

        Raises SpecError for numbers that the file does not allow, and for what is wrong with this variant.
        """
        if canonical(values) == canonical(self.values):
            return self
        key = canonical(values)
        if key not in self._made:
            self._made[key] = self._with(values)
        return self._made[key]

    def _with(self, values: Values) -> Problem:
        known = self._drawn.by_values if self._drawn else {}
        wanted = known.get(canonical(values))
        if self._drawn is None or wanted is None:
            raise SpecError(f"{self.id}: has no variant {label(values) or 'without drawn values'}")
        other = _of_variant(self._drawn, wanted, self.id).placed(self._around)
        return other.judged_by(self._more)

    def asked_as(self, values: Values) -> Problem | None:
        """The problem as a trial that drew these numbers was asked it; None where that is not known."""
        if not values and self._drawn is not None:
            return None
        return self.variant(values) if self._drawn else self

    @property
    def around(self) -> Around:
        """The homework that the problem belongs to and the questions before it, for templates that ask for them."""
        return self._around

    def placed(self, around: Around) -> Problem:
        """The same problem in a homework."""
        other = self.model_copy()
        other._around, other._made = around, {}
        return other

    @property
    def answer_line(self) -> str | None:
        """The sentence that asks for the answer in the form that this problem's scorer reads best."""
        forms = [form for scorer in self.scorers.values() if (form := scorer.answer_form())]
        if not forms:
            return None
        return f"End your reply with one line `Final answer: ...`, where ... is {forms[0]} and nothing else."

    @cached_property
    def scorers(self) -> Mapping[str, Scorer]:
        """The scorers of this problem by name, sorted. Raises SpecError for unknown scorers and wrong fields."""
        built: dict[str, Scorer] = {}
        faults: list[str] = []
        for name in sorted(self.score):
            try:
                scorer_class = plugins.load("scorers", name).Scorer
                built[name] = validate(scorer_class, self.score[name], self.id, ("score", name))
            except SpecError as error:
                faults += error.problems
        if faults:
            raise SpecError(*faults)
        return built

    def judged_by(self, more: Mapping[str, Mapping[str, Any]]) -> Problem:
        """The same problem with these scorers too: name -> fields. Raises SpecError for a scorer or field unknown."""
        if not more:
            return self
        other = self.model_copy(update={"score": {**self.score, **{n: dict(fields) for n, fields in more.items()}}})
        other._more, other._made = more, {}
        other.__dict__.pop("scorers", None)  # the copy of what was computed from the old tables
        assert other.scorers  # noqa: S101 - built now, so that its faults are told before anything is judged
        return other

    def __repr__(self) -> str:  # what a notebook shows of many
        return f"<Problem {self.id}: {self.title}>"

    def scorer_version(self, name: str) -> str:
        """Changes whenever a stored score of this scorer might be out of date."""
        scorer = self.scorers[name]
        judged_by: dict[str, Any] = {"fields": scorer.model_dump(mode="json"), "question": asdict(self.question)}
        if own := plugins.code("scorers", name):
            judged_by["code"] = own
        if scorer.reads_derivation:
            judged_by["derivation"] = self.derivation.model_dump(mode="json")
        return f"{scorer.version}-{digest(judged_by)[:12]}"


def parse(text: str, identifier: str, origin: str) -> Problem:
    """A problem from the text of its file, of several variants the first; all faults at once in one SpecError."""
    return of_table(parse_toml(text, origin), identifier, origin)


def of_table(data: dict[str, Any], identifier: str, origin: str) -> Problem:
    """The same from the tables of its file."""
    if "id" in data:
        raise SpecError(f"{origin}: unknown key 'id' at the top; the id of a problem is its path ({identifier})")
    if VARIANTS in data:
        from evalkit.specs.drawing import Drawn  # with the grammar of formulas

        drawn = Drawn(data, origin)
        return _of_variant(drawn, drawn.all[0], identifier)
    return _built(data, identifier, origin)


def _of_variant(drawn: Drawn, variant: Variant, identifier: str) -> Problem:
    data = {**drawn.filled(variant), VARIANTS: drawn.declared}
    try:
        problem = _built(data, identifier, drawn.origin)
    except SpecError as error:
        if variant is drawn.all[0]:
            raise
        raise SpecError(*(f"{fault} (with {variant.label})" for fault in error.problems)) from None
    problem._drawn, problem._variant = drawn, variant
    return problem


def _built(data: Mapping[str, Any], identifier: str, origin: str) -> Problem:
    faults: list[str] = []
    for name, table in _tables(data.get("score")).items():
        try:
            validate(plugins.load("scorers", name).Scorer, table, origin, ("score", name))
        except SpecError as error:
            faults += [f if f.startswith(origin) else f"{origin}: [score.{name}]: {f}" for f in error.problems]
    try:
        problem = validate(Problem, {**data, "id": identifier}, origin)
    except SpecError as error:
        raise SpecError(*error.problems, *faults) from None
    faults += [*_metric_faults(problem, origin), *_milestone_faults(problem, origin)] if not faults else []
    if faults:
        raise SpecError(*faults)
    return problem


def stored(text: str, identifier: str) -> Problem:
    """A problem from the text that a run file holds, whose faults are said to lie there."""
    return parse(text, identifier, f"problem {identifier}, as the run file holds it")


def stored_group(text: str, identifier: str) -> str:
    """Its cluster; the rest of the problem is not read, unless it has variants, of which the cluster may be drawn."""
    data = parse_toml(text, f"problem {identifier}, as the run file holds it")
    return stored(text, identifier).group if VARIANTS in data else str(data.get("cluster") or identifier)


def _tables(score: object) -> dict[str, object]:
    return score if isinstance(score, dict) else {}


def _metric_faults(problem: Problem, origin: str) -> list[str]:
    """Metrics named by golds and foils that no scorer of the problem has."""
    known = {f"{name}.{metric}" for name, scorer in problem.scorers.items() for metric in scorer.metrics}
    named = [("staff", metric) for metric in problem.staff.expect]
    named += [(f"gold[{i}]", metric) for i, g in enumerate(problem.gold, 1) for metric in g.expect]
    named += [(f"foils[{i}]", metric) for i, f in enumerate(problem.foils, 1) for metric in (*f.misses, *f.expect)]
    return [f"{origin}: {at}: unknown metric {m!r}{suggestion(m, known)}" for at, m in named if m not in known]


def _milestone_faults(problem: Problem, origin: str) -> list[str]:
    """Milestones named by scorers that the problem does not declare."""
    known = {m.id for m in problem.milestones}
    named = [(name, m) for name, scorer in problem.scorers.items() for m in dict.fromkeys(scorer.milestones())]
    return [f"{origin}: [score.{n}]: no milestone {m!r}{suggestion(m, known)}" for n, m in named if m not in known]


def schema() -> dict[str, Any]:
    """JSON schema of a problem file for editors, the tables of all scorers included."""
    classes: dict[str, Any] = {n: plugins.load("scorers", n).Scorer for n in plugins.known("scorers")}
    tables: dict[str, Any] = {
        name: (create_model(name, __base__=cls, __doc__=plugins.load("scorers", name).__doc__) | None, None)
        for name, cls in classes.items()
    }
    score: type[BaseModel] = create_model("Score", __config__=ConfigDict(extra="forbid"), **tables)
    full = create_model("ProblemFile", __base__=Problem, score=(score, score()))
    result = full.model_json_schema()
    result["properties"].pop("id")
    result["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.loads(json.dumps(result))  # type: ignore[no-any-return]
