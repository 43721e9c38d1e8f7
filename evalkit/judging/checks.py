"""`evalkit check`: every problem and template of a project, before any money is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from evalkit.errors import SpecError, listed
from evalkit.judging import pitfalls
from evalkit.judging.analyses import Analyses, texts_of
from evalkit.judging.applying import UNREADABLE, apply, nothing
from evalkit.judging.bounds import BACKSTOP, CPU_SECONDS, OutOfTimeError, cpu_seconds
from evalkit.judging.scoring import imports_of, own_faults
from evalkit.judging.workers import Value, Workers
from evalkit.specs import skeletons
from evalkit.specs.library import Library as ProblemLibrary
from evalkit.specs.parts import Foil, Gold, Staff
from evalkit.specs.plan import asked_of, lacking
from evalkit.specs.problems import Problem
from evalkit.specs.templates import Library as TemplateLibrary
from evalkit.specs.templates import Template, rehearse
from evalkit.specs.variants import label
from evalkit.types import Reply, Score, digest

Judged = Gold | Foil | Staff
"""What a problem file says of its own marks."""


@dataclass
class Findings:
    """What a check found. `faults` are errors, `remarks` are worth knowing."""

    problems: int = 0
    templates: int = 0
    replies: int = 0
    """Golds and foils judged."""
    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def check(
    problem_library: ProblemLibrary,
    prompt_library: TemplateLibrary,
    patterns: Sequence[str] = ("*",),
    progress: Callable[[str], None] = lambda _: None,
) -> Findings:
    """Schema, golds, foils, milestones and templates of every problem that a pattern matches; all faults at once."""
    found = Findings()
    templates = list(_loaded(prompt_library.load, prompt_library.everything(), found))
    found.templates = len(templates)
    ids = problem_library.find(patterns) if problem_library.ids() else ()
    if not ids:
        found.remarks.append(f"{problem_library.folder}: no problem files")
    loaded = list(_loaded(problem_library.load, _filled(problem_library, ids, found), found))
    found.remarks += _same_statements(loaded)
    with Workers(1, imports=imports_of(loaded)) as pool:
        for problem in loaded:
            progress(problem.id)
            found.problems += 1
            origin = str(problem_library.path(problem.id))
            found.faults += [f"{origin}: {fault}" for fault in pitfalls.faults(problem)]
            found.remarks += [f"{problem.id}: {remark}" for remark in pitfalls.remarks(problem)]
            judged = _each_variant(problem, origin, pool)
            found.replies += judged.replies
            found.faults += judged.faults
            found.remarks += judged.remarks
            found.remarks += [f"{problem.id}: {remark}" for remark in _same_prompts(problem, templates, found)]
    return found


def _each_variant(problem: Problem, origin: str, pool: Workers) -> Findings:
    """What a problem declares and its own replies, of every variant; a fault of several is told once."""
    faults: dict[str, list[str]] = {}
    remarks: dict[str, list[str]] = {}
    proved: dict[str, Findings] = {}
    found = Findings()
    for values in problem.variant_values or ({},):
        try:
            one = problem.variant(values)
        except SpecError as error:  # says itself with which numbers
            found.faults += error.problems
            continue
        mathematics = digest(one.derivation.model_dump(mode="json"))
        if mathematics not in proved:  # numbers that only texts and answers use leave it as it is
            proved[mathematics] = _mathematics(one, pool)
        mine = Findings()
        wrong = proved[mathematics].faults
        told = [f"{origin}: {fault}" for fault in wrong] + list(own_faults(one, pool))
        told += [f"{origin}: {fault}" for fault in _replies(one, pool, mine) if not _follows(fault, wrong)]
        for fault in told:
            faults.setdefault(fault, []).append(label(values))
        for remark in [*(f"{one.id}: {remark}" for remark in proved[mathematics].remarks), *mine.remarks]:
            remarks.setdefault(remark, []).append(label(values))
        found.replies += mine.replies
    found.faults += [_of_variants(fault, where) for fault, where in faults.items()]
    found.remarks += [_of_variants(remark, where) for remark, where in remarks.items()]
    return found


def _follows(fault: str, wrong: Sequence[str]) -> bool:
    """Whether a reply could not be judged for what is said of the file anyway."""
    return bool(wrong) and UNREADABLE in fault


def _of_variants(told: str, where: Sequence[str]) -> str:
    if not where[0]:
        return told
    return f"{told} (with {where[0]}{f', and in {len(where) - 1} more variants' if len(where) > 1 else ''})"


def _filled(library: ProblemLibrary, ids: Sequence[str], found: Findings) -> list[str]:
    """The problems whose skeleton is filled in; of the others all that is missing is one fault each."""
    whole = []
    for identifier in ids:
        left = _unfilled(library, identifier)
        if left:
            found.faults.append(f"{library.path(identifier)}: fill in {listed(left, 3)}")
        else:
            whole.append(identifier)
    return whole


def _unfilled(library: ProblemLibrary, identifier: str) -> list[str]:
    try:
        return skeletons.unfilled(library.text(identifier))
    except SpecError:  # said when it is loaded
        return []


def _same_statements(loaded: Sequence[Problem]) -> list[str]:
    """Problems that ask the same: counted as several, they would make one problem's answer look like many's."""
    by_text: dict[tuple[str, str], list[str]] = {}
    for problem in loaded:
        text = " ".join(problem.statement.split()), " ".join((problem.passage or "").split())
        by_text.setdefault(text, []).append(problem.id)
    return [
        f"{', '.join(ids)}: one and the same statement; problems that are copies count as several: keep one, or give "
        "them one cluster"
        for ids in by_text.values()
        if len(ids) > 1
    ]


def _loaded(load: Callable[[str], object], names: Sequence[str], found: Findings) -> Iterator:  # type: ignore[type-arg]
    for name in names:
        try:
            yield load(name)
        except SpecError as error:
            found.faults += [fault for fault in error.problems if fault not in found.faults]


def _mathematics(problem: Problem, pool: Workers) -> Findings:
    """What is wrong with the declared mathematics; a problem file may be a stranger's, and hard to compute."""
    outcome = pool.run(_mathematics_read, problem, BACKSTOP * CPU_SECONDS)
    return outcome.value if isinstance(outcome, Value) else Findings(faults=[f"{_UNPROVED}: {outcome}"])


_UNPROVED = "[symbols], [[worlds]], [[milestones]]: could not be proved"


def _mathematics_read(problem: Problem) -> Findings:
    found = Findings()
    try:
        with cpu_seconds(BACKSTOP * CPU_SECONDS):
            found.faults = problem.mathematics_faults()
            found.remarks = [] if found.faults else problem.mathematics_doubts()
    except (OutOfTimeError, MemoryError) as error:
        found.faults.append(f"{_UNPROVED}: {error or 'too much memory'}")
    return found


def _replies(problem: Problem, pool: Workers, found: Findings) -> Iterator[str]:
    if problem.scorers and not problem.gold:
        found.remarks.append(f"{problem.id}: no [[gold]] reply shows that its scorers can give full marks")
    tasks: list[tuple[Problem, Judged]] = [
        *((problem, g) for g in problem.gold),
        *((problem, f) for f in problem.foils),
    ]
    metrics = [info for scorer in problem.scorers.values() for info in scorer.metrics.values()]
    if any(info.staff is not None or (info.role == "answer" and not problem.gold) for info in metrics):
        tasks.append((problem, problem.staff))
    limit = BACKSTOP * sum(s.time_limit for s in problem.scorers.values()) or BACKSTOP
    for (_, reply), outcome in pool.map(_judge, tasks, limit):
        if isinstance(reply, Staff):
            at = "[staff] solution"
        else:
            at = f"{'gold' if isinstance(reply, Gold) else 'foil'} {reply.name!r}"
            found.replies += 1
        if not isinstance(outcome, Value):
            yield f"{at}: could not be judged: {outcome}"
            continue
        scores = outcome.value
        if isinstance(reply, Staff):
            found.remarks += [f"{problem.id}: {at}: {remark}" for remark in _staff_answers(problem, reply, scores)]
        faults = _staff_marks(problem, reply, scores) if isinstance(reply, Staff) else _marks(problem, reply, scores)
        yield from (f"{at}: {fault}" for fault in faults)


def _judge(task: tuple[Problem, Judged]) -> dict[str, Score]:
    problem, judged = task
    reply = Reply(judged.solution if isinstance(judged, Staff) else judged.reply)
    analyses = Analyses(problem, texts_of([reply]))  # one for all scorers, as where a run is judged
    return {
        f"{name}.{score.metric}": score
        for name, scorer in problem.scorers.items()
        for score in (apply(scorer, problem, [reply], analyses) or nothing(scorer, "no score"))
    }


def _staff_marks(problem: Problem, staff: Staff, scores: dict[str, Score]) -> Iterator[str]:
    """What the staff's own solution must reach and does not. What cannot be judged of it is no fault."""
    for name, scorer in problem.scorers.items():
        for metric, info in scorer.metrics.items():
            key = f"{name}.{metric}"
            score = scores[key]
            if key in staff.expect:
                yield from _against_expectation(key, score, staff.expect[key])
            elif info.staff is not None and score.value is not None and score.value != info.staff:
                yield (
                    f"{key} is {_shown(score)}; the staff's own solution must get {info.staff:g}: mend the solution or "
                    "what the file declares, or state the exception: "
                    f'expect = {{ "{key}" = {score.value:g} }} under [staff]'
                )


def _staff_answers(problem: Problem, staff: Staff, scores: dict[str, Score]) -> Iterator[str]:
    """Answers of the staff's own solution that are judged wrong, where no gold reply shows that the answer is found.

    No fault, because a solution need not end with its answer.
    """
    if problem.gold:
        return
    for name, scorer in problem.scorers.items():
        for metric, info in scorer.metrics.items():
            key = f"{name}.{metric}"
            if info.role == "answer" and key not in staff.expect and scores[key].value == info.low != info.full:
                yield f"{key} is {_shown(scores[key])}: if the solution is right, [score.{name}] is not"


def _against_expectation(metric: str, score: Score, wanted: float | None) -> Iterator[str]:
    if score.value == wanted or (score.value is not None and wanted is not None and abs(score.value - wanted) <= 1e-9):
        return
    said = "it cannot be judged" if wanted is None else f"{wanted:g}"
    yield f"{metric} is {_shown(score)}; `expect` says {said}"


def _marks(problem: Problem, reply: Gold | Foil, scores: dict[str, Score]) -> Iterator[str]:
    """What is wrong with the marks that a gold or foil got."""
    for metric, wanted in reply.expect.items():
        yield from _against_expectation(metric, scores[metric], wanted)
    for name, scorer in problem.scorers.items():
        for metric, info in scorer.metrics.items():
            key = f"{name}.{metric}"
            score = scores[key]
            if key in reply.expect or info.full is None:
                continue
            if isinstance(reply, Gold) and score.value != info.full:
                yield f"{key} is {_shown(score)}; a gold reply must get {info.full:g}"
            if isinstance(reply, Foil) and key in reply.misses and score.value == info.full:
                yield f"{key} is {_shown(score)}, full marks; a foil must not get them"
            if isinstance(reply, Foil) and key in reply.misses and score.value is None:
                yield f"{key} could not be judged ({score.reason}); a foil must be judged and fail"


def _shown(score: Score) -> str:
    return f"None ({score.reason})" if score.value is None else f"{score.value:g} ({score.reason})"


def _same_prompts(problem: Problem, templates: Sequence[Template], found: Findings) -> Iterator[str]:
    """Arms that would send the same: comparing them measures nothing."""
    sent: dict[object, str] = {}
    for template in templates:
        try:
            if lacking(template, problem):
                continue
            requests = rehearse(template, asked_of(template, problem))
        except SpecError as error:
            found.faults += [f"{problem.id}: {fault}" for fault in error.problems]
            continue
        twin = sent.setdefault(requests, template.name)
        if twin != template.name:
            yield f"templates {twin!r} and {template.name!r} render the same"
