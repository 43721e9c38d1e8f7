"""The judge and the reader of a run file asked what is still open, without the experiment at hand."""

from __future__ import annotations

import warnings
from concurrent.futures import Future
from pathlib import Path

from evalkit.asking import connecting
from evalkit.asking.progress import Progress
from evalkit.asking.queue import Ledger
from evalkit.asking.runner import Orders
from evalkit.asking.stopping import Stop
from evalkit.errors import SpecError
from evalkit.interface import hosts
from evalkit.interface.judge import asking
from evalkit.interface.loading import Run, load_run
from evalkit.interface.project import AnyPath, Experiment, Project
from evalkit.interface.running import in_thread
from evalkit.interface.scoring import score
from evalkit.interface.session import PLAIN, Manner, logged
from evalkit.judging import asked
from evalkit.judging.scoring import ScoringProgress, problem_of
from evalkit.runfile.store import Store
from evalkit.specs.judge import Judge
from evalkit.types import ModelSpec


def ask_judge(run: AnyPath | Run, problems: AnyPath = "problems", how: Manner = PLAIN) -> ScoringProgress:
    """Ask the judge that the run file names what the rules leave open and nobody has asked yet, and score again.

    The judge is the `[judge]` of the experiment that was last run into the file; `run` has asked it unless that was cut
    short. Raises SpecError where the file names none or a key would go to a host that is not trusted (`how.trusted`),
    StoreError, and ProviderError after all that was answered is stored and scored.
    """
    return ask_what_is_open(run, problems, how, "judge")


def ask_reader(run: AnyPath | Run, problems: AnyPath = "problems", how: Manner = PLAIN) -> ScoringProgress:
    """Ask the reader that the run file names how the replies are to be read of which nobody has asked it yet, and score
    again: relations count where its reading and the rules' agree (docs/reader.md). Raises as `ask_judge`.

    The reader is the `[reader]` of the experiment that was last run into the file; `run` has asked it unless that was
    cut short.
    """
    return ask_what_is_open(run, problems, how, "reader")


def ask_what_is_open(run: AnyPath | Run, problems: AnyPath, how: Manner, office: str) -> ScoringProgress:
    """The same, of the judge or the reader."""
    paths = run.paths if isinstance(run, Run) else load_run(run).paths
    if len(paths) > 1:
        raise SpecError(f"ask the {office} of one run file at a time")
    path, folder = paths[0], Path(problems)
    progress, stop = Progress(tell=_warned), Stop()
    watch = how.watch or (lambda _: None)
    score(path, problems=problems)
    try:
        with Store(path, write=True) as store, logged(how.log) as log:
            judge, experiment = judge_of(store, office)
            hosts.refuse_unknown([judge.spec], how.trusted, typed=False)
            connecting.check(judge.spec)
            library = Project(folder).problems if folder.is_dir() else None
            kept: list[Future[None]] = []
            asked_of = [problem_of(store, library, name, _warned, kept)[1] for name in store.problems()]
            for written in kept:
                written.result()
            ledger = Ledger(experiment.budget, progress, stop)
            ask = asking(judge, store, ledger, asked_of, experiment, Orders(log=log))
            in_thread(ask, stop, lambda: watch(progress))
    finally:
        scored = score(path, problems=problems)
        for message in progress.notes:
            _warned(message)
        if progress.stopped:
            _warned(f"the {office} was not asked everything: {progress.stopped}")
    return scored


def judge_model(run: AnyPath, office: str = "judge") -> ModelSpec:
    """Who judges or reads a run, as its file says. Raises SpecError where it names nobody."""
    with Store(load_run(run).paths[0]) as store:
        return judge_of(store, office)[0].spec


def judge_of(store: Store, office: str = "judge") -> tuple[Judge, Experiment]:
    """The judge or reader of a run file, and the experiment it belongs to. Raises SpecError where there is none."""
    judge = asked.kept(store, office)
    experiment = store.noted("experiment", Experiment.model_validate_json)
    if judge is None or experiment is None:
        raise SpecError(
            f"{store.path}: names no {office}; add a [{office}] to the experiment and `evalkit run` it again: what is "
            "answered is not asked again"
        )
    return judge, experiment


def _warned(message: str) -> None:
    warnings.warn(message, stacklevel=3)
