"""One run on its way: what is asked round by round, and the scoring between and after.

`rounds` is the one flow: it yields what is to be asked, and scores and looks in between. Who drives it chooses thread
and event loop: `run`, `run_async` (running.py) and the command.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evalkit.asking import batches, connecting, identity
from evalkit.asking.forecast import Forecast, forecast
from evalkit.asking.limits import Log
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.asking.runner import Orders
from evalkit.asking.runner import run as ask_directly
from evalkit.asking.stopping import Stop
from evalkit.cluster import joining
from evalkit.errors import ProviderError, SpecError, StoreError
from evalkit.interface import judge as judges
from evalkit.interface.project import AnyPath, Project
from evalkit.judging import asked
from evalkit.judging.scoring import ScoringProgress, score_run
from evalkit.runfile.store import Store
from evalkit.specs.plan import Plan as Plan

Asking = Callable[[], Coroutine[Any, Any, Progress]]
PROCESSES = 2
"""That score, on this machine."""


@dataclass(frozen=True)
class Manner:
    """How a run is done, beside what it asks."""

    score: bool = True
    """Score the replies afterwards."""
    probe: bool = True
    """Begin with a conformance probe: eight short requests to every new model."""
    retry_failed: bool = True
    """Ask trials again that failed before."""
    log: AnyPath | None = None
    """Append a line of JSON for every attempt to this file."""
    trusted: tuple[str, ...] | list[str] = ()
    """Hosts to which an experiment file may send a key."""
    watch: Callable[[Progress], None] | None = None
    """Is called twice a second, while replies are scored too; by default a line below a notebook's cell is kept up to
    date."""
    batch: bool = False
    """Leave requests in batches, which are answered within a day at a lower price; call again to collect."""
    wait: bool = False
    """With `batch`: stay until they are answered."""
    ray: str | None = None
    """Ask local models, and score, on the nodes of this Ray cluster: `auto`, or HOST:PORT of its head."""


PLAIN = Manner()


@dataclass
class Session:
    """One run on its way."""

    plan: Plan
    project: Project
    path: Path
    limit: int | None
    how: Manner
    say: Callable[[str], None] = lambda _: None
    """Is told how it goes."""
    warn: Callable[[str], None] = lambda _: None
    """Is told what a user should know."""
    progress: Progress = field(default_factory=Progress)
    stop: Stop = field(default_factory=Stop)
    scored: ScoringProgress | None = None
    copies: str | None = None
    """A warning of replies that are word for word the same."""
    cluster: joining.Cluster | None = None
    judged: Callable[[], None] = lambda: None
    """Is called after every transcript that was looked at while replies are scored; what it raises ends the run."""

    def score(self, store: Store) -> ScoringProgress:
        """Judge what is stored by now."""

        def seen(scored: ScoringProgress) -> None:
            self.progress.scored = scored.transcripts
            self.judged()

        only = self.plan.experiment.scorers
        where = self.cluster or PROCESSES
        return score_run(store, self.project.problems, only=only, processes=where, warn=self.warn, seen=seen)


@contextmanager
def opened(session: Session) -> Iterator[Iterator[Asking]]:
    """What is to be asked, round by round; scored when the body ends. Raises ProviderError from the body only then."""
    plan, how = session.plan, session.how
    if plan.experiment.stop is not None:
        from evalkit.comparing import early_stop  # scipy comes with it

        early_stop.check(plan)
    if how.wait and not how.batch:
        raise SpecError("--wait: only batches are waited for; give it with --batch")
    if how.ray is not None:
        _check_ray(plan, how)
    for spec in plan.experiment.everyone:
        connecting.check(spec)  # before the run file holds anything of an experiment that is refused
        if how.batch:
            connecting.batches(spec)
        if told := identity.misspelt(spec):
            session.warn(told)
    officers = judges.judges_for(plan, session.project)
    for doubt in judges.doubts(plan):
        session.warn(doubt)
    session.progress.tell, session.progress.probe = session.warn, how.probe
    fault: ProviderError | None = None
    with _joined(session), Store(session.path, write=True) as store, logged(how.log) as log:
        if told := _described_anew(plan, store):
            session.warn(told)
        keep_specs(plan, session.project, store)
        for judge in officers:
            asked.keep(store, judge)
        try:
            yield rounds(session, store, _orders(session, log))
        except ProviderError as error:
            fault = error
        if how.score and session.stop.reason != "interrupted" and not session.progress.in_batches:
            session.scored = session.score(store)
        from evalkit.comparing.copies import copies_told

        # Of greedy samples it was said already, before they were asked.
        known = all(identity.copies(spec, plan.repeats) for spec in plan.experiment.models)
        session.copies = None if known or session.progress.in_batches else copies_told(store)
    if fault is not None:
        raise fault


def _check_ray(plan: Plan, how: Manner) -> None:
    """Raises SpecError where nothing of the experiment would be asked on a cluster."""
    if how.batch:
        raise SpecError("--ray: not with --batch: a batch is answered by a provider, not on nodes of yours")
    joining.check(how.ray or "")
    if all(connecting.on_nodes(spec) is None for spec in plan.experiment.everyone):
        named = ", ".join(spec.id for spec in plan.experiment.everyone[:5])
        raise SpecError(
            f"--ray: only local models (hf:) run on the nodes of a cluster, and this experiment has none: {named}"
        )


@contextmanager
def _joined(session: Session) -> Iterator[None]:
    if session.how.ray is None:
        yield
        return
    with joining.joined(session.how.ray) as session.cluster:
        yield


def _orders(session: Session, log: Log | None) -> Orders:
    how = session.how
    return Orders(session.plan.budget, session.limit, how.retry_failed, log, how.batch, how.wait, session.cluster)


async def ask_everything(plan: Plan, store: Store, *, progress: Progress, stop: Stop, orders: Orders) -> Progress:
    """Ask in batches or directly, as it is ordered."""
    if orders.batch:
        return await batches.run(plan, store, progress=progress, stop=stop, orders=orders)
    await batches.settle(plan.experiment.everyone, store, progress)
    return await ask_directly(plan, store, progress=progress, stop=stop, orders=orders)


def rounds(session: Session, store: Store, orders: Orders) -> Iterator[Asking]:
    """All at once; where the experiment may stop early, some blocks, scored and looked at, until it is decided."""
    plan, progress, stop, early = session.plan, session.progress, session.stop, session.plan.experiment.stop
    if early is None:
        yield lambda: ask_everything(plan, store, progress=progress, stop=stop, orders=orders)
        yield from judge_asked(session, store, orders)
        return
    from evalkit.comparing import early_stop  # scipy comes with it

    limit = orders.limit
    total = max(sum(1 for _ in plan.blocks(spec, limit)) for spec in plan.experiment.models)
    for blocks in [*range(early.every, total, early.every), total]:
        progress.done = progress.kept = progress.failed = 0
        progress.failures.clear()
        some = replace(orders, limit=blocks)
        yield lambda o=some: ask_everything(plan, store, progress=progress, stop=stop, orders=o)  # type: ignore[misc]
        if progress.stopped or progress.in_batches:
            return
        session.score(store)
        found = early_stop.look(store, early)
        if found.decided(early) and blocks < total:
            early_stop.note(store, found, blocks)
            left = [b for spec in plan.experiment.models for b in list(plan.blocks(spec, limit))[blocks:]]
            saved = sum((forecast(b, store) for b in left), Forecast())
            session.say(
                f"decided after {blocks} of {total} blocks: {early.contrast[0]} against {early.contrast[1]} on "
                f"{early.metric}: {found.gains} up, {found.losses} down, e = {found.evidence:.3g}; "
                f"{saved.requests} requests not sent" + (f", {saved.cost:.4g} saved" if saved.cost else "")
            )
            break
    yield from judge_asked(session, store, orders)


def judge_asked(session: Session, store: Store, orders: Orders) -> Iterator[Asking]:
    """What the rules could not say, put to the judge of the experiment, and the mathematics to its reader; the replies
    are scored first."""
    plan, stop = session.plan, session.stop
    waits = stop.reason is not None or session.progress.in_batches
    if not plan.experiment.officers or not session.how.score or waits:
        return
    session.score(store)
    for spec in plan.experiment.officers:
        judge = asked.kept(store, spec.office)
        if judge is not None and stop.reason is None:
            ledger = Ledger(orders.budget or plan.experiment.budget, session.progress, stop)
            yield judges.asking(judge, store, ledger, [*plan.problems.values()], plan.experiment, orders)


@contextmanager
def logged(path: AnyPath | None) -> Iterator[Log | None]:
    """Writes each attempt as one line of JSON, appended to what the file holds."""
    if path is None:
        yield None
        return
    try:
        file = Path(path).open("ab", buffering=0)  # noqa: SIM115 - open to the end
    except OSError as error:
        raise SpecError(f"{path}: cannot be written: {error.strerror}") from None
    with file:

        def write(line: dict[str, object]) -> None:
            data = json.dumps(line).encode() + b"\n"
            try:
                if file.write(data) < len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError as error:
                raise StoreError(f"{path}: cannot be written: {error.strerror}; the run file is safe") from None

        yield write


def _described_anew(plan: Plan, store: Store) -> str | None:
    """A warning where the file holds arms of another experiment: tables go by the one that is run now."""
    lost = sorted({arm for arm, *_ in store.held()} - {*plan.experiment.template_names})
    if not lost:
        return None
    return (
        f"{store.path} also holds arms that this experiment does not name ({', '.join(lost[:5])}); they stay there and "
        "in the tables, but the file is described by this experiment from now on. Another experiment wants a run file "
        "of its own"
    )


def keep_specs(plan: Plan, project: Project, store: Store) -> None:
    """The text of all problems and templates, and the experiment, into the run file."""
    pending = []
    for identifier in plan.problems:
        pending.append(store.keep_spec("problem", identifier, project.problems.text(identifier)))
        if (shared := project.problems.sets.text(identifier)) is not None:
            pending.append(store.keep_spec("set", *shared))
    for template in plan.templates.values():
        for file, text in template.sources.items():
            pending.append(store.keep_spec("template", file, text))
    for along in {a.sha256: a for problem in plan.problems.values() for a in problem.around.attached.all}.values():
        pending.append(store.keep_attachment(along))
    for kept in pending:  # one commit for many, not one each
        kept.result()
    store.set_meta("experiment", plan.experiment.model_dump_json())
    store.set_meta("planned", str(plan.trials))
    if plan.shard is not None:
        store.keep_shard(str(plan.shard))


def failures_in(path: Path, most: int) -> list[tuple[str, int]]:
    """(error, how often) of the conversations of a run file that failed, the most frequent first."""
    with Store(path) as store:
        return store.failures(most)
