"""Applies the scorers of the problems to stored transcripts. No model is needed.

What a scorer has judged is not judged again until its version, its fields or the question change. Scorers that
could run long on hostile text work in processes that can be killed; what was killed has the value None, never 0.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from evalkit import plugins
from evalkit.asking.causes import Causes
from evalkit.errors import SpecError
from evalkit.judging import asked
from evalkit.judging.analyses import Analyses, texts_of
from evalkit.judging.applying import FAILED, apply, kinds_read_by, nothing
from evalkit.judging.asked import Votes
from evalkit.judging.bounds import BACKSTOP, RAN_OUT, counts_time, heard
from evalkit.judging.keeping import Keeping
from evalkit.judging.tasks import Judged, Task, Wanted, judge_task
from evalkit.judging.workers import TimedOut, Value, Workers
from evalkit.reading.votes import READING
from evalkit.runfile.records import Stored
from evalkit.runfile.store import Store
from evalkit.specs import problems
from evalkit.specs.judge import Judge
from evalkit.specs.library import Library
from evalkit.specs.problems import Problem
from evalkit.types import Scorer, Values, canonical, digest

if TYPE_CHECKING:
    from evalkit.cluster.joining import Cluster
    from evalkit.judging.on_nodes import NodeWorkers

SHORT = 20_000
"""Characters of a reply that a quick scorer may judge in this process; longer ones go to a worker."""


@dataclass(frozen=True, slots=True)
class _Todo:
    """A problem as it is judged by: its text, the problem with `more` laid over it, and the scorers' versions."""

    text: str
    problem: Problem
    versions: Mapping[str, str]
    more: str
    asked: Sequence[Judge] = ()
    """Who was asked about its replies: a judge what the scorers cannot tell, a reader how they are to be read."""
    variants: dict[str, _Todo] = field(default_factory=dict)
    """The same for other numbers that are drawn, made when first asked for."""

    def of(self, drawn: Values) -> _Todo:
        """The problem as a trial was asked it. Raises SpecError where it has no such variant."""
        if not self.problem.variant_values:
            return self
        if not drawn:
            raise SpecError("which variant of the problem was asked is not recorded")
        key = canonical(drawn)
        if key not in self.variants:
            problem = self.problem.variant(drawn)
            versions = {name: problem.scorer_version(name) for name in self.versions}
            self.variants[key] = replace(self, problem=problem, versions=versions, variants={})
        return self.variants[key]

    def votes(self, store: Store, stored: Stored) -> dict[int, Votes]:
        """What they said, by assistant turn."""
        found: dict[int, Votes] = {}
        for turn, reply in enumerate(stored.transcript.replies, 1) if self.asked else ():
            said = {k: v for judge in self.asked for k, v in asked.said(store, judge, self.problem, reply).items()}
            if READING in said:
                said[READING] = asked.beside_labels(said[READING], store.labels_of(stored.id), turn)
            if said:
                found[turn] = said
        return found

    def version(self, name: str, votes: Votes | None) -> str:
        """The version of a verdict: that of the scorer, and of the votes that it reads where there are any."""
        kinds = kinds_read_by(self.problem.scorers[name]) if votes else ()
        read = {kind: votes[kind] for kind in kinds if kind in votes} if votes else {}
        if not read:
            return self.versions[name]
        told = {kind: [[dict(v.found) if v.found else None, v.reason] for v in found] for kind, found in read.items()}
        return f"{self.versions[name]}+{digest(told)[:12]}"


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """What is newly said of one transcript, and the judge's votes that it may rest on."""

    stored: Stored
    job: _Todo
    done: list[Judged]
    votes: Mapping[int, Votes]


@dataclass
class ScoringProgress:
    """Transcripts looked at, verdicts newly made, verdicts that ran out of time or crashed; of the new ones, those that
    stand in place of an older version's, and of these those with another value."""

    transcripts: int = 0
    judged: int = 0
    kept: int = 0
    broken: int = 0
    again: int = 0
    changed: int = 0
    failed: Causes = field(default_factory=Causes)
    """Of the new ones: why scorers failed, and how often. Faults of the scorer, not of a reply."""


_NEVER = object()
"""Stands for the value of what was not judged before: None is a value."""


def score_run(
    store: Store,
    library: Library | None,
    *,
    only: Sequence[str] | None = None,
    processes: int | Cluster = 2,
    retry: bool = False,
    more: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    warn: Callable[[str], None] = lambda _: None,
    seen: Callable[[ScoringProgress], None] = lambda _: None,
) -> ScoringProgress:
    """Judge every transcript of a run file that is not judged yet, or whose judgement is out of date.

    library: where the current problem files are. A problem that asks something else by now is judged by the text stored
    in the run (`warn` says so). only: names of scorers. more: scorers for every problem, beside those that it names, or
    in their place: name -> fields (JSON). What was made in this process is judged anew each time, for its code may have
    changed. processes: so many here, or those on the nodes of a cluster. retry: also what ran out of time or memory, or
    crashed. seen: is told after every transcript.
    Raises SpecError for a problem that is neither in the library nor in the run file, or that does not load.
    """
    progress = ScoringProgress()
    todo = []
    pending: list[Future[None]] = []
    judges = [judge for office in asked.OFFICES if (judge := asked.kept(store, office)) is not None]
    strange = {name for name in store.unmatched() if not (library and name in library)}
    if strange:
        named = ", ".join(sorted(strange)[:3]) + (", ..." if len(strange) > 3 else "")
        warn(f"no problem here: {named} ({len(strange)} in all); their scores stay those that came with their log")
    for identifier in (name for name in store.problems() if name not in strange):
        text, problem = problem_of(store, library, identifier, warn, pending)
        problem = problem.judged_by(more)
        versions = {n: problem.scorer_version(n) for n in problem.scorers if only is None or n in only}
        fields = json.dumps({n: dict(fields) for n, fields in more.items()})
        todo.append(_Todo(text, problem, versions, fields, [j for j in judges if j.kinds_of(problem)]))
    _settle(pending)
    imports = imports_of([job.problem for job in todo])
    with _workers(processes, imports) as pool, Keeping(store) as keeping, heard():
        faults = [fault for job in todo for fault in own_faults(job.problem, pool, only)]
        if faults:
            raise SpecError(*faults)
        for job in todo:
            judged = store.judged(job.problem.id)
            have = {key: {(*place, version) for place, version, _, _ in rows} for key, rows in judged.items()}
            for new in _judge_all(store, job, pool, progress, have, retry=retry):
                key = new.stored.id
                rows = judged.get(key, ()) if new.done else ()
                before = {(*place, metric): value for place, _, metric, value in rows}
                for verdict in new.done:
                    old = [before.get((verdict.turn, verdict.scorer, s.metric), _NEVER) for s in verdict.scores]
                    progress.again += any(value is not _NEVER for value in old)
                    progress.changed += any(
                        value is not _NEVER and value != s.value for value, s in zip(old, verdict.scores, strict=True)
                    )
                    version = new.job.version(verdict.scorer, new.votes.get(verdict.turn))
                    keeping.add((key, verdict.turn, verdict.scorer, version, verdict.scores))
                    progress.judged += 1
                    if verdict.scores and verdict.scores[0].reason.startswith(FAILED):
                        progress.failed.add(f"{verdict.scorer}: {verdict.scores[0].reason.removeprefix(FAILED)}")
                progress.transcripts += 1
                seen(progress)
    return progress


def _workers(where: int | Cluster, imports: list[str]) -> Workers | NodeWorkers:
    if isinstance(where, int):
        return Workers(where, imports=imports)
    from evalkit.judging.on_nodes import NodeWorkers

    return NodeWorkers(where, imports)


def own_faults(problem: Problem, pool: Workers | NodeWorkers, only: Sequence[str] | None = None) -> Iterator[str]:
    """What loading cannot see to be wrong with a problem's scorers: a staff answer that is not equal to itself, ..."""
    for name, scorer in problem.scorers.items():
        if type(scorer).faults is Scorer.faults or (only is not None and name not in only):
            continue
        if not plugins.travels("scorers", name):
            yield from (f"{problem.id}: [score.{name}]: {fault}" for fault in scorer.faults())
            continue
        outcome = pool.run(_faults_of, (name, scorer.model_dump(mode="json")), BACKSTOP * scorer.time_limit)
        found = outcome.value if isinstance(outcome, Value) else [f"could not be checked: {outcome}"]
        yield from (f"{problem.id}: [score.{name}]: {fault}" for fault in found)


def _faults_of(named: tuple[str, dict[str, Any]]) -> list[str]:
    scorer: Scorer = plugins.load("scorers", named[0]).Scorer.model_validate(named[1])
    return list(scorer.faults())


def imports_of(found: Iterable[Problem]) -> list[str]:
    """What the scorers of these problems want loaded before their clocks start; `check` runs all of them in workers."""
    return sorted({name for problem in found for s in problem.scorers.values() for name in s.imports})


def _settle(pending: list[Future[None]]) -> None:
    for future in pending:
        future.result()
    pending.clear()


def problem_of(
    store: Store,
    library: Library | None,
    identifier: str,
    warn: Callable[[str], None],
    pending: list[Future[None]],
) -> tuple[str, Problem]:
    """(text, problem) as a run is judged by: the library's where it still asks the same, else the run file's own.

    pending: takes what is written because the text is another one by now. Waiting for each would be a commit each.
    """
    stored = store.spec("problem", identifier)
    drawn = list({canonical(values): values for values in store.variants_of(identifier)}.values())

    def asks(said: Problem) -> object:
        try:
            each = [said.variant(values) for values in drawn] or [said]
        except SpecError:  # numbers that this file does not allow
            return None
        return [(one.variables(), one.wordings) for one in each]

    if library and library.is_own(identifier):
        current, problem = library.loaded(identifier)
        now = asks(problem)
        if stored in (None, current) or (now is not None and asks(problems.stored(stored, identifier)) == now):
            if stored != current:
                pending.append(store.keep_spec("problem", identifier, current))
            return current, problem
        warn(f"{identifier}: asks something else than it did in this run; judged by the text stored in the run")
    if stored is None:
        raise SpecError(f"problem {identifier!r} is neither in the run file nor in the folder of problems")
    return stored, problems.stored(stored, identifier)


def _judge_all(
    store: Store,
    job: _Todo,
    pool: Workers | NodeWorkers,
    progress: ScoringProgress,
    judged: Mapping[int, set[tuple[int, str, str]]],
    *,
    retry: bool,
) -> Iterator[_Verdicts]:
    """Every transcript of a problem with its new verdicts. judged: what the run file holds, by transcript."""
    ready: list[_Verdicts] = []
    waiting: deque[_Verdicts] = deque()
    problem = job.problem

    def tasks() -> Iterator[Task]:
        for stored in store.transcripts(problem.id):
            have = judged.get(stored.id, set())
            if retry and have:
                again = {(turn, name) for turn, name, reason in store.unjudged(stored.id) if RAN_OUT.match(reason)}
                have = {kept for kept in have if kept[:2] not in again}
            try:
                mine = job.of(stored.transcript.variant)
            except SpecError as error:  # chats recorded elsewhere; what can be read of the others is judged
                ready.append(_Verdicts(stored, job, list(_of_no_variant(stored, job, str(error))), {}))
                continue
            votes = mine.votes(store, stored)
            done, isolated = _judge_here(stored, mine, have, votes, progress)
            (waiting if isolated else ready).append(_Verdicts(stored, mine, done, votes))
            if isolated:
                texts = texts_of(stored.transcript.replies)
                drawn = mine.problem.values
                yield Task(job.text, problem.id, drawn, texts, isolated, stored.transcript.readings, job.more, votes)

    for task, outcome in pool.map(judge_task, tasks(), _limit(problem)):
        new = waiting.popleft()
        new.done.extend(outcome.value if isinstance(outcome, Value) else _one_by_one(task, problem, pool, progress))
        yield new
        yield from ready
        ready.clear()
    yield from ready


def _of_no_variant(stored: Stored, job: _Todo, why: str) -> Iterator[Judged]:
    """Without the numbers that were drawn nothing can be said of a reply. Said anew each time: it costs nothing."""
    for turn, reply in enumerate(stored.transcript.replies, 1):
        for name in job.versions:
            yield Judged(turn, name, nothing(job.problem.scorers[name], reply.unjudged or why))


def _limit(problem: Problem) -> float:
    return BACKSTOP * sum(s.time_limit for s in problem.scorers.values())


def _judge_here(
    stored: Stored,
    job: _Todo,
    have: Container[tuple[int, str, str]],
    votes: Mapping[int, Votes],
    progress: ScoringProgress,
) -> tuple[list[Judged], tuple[Wanted, ...]]:
    """Verdicts that need no worker process or cannot have one, and what is left for one.

    A thread that cannot count a scorer's time leaves all to workers.
    """
    problem = job.problem
    counted = counts_time()
    replies = stored.transcript.replies
    done: list[Judged] = []
    isolated: list[Wanted] = []
    for turn, reply in enumerate(replies, 1):
        for name in job.versions:
            if (turn, name, job.version(name, votes.get(turn))) in have and not plugins.is_made("scorers", name):
                progress.kept += 1
                continue
            scorer = problem.scorers[name]
            if reply.unjudged:
                done.append(Judged(turn, name, nothing(scorer, reply.unjudged)))
            elif (scorer.isolated or len(reply.text) > SHORT or not counted) and plugins.travels("scorers", name):
                isolated.append((turn, name))
            else:
                analyses = Analyses(problem, texts_of(replies), stored.transcript.readings, votes)
                done.append(Judged(turn, name, apply(scorer, problem, replies[:turn], analyses, votes.get(turn))))
    return done, tuple(isolated)


def _one_by_one(task: Task, problem: Problem, pool: Workers | NodeWorkers, progress: ScoringProgress) -> list[Judged]:
    """After a time-out or a crash each scorer is tried alone, so that one does not cost the others their verdicts."""
    done: list[Judged] = []
    for turn, name in task.wanted:
        scorer = problem.scorers[name]
        alone = replace(task, wanted=((turn, name),))
        outcome = pool.run(judge_task, alone, BACKSTOP * scorer.time_limit)
        if isinstance(outcome, Value):
            done += outcome.value
            continue
        progress.broken += 1
        reason = f"timed out after {outcome.seconds:g} s" if isinstance(outcome, TimedOut) else outcome.reason
        done.append(Judged(turn, name, nothing(scorer, reason)))
    return done
