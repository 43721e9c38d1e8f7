"""Stored replies judged again, without asking a model."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evalkit.cluster.joining import Cluster, joined
from evalkit.errors import SpecError
from evalkit.interface import given
from evalkit.interface.loading import Run, load_run
from evalkit.interface.making import AnyScorer, told_scorers
from evalkit.interface.project import AnyPath, Project
from evalkit.judging.scoring import ScoringProgress as ScoringProgress
from evalkit.judging.scoring import score_run
from evalkit.runfile.store import Store
from evalkit.specs.problems import parse


def score(
    run: AnyPath | Run,
    scorers: Sequence[AnyScorer] | Mapping[str, AnyScorer] | None = None,
    problems: AnyPath = "problems",
    processes: int | str = 2,
    tell: Callable[[str], None] | None = None,
    *,
    retry: bool = False,
) -> ScoringProgress:
    """Judge the stored replies, with the problem files as they are now. What is judged already stays.

    processes: so many here; or those on the nodes of a Ray cluster, as `ray:auto` or `ray:HOST:PORT`.
    scorers: only these. Names are those that the problems' `[score.<name>]` tables use. What judges the replies to
    every problem: a name that none of them uses, with the scorer's default fields; a class or an object derived from
    `Scorer` (under the name of its class, or its key in a mapping). problems: the folder; where there is none, the run
    file's own texts. tell: is told what a user should know (default: a warning). retry: also what ran out of time or
    memory, or crashed.
    Raises SpecError for faults of problems and scorers, StoreError for a file that cannot be written.
    """
    given.needed(run=run, problems=problems, processes=processes)
    given.check(scorers=scorers, retry=retry)
    paths = run.paths if isinstance(run, Run) else load_run(run).paths
    if len(paths) > 1:
        raise SpecError("score one run file at a time")
    names, fields, notes = told_scorers(scorers)
    say = tell or _warned
    for note in notes:
        say(note)
    with Store(paths[0]) as store:
        unused = set(names or ()) - _used(store, Path(problems))
    more: dict[str, dict[str, Any]] = {**{name: {} for name in sorted(unused)}, **fields}
    done = judged(paths[0], Path(problems), names, say, processes=processes, retry=retry, more=more)
    for fault in failures(done):
        say(fault)
    return done


def judged(
    path: Path,
    folder: Path,
    names: Sequence[str] | None,
    say: Callable[[str], None],
    *,
    processes: int | str,
    retry: bool,
    more: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> ScoringProgress:
    """The same for names that problems use, as the command has them. more: fields of scorers for every problem."""
    library = Project(folder).problems if folder.is_dir() else None
    with _where(processes) as where, Store(path, write=True) as store:
        return score_run(store, library, only=names, processes=where, retry=retry, more=more, warn=say)


@contextmanager
def _where(processes: int | str) -> Iterator[int | Cluster]:
    if isinstance(processes, int):
        yield processes
        return
    with joined(processes.removeprefix("ray:")) as cluster:
        yield cluster


def _used(store: Store, folder: Path) -> set[str]:
    """The scorers that the problems of a run name, in the run file or in the folder as it is now."""
    texts = [(name, store.spec("problem", name)) for name in store.problems()]
    if folder.is_dir():
        library = Project(folder).problems
        texts += [(name, library.text(name)) for name, _ in texts if name in library.ids()]
    return {scorer for name, text in texts if text for scorer in parse(text, name, name).scorers}


def failures(done: ScoringProgress) -> list[str]:
    """The scorers that failed, in sentences: a fault of the scorer looks like replies that could not be judged."""
    return [f"a scorer failed on {count} replies: {error}" for error, count in done.failed.most_common(5)]


def _warned(message: str) -> None:
    warnings.warn(message, stacklevel=3)
