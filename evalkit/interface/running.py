"""Experiments asked, stored and scored from Python.

`run` asks in a thread of its own, so that a notebook's event loop is not in the way, and scores in the caller's;
`run_async` asks in the caller's event loop and does all else in a thread of its own.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evalkit.asking.progress import Progress
from evalkit.asking.stopping import Stop, StoppedError
from evalkit.errors import counted
from evalkit.interface import given, hosts
from evalkit.interface.project import AnyExperiment, AnyPath, Project, load_experiment, part_of, run_file_of
from evalkit.interface.scoring import failures
from evalkit.interface.session import PLAIN, Asking, Manner, Session, opened
from evalkit.judging.scoring import ScoringProgress

if TYPE_CHECKING:
    from evalkit.interface.diagnosing import Diagnoses

T = TypeVar("T")
WATCHED = 0.5
"""Seconds between two looks at the progress."""


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
    in_batches: int = 0
    """Requests that lie in batches under way (`how=Manner(batch=True)`): call again to collect."""


def run(
    experiment: AnyExperiment,
    into: AnyPath | None = None,
    *,
    limit: int | None = None,
    project: Project | None = None,
    how: Manner = PLAIN,
    shard: str | None = None,
) -> Outcome:
    """Ask models, store every reply, score them. Run it again to go on: nothing is paid twice.

    experiment: a TOML file, or a table with the same keys. into: the run file (default: beside the experiment's file).
    limit: only so many blocks (a problem and sample, all arms). shard: `3/8`, the third of eight parts, asked on one of
    several machines into a file of its own (see `merge`). Works inside a running event loop. The first interrupt
    lets requests under way finish and be stored, the second stops at once. Raises SpecError before anything is sent,
    StoreError, and ProviderError (after all that was answered is stored and scored) where a model cannot be asked.
    """
    session, notes = _session(experiment, into, shard, (limit, project, how))
    look = how.watch or _watching()
    session.judged = _twice_a_second(lambda: look(session.progress))
    with _told(session, notes), opened(session) as askings:
        for ask in askings:
            in_thread(ask, session.stop, lambda: look(session.progress))
    look(session.progress)
    return _outcome(session, notes)


async def run_async(
    experiment: AnyExperiment,
    into: AnyPath | None = None,
    *,
    limit: int | None = None,
    project: Project | None = None,
    how: Manner = PLAIN,
    shard: str | None = None,
) -> Outcome:
    """As `run`, in the caller's event loop, which goes on while replies are scored.

    When the task is cancelled, nothing more is asked or scored, and what was answered is stored.
    """
    session, notes = _session(experiment, into, shard, (limit, project, how))
    look = how.watch or _watching()
    with _told(session, notes):
        await _beside_the_loop(session, lambda: look(session.progress))
    look(session.progress)
    return _outcome(session, notes)


async def _beside_the_loop(session: Session, look: Callable[[], None]) -> None:
    """The run in a thread of its own, which hands to this event loop what is to be asked."""
    loop, left = asyncio.get_running_loop(), threading.Event()
    tasks: list[asyncio.Task[None]] = []

    def go_on() -> None:
        if left.is_set():
            raise StoppedError("the task was cancelled")

    async def asked(ask: Asking, done: Future[Progress]) -> None:
        try:
            go_on()
            done.set_result(await ask())
        except BaseException as error:  # raised again in the thread, when nothing is under way any more
            done.set_exception(error)

    def work() -> None:
        with opened(session) as askings:
            for ask in askings:
                done: Future[Progress] = Future()
                loop.call_soon_threadsafe(lambda a=ask, d=done: tasks.append(loop.create_task(asked(a, d))))  # type: ignore[misc]
                done.result()

    session.judged = go_on
    threads = ThreadPoolExecutor(1, "evalkit")  # not the loop's own, which providers take that are no coroutines
    working = loop.run_in_executor(threads, work)
    threads.shutdown(wait=False)
    try:
        while not (await asyncio.wait([working], timeout=WATCHED))[0]:
            look()
        working.result()
    finally:
        left.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait([working])
        working.exception()  # was looked at


def doctor(experiment: AnyExperiment, how: Manner = PLAIN) -> Diagnoses:
    """Is every model reachable, and does it do what its parameters say? Sends a few short requests to each."""
    from evalkit.interface.diagnosing import diagnosed  # tables come with it, and numpy with them

    given.needed(how=how)
    described = load_experiment(experiment)
    hosts.refuse_unknown(described.everyone, how.trusted, typed=not isinstance(experiment, str | Path))
    return in_thread(lambda: diagnosed(described.everyone), Stop())


def _session(
    experiment: AnyExperiment,
    into: AnyPath | None,
    shard: str | None,
    more: tuple[int | None, Project | None, Manner],
) -> tuple[Session, list[str]]:
    limit, project, how = more
    given.needed(experiment=experiment, how=how)
    given.check(into=into, limit=limit, project=project, shard=shard)
    folders = project or Project()
    described = load_experiment(experiment)
    hosts.refuse_unknown(described.everyone, how.trusted, typed=not isinstance(experiment, str | Path))
    notes: list[str] = []

    plan = part_of(folders.resolve(described, notes.append), shard)
    path = run_file_of(experiment, into, plan.shard)
    return Session(plan, folders, path, limit, how, notes.append, notes.append), notes


@contextmanager
def _told(session: Session, notes: list[str]) -> Iterator[None]:
    """What was said on the way becomes warnings when all is stored: one that is made an error undoes nothing then."""
    try:
        yield
    finally:
        notes += [session.copies] if session.copies else []
        notes += failures(session.scored) if session.scored else []
        for note in notes:
            warnings.warn(note, stacklevel=4)


def _outcome(session: Session, notes: list[str]) -> Outcome:
    p = session.progress
    return Outcome(
        session.path, p.total, p.done, p.failed, p.asked, p.from_file, p.cost + p.probe_cost, p.stopped,
        dict(p.failures), session.scored, (*notes, *p.notes), p.in_batches,
    )  # fmt: skip


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


def _twice_a_second(look: Callable[[], None]) -> Callable[[], None]:
    last = 0.0

    def now_and_then() -> None:
        nonlocal last
        if time.monotonic() - last >= WATCHED:
            last = time.monotonic()
            look()

    return now_and_then


def _watching() -> Callable[[Progress], None]:
    """A line below the cell of a notebook that is kept up to date; elsewhere nothing."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None or "IPKernelApp" not in getattr(shell, "config", {}):
        return lambda _: None
    from IPython.display import display  # type: ignore[import-not-found,unused-ignore]

    handle = display({"text/plain": "starting"}, raw=True, display_id=True)  # type: ignore[no-untyped-call,unused-ignore]

    def show(progress: Progress) -> None:
        handle.update({"text/plain": line_of(progress)}, raw=True)

    return show


def line_of(progress: Progress) -> str:
    """`120/400 trials, 3 failed, 118 requests asked, cost 0.12`"""
    parts = [f"{progress.done}/{progress.total} trials"]
    parts += [f"{progress.failed} failed"] if progress.failed else []
    parts += [f"{counted(progress.asked, 'request')} asked"]
    parts += [f"cost {progress.cost:.4g}"] if progress.cost else []
    parts += [f"{progress.scored} scored"] if progress.scored else []
    return ", ".join(parts)
