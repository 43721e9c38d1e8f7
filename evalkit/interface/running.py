"""An experiment asked, stored and scored, block by block where it may stop early.

`rounds` is the one flow: it yields what is to be asked, and scores and looks in between. `run` drives it in a thread of
its own, so that a notebook's event loop is not in the way; `run_async` in the caller's loop; the command with Ctrl-C.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from evalkit.asking import connecting
from evalkit.asking.forecast import Forecast, forecast
from evalkit.asking.limits import Log
from evalkit.asking.probe import Probe, examine
from evalkit.asking.progress import Progress
from evalkit.asking.runner import Orders
from evalkit.asking.runner import run as ask_everything
from evalkit.asking.stopping import Stop
from evalkit.errors import ProviderError, SpecError
from evalkit.interface import hosts
from evalkit.interface.project import AnyExperiment, AnyPath, Project, load_experiment, run_file_of
from evalkit.judging.scoring import ScoringProgress, score_run
from evalkit.runfile.store import Store
from evalkit.specs.plan import Plan

T = TypeVar("T")
Asking = Callable[[], Coroutine[Any, Any, Progress]]
WATCHED = 0.5
"""Seconds between two looks at the progress."""


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
    """Is called twice a second; by default a line below a notebook's cell is kept up to date."""


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


@dataclass(frozen=True)
class Outcome:
    """How a run went. Counts are trials where nothing else is said."""

    path: Path
    total: int
    done: int
    failed: int
    asked: int
    """Requests that the model answered, in this call."""
    from_file: int
    """Requests that the run file answered."""
    cost: float
    """In the currency of the prices; 0.0 where there are none."""
    stopped: str | None
    """Why it ended before all was asked: run it again to go on, nothing is paid twice."""
    failures: Mapping[str, int]
    scored: ScoringProgress | None
    notes: tuple[str, ...]
    """What was said on the way."""


def run(
    experiment: AnyExperiment,
    into: AnyPath | None = None,
    *,
    limit: int | None = None,
    project: Project | None = None,
    how: Manner = Manner(),
) -> Outcome:
    """Ask models, store every reply, score them. Run it again to go on: nothing is paid twice.

    experiment: a TOML file, or a table with the same keys. into: the run file (default: beside the experiment's file).
    limit: only so many blocks (a problem and sample, all arms). Works inside a running event loop. The first interrupt
    lets requests under way finish and be stored, the second stops at once. Raises SpecError before anything is sent,
    StoreError, and ProviderError (after all that was answered is stored and scored) where a model cannot be asked.
    """
    session, notes = _session(experiment, into, (limit, project, how))
    look = how.watch or _watching()
    with _told(session, notes), opened(session) as askings:
        for ask in askings:
            in_thread(ask, session.stop, lambda: look(session.progress))
    return _outcome(session, notes)


async def run_async(
    experiment: AnyExperiment,
    into: AnyPath | None = None,
    *,
    limit: int | None = None,
    project: Project | None = None,
    how: Manner = Manner(),
) -> Outcome:
    """As `run`, in the caller's event loop, which waits while replies are scored (unless `Manner(score=False)`)."""
    session, notes = _session(experiment, into, (limit, project, how))
    look = how.watch or _watching()

    async def watched() -> None:
        while True:
            await asyncio.sleep(WATCHED)
            look(session.progress)

    watcher = asyncio.create_task(watched())
    try:
        with _told(session, notes), opened(session) as askings:
            for ask in askings:
                await ask()
    finally:
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher
    return _outcome(session, notes)


def doctor(experiment: AnyExperiment, how: Manner = Manner()) -> dict[str, Probe | str]:
    """Is every model reachable, and does it do what its parameters say? By model: findings, or why not."""
    described = load_experiment(experiment)
    hosts.refuse_unknown(described.models, how.trusted, typed=not isinstance(experiment, str | Path))

    async def each() -> dict[str, Probe | str]:
        return {spec.label: await examine(spec) for spec in described.models}

    return in_thread(each, Stop())


def _session(
    experiment: AnyExperiment, into: AnyPath | None, more: tuple[int | None, Project | None, Manner]
) -> tuple[Session, list[str]]:
    limit, project, how = more
    folders = project or Project()
    described, path = load_experiment(experiment), run_file_of(experiment, into)
    hosts.refuse_unknown(described.models, how.trusted, typed=not isinstance(experiment, str | Path))
    notes: list[str] = []

    plan = folders.resolve(described, notes.append)
    return Session(plan, folders, path, limit, how, notes.append, notes.append), notes


@contextmanager
def _told(session: Session, notes: list[str]) -> Iterator[None]:
    """What was said on the way becomes warnings when all is stored: one that is made an error undoes nothing then."""
    try:
        yield
    finally:
        if session.copies:
            notes.append(session.copies)
        for note in notes:
            warnings.warn(note, stacklevel=4)


def _outcome(session: Session, notes: list[str]) -> Outcome:
    p = session.progress
    return Outcome(
        session.path, p.total, p.done, p.failed, p.asked, p.from_file, p.cost + p.probe_cost, p.stopped,
        dict(p.failures), session.scored, (*notes, *p.notes),
    )  # fmt: skip


@contextmanager
def opened(session: Session) -> Iterator[Iterator[Asking]]:
    """What is to be asked, round by round; scored when the body ends. Raises ProviderError from the body only then."""
    plan, how = session.plan, session.how
    if plan.experiment.stop is not None:
        from evalkit.comparing import early_stop  # scipy comes with it

        early_stop.check(plan)
    for spec in plan.experiment.models:
        connecting.check(spec)  # before the run file holds anything of an experiment that is refused
    session.progress.tell, session.progress.probe = session.warn, how.probe
    fault: ProviderError | None = None
    with Store(session.path, write=True) as store, logged(how.log) as log:
        keep_specs(plan, session.project, store)
        try:
            yield rounds(session, store, Orders(limit=session.limit, retry_failed=how.retry_failed, log=log))
        except ProviderError as error:
            fault = error
        if how.score and session.stop.reason != "interrupted":
            session.scored = score_run(store, session.project.problems, only=plan.experiment.scorers, warn=session.warn)
        from evalkit.comparing.copies import copies_told

        session.copies = copies_told(store)
    if fault is not None:
        raise fault


def rounds(session: Session, store: Store, orders: Orders) -> Iterator[Asking]:
    """All at once; where the experiment may stop early, some blocks, scored and looked at, until it is decided."""
    plan, progress, stop, early = session.plan, session.progress, session.stop, session.plan.experiment.stop
    if early is None:
        yield lambda: ask_everything(plan, store, progress=progress, stop=stop, orders=orders)
        return
    from evalkit.comparing import early_stop  # scipy comes with it

    limit = orders.limit
    total = max(sum(1 for _ in plan.blocks(spec, limit)) for spec in plan.experiment.models)
    for blocks in [*range(early.every, total, early.every), total]:
        progress.done = progress.kept = progress.failed = 0
        progress.failures.clear()
        some = replace(orders, limit=blocks)
        yield lambda o=some: ask_everything(plan, store, progress=progress, stop=stop, orders=o)  # type: ignore[misc]
        if progress.stopped:
            return
        score_run(store, session.project.problems, only=plan.experiment.scorers, warn=session.warn)
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
            return


@contextmanager
def logged(path: AnyPath | None) -> Iterator[Log | None]:
    """Writes each attempt as one line of JSON, appended to what the file holds."""
    if path is None:
        yield None
        return
    try:
        file = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 - open to the end
    except OSError as error:
        raise SpecError(f"{path}: cannot be written: {error.strerror}") from None
    with file:

        def write(line: dict[str, object]) -> None:
            file.write(json.dumps(line) + "\n")
            file.flush()

        yield write


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
    for kept in pending:  # one commit for many, not one each
        kept.result()
    store.set_meta("experiment", plan.experiment.model_dump_json())


def in_thread(main: Callable[[], Coroutine[Any, Any, T]], stop: Stop, look: Callable[[], None] = lambda: None) -> T:
    """Run to the end in a thread with an event loop of its own, looking at it twice a second from this one."""
    done: Future[T] = Future()
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = Future()

    async def told() -> T:
        begun.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        return await main()

    def work() -> None:
        try:
            done.set_result(asyncio.run(told()))
        except BaseException as error:  # raised again below, in the caller's thread
            done.set_exception(error)

    thread = threading.Thread(target=work, daemon=True, name="evalkit")
    thread.start()
    while not done.done():
        try:
            wait([done], timeout=WATCHED)
            look()
        except KeyboardInterrupt:
            loop, task = begun.result()
            if stop.reason is None:
                loop.call_soon_threadsafe(stop.now, "interrupted")
            elif task is not None:
                loop.call_soon_threadsafe(task.cancel)
                wait([done])
                raise
    thread.join()
    return done.result()


def _watching() -> Callable[[Progress], None]:
    """A line below the cell of a notebook that is kept up to date; elsewhere nothing."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or "IPKernelApp" not in getattr(shell, "config", {}):
        return lambda _: None
    from IPython.display import display  # type: ignore[import-not-found,unused-ignore]

    handle = display({"text/plain": "starting"}, raw=True, display_id=True)

    def show(progress: Progress) -> None:
        handle.update({"text/plain": line_of(progress)}, raw=True)

    return show


def line_of(progress: Progress) -> str:
    """`120/400 trials, 3 failed, 118 requests asked, cost 0.12`"""
    parts = [f"{progress.done}/{progress.total} trials"]
    parts += [f"{progress.failed} failed"] if progress.failed else []
    parts += [f"{progress.asked} requests asked"]
    parts += [f"cost {progress.cost:.4g}"] if progress.cost else []
    return ", ".join(parts)
