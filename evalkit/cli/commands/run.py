"""What `run` does: an experiment asked, stored and scored, block by block where it may stop early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.text import Text

from evalkit.asking import connecting
from evalkit.asking.forecast import Forecast, basis_of, forecast
from evalkit.asking.limits import Log
from evalkit.asking.prices import basis, prices_of
from evalkit.asking.progress import Progress
from evalkit.asking.runner import Orders
from evalkit.asking.runner import run as ask_everything
from evalkit.asking.stopping import Stop
from evalkit.cli.commands.project import Project
from evalkit.cli.commands.score import say_scored
from evalkit.cli.console import err, out, progress_shown, run_async, safe, warn
from evalkit.errors import EvalkitError, ProviderError, SpecError
from evalkit.judging.scoring import score_run
from evalkit.runfile.store import Store
from evalkit.specs.plan import Plan


def print_forecast(plan: Plan, path: Path, limit: int | None, as_json: bool) -> None:
    """What a run would send; nothing is sent."""
    from evalkit.showing import tables  # scipy comes with it

    store = Store(path) if path.is_file() else None
    rows: dict[str, Forecast] = {}
    grounds: dict[str, str] = {}
    for spec in plan.experiment.models:
        found = basis_of(store, spec)
        rows[spec.label] = sum((forecast(block, store, found) for block in plan.blocks(spec, limit)), Forecast())
        grounds[spec.label] = f"{found.words}; {basis(spec)}"
    if store:
        store.close()
    if as_json:
        models = {k: {**asdict(v), "basis": grounds[k]} for k, v in rows.items()}
        out.print_json(json.dumps({"trials": plan.trials, "models": models}))
        return
    known = {m.label: prices_of(m) is not None for m in plan.experiment.models}
    cells = tuple(
        (k, str(f.requests), f"{f.input_tokens:,}", f"{f.output_tokens:,}", f"{f.cost:.4g}" if known[k] else "unknown")
        for k, f in rows.items()
    )
    columns = ("model", "requests", "input tokens", "output tokens", "cost")
    by_grounds: dict[str, list[str]] = {}
    for label, words in grounds.items():
        by_grounds.setdefault(words, []).append(label)
    rests = " ".join(f"Basis of {', '.join(labels)}: {words}." for words, labels in by_grounds.items())
    note = f"{plan.trials} trials. Requests that {path} holds already are not counted. {rests} Nothing was sent."
    out.print(tables.terminal(tables.Table("Dry run", columns, cells, note, frozenset({1, 2, 3, 4}))))


def _ask_in_looks(plan: Plan, project: Project, store: Store, state: tuple[Progress, Stop, Orders]) -> None:
    """Ask some blocks, score, look; until the contrast is decided or all is asked. Says what was saved."""
    from evalkit.comparing import early_stop  # scipy comes with it

    progress, stop, orders = state
    limit = orders.limit
    early = plan.experiment.stop
    assert early is not None  # noqa: S101 - the caller has seen to it
    total = max(sum(1 for _ in plan.blocks(spec, limit)) for spec in plan.experiment.models)
    for blocks in [*range(early.every, total, early.every), total]:
        progress.done = progress.kept = progress.failed = 0
        progress.failures.clear()
        with progress_shown(progress):
            some = replace(orders, limit=blocks)
            run_async(lambda o=some: ask_everything(plan, store, progress=progress, stop=stop, orders=o), stop)  # type: ignore[misc]
        if progress.stopped:
            return
        score_run(store, project.problems, only=plan.experiment.scorers, warn=warn)
        found = early_stop.look(store, early)
        if found.decided(early) and blocks < total:
            early_stop.note(store, found, blocks)
            left = [b for spec in plan.experiment.models for b in list(plan.blocks(spec, limit))[blocks:]]
            saved = sum((forecast(b, store) for b in left), Forecast())
            err.print(
                f"decided after {blocks} of {total} blocks: {early.contrast[0]} against {early.contrast[1]} on "
                f"{early.metric}: {found.gains} up, {found.losses} down, e = {found.evidence:.3g}; "
                f"{saved.requests} requests not sent" + (f", {saved.cost:.4g} saved" if saved.cost else "")
            )
            return


LIMITS = ("max_tokens", "max_completion_tokens", "max_new_tokens")


@dataclass(frozen=True)
class Manner:
    """What is done beside asking."""

    score: bool = True
    probe: bool = True
    as_json: bool = False
    retry_failed: bool = True
    log: Path | None = None


def run_experiment(
    plan: Plan, project: Project, path: Path, *, limit: int | None = None, how: Manner = Manner()
) -> int:
    """Ask, store, score, and say how it went. Returns the exit code: 0 fine, 1 some trials failed, 3 the budget
    ended it, 130 interrupted.

    Raises ProviderError where a model cannot be asked any more, after all that was answered is stored and scored.
    """
    if plan.experiment.stop is not None:
        from evalkit.comparing import early_stop  # scipy comes with it

        early_stop.check(plan)
    for spec in plan.experiment.models:
        connecting.check(spec)  # before the run file holds anything of an experiment that is refused
    _say_greedy(plan)
    progress, stop = Progress(tell=warn, probe=how.probe), Stop()
    fault: ProviderError | None = None
    with Store(path, write=True) as store, logged(how.log) as log:
        orders = Orders(limit=limit, retry_failed=how.retry_failed, log=log)
        _keep_specs(plan, project, store)
        try:
            if plan.experiment.stop is not None:
                _ask_in_looks(plan, project, store, (progress, stop, orders))
            else:
                with progress_shown(progress):
                    run_async(lambda: ask_everything(plan, store, progress=progress, stop=stop, orders=orders), stop)
        except ProviderError as error:
            fault = error
        if how.score and stop.reason != "interrupted":
            scored = score_run(store, project.problems, only=plan.experiment.scorers, warn=warn)
            say_scored(scored)
        from evalkit.comparing.pairing import copies_told  # numpy comes with it

        if told := copies_told(store):
            warn(told)
    if how.as_json:
        out.print_json(json.dumps(progress.as_json()))
    _say_run(progress, path, plan)
    if fault is not None:
        raise fault
    if stop.reason == "interrupted":
        return 130
    if how.score and not how.as_json:
        _answer(path)
    return 3 if progress.over_budget else 1 if progress.failed else 0


def _say_greedy(plan: Plan) -> None:
    """Several samples of a model that always says the same are one sample, paid several times."""
    if all(samples < 2 for _, _, samples in plan.cells):
        return
    for spec in plan.experiment.models:
        if spec.parameters.get("temperature") == 0:
            warn(f"{spec.label}: temperature 0 with several samples; replies that repeat another one count once")


def _answer(path: Path) -> None:
    """The answer in words and the tables of the primary outcome. Nothing here undoes what was asked and stored."""
    from evalkit.cli.commands.compare import compare  # scipy comes with it
    from evalkit.comparing.results import Selection

    try:
        compare([path], Selection(), "terminal")
    except EvalkitError as error:
        err.print(Text(f"nothing to show: {safe(str(error))}"))


@contextmanager
def logged(path: Path | None) -> Iterator[Log | None]:
    """Writes each attempt as one line of JSON, appended to what the file holds."""
    if path is None:
        yield None
        return
    try:
        file = path.open("a", encoding="utf-8")
    except OSError as error:
        raise SpecError(f"{path}: cannot be written: {error.strerror}") from None
    with file:

        def write(line: dict[str, object]) -> None:
            file.write(json.dumps(line) + "\n")
            file.flush()

        yield write


def _keep_specs(plan: Plan, project: Project, store: Store) -> None:
    pending = []
    for identifier in plan.problems:
        pending.append(store.keep_spec("problem", identifier, project.problems.text(identifier)))
    for template in plan.templates.values():
        for file, text in template.sources.items():
            pending.append(store.keep_spec("template", file, text))
    for kept in pending:  # one commit for many, not one each
        kept.result()
    store.set_meta("experiment", plan.experiment.model_dump_json())


def _say_run(progress: Progress, path: Path, plan: Plan) -> None:
    err.print(
        f"{progress.done}/{progress.total} trials done ({progress.kept} were done before), {progress.failed} failed; "
        f"{progress.asked} requests asked, {progress.from_file} answered from the run file"
        + (f"; {progress.probes} requests of the conformance probe" if progress.probes else "")
        + (f"; cost {progress.cost + progress.probe_cost:.4g}" if progress.cost or progress.probe_cost else "")
    )
    for error, count in sorted(progress.failures.items(), key=lambda item: -item[1])[:5]:
        err.print(Text(f"  {count} x {safe(error)[:300]}"))
    limits = sorted({str(n) for m in plan.experiment.models for k in LIMITS if (n := m.parameters.get(k)) is not None})
    if progress.cut_off:
        most = f" at {' or '.join(limits)} tokens" if limits else ""
        err.print(f"  note: {progress.cut_off} of {progress.asked} replies were cut off{most}; they cannot be judged")
    if progress.short_prompts:
        err.print(
            f"  note: the server counted far fewer tokens than {progress.short_prompts} prompts can have: it seems to "
            "have read only a part of them (raise its context length)"
        )
    for note in progress.notes:
        err.print(Text(f"  note: {safe(note)}"))
    if progress.stopped:
        err.print(f"stopped early: {progress.stopped}. Run the same command again to go on; nothing is paid twice.")
    err.print(f"run file: {path}")
