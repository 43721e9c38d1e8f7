"""What `run` does: an experiment asked, stored and scored, block by block where it may stop early."""

from __future__ import annotations

import json
from pathlib import Path

from rich.text import Text

from evalkit.asking.progress import Progress, short_told
from evalkit.cli.commands.project import Project
from evalkit.cli.commands.score import say_scored
from evalkit.cli.console import err, note, out, progress_shown, run_async, safe, warn
from evalkit.errors import EvalkitError, ProviderError, counted
from evalkit.interface import judge as judges
from evalkit.interface import session as sessions
from evalkit.interface.session import PLAIN, Plan
from evalkit.interface.session import Manner as Manner


def dry_run(plan: Plan, path: Path, limit: int | None, as_json: bool, *, batch: bool = False) -> None:
    """The forecast, after what stands in the way so far. Raises SpecError where the run could not begin."""
    from evalkit.interface.forecasting import obstacles

    for told in obstacles(plan):
        warn(told)
    print_forecast(plan, path, limit, as_json, batch=batch)
    for told in (*judges.doubts(plan), *judges.forecasts_of(plan)):
        note.print(f"note: {told}")


def print_forecast(plan: Plan, path: Path, limit: int | None, as_json: bool, *, batch: bool = False) -> None:
    """What a run would send; nothing is sent."""
    from evalkit.interface.forecasting import of_plan
    from evalkit.showing import tables  # scipy comes with it

    found = of_plan(plan, path, limit, batch=batch)
    if as_json:
        out.print_json(json.dumps(found.data()))
        return
    for table in found.tables():
        out.print(tables.terminal(table))


CAUSES = 8
"""Kinds of failures that are told at the end; `evalkit show --run` tells more."""
LIMITS = ("max_tokens", "max_completion_tokens", "max_new_tokens")


def run_experiment(
    plan: Plan, project: Project, path: Path, *, limit: int | None = None, how: Manner = PLAIN, as_json: bool = False
) -> int:
    """Ask, store, score, and say how it went. Returns the exit code: 0 fine, 1 some trials failed, 3 the budget
    ended it, 4 requests wait in batches, 130 interrupted.

    Raises ProviderError where a model cannot be asked any more, after all that was answered is stored and scored.
    """
    session = sessions.Session(plan, project, path, limit, how, note.print, warn)
    progress, stop = session.progress, session.stop
    fault: ProviderError | None = None
    try:
        with sessions.opened(session) as askings:
            for ask in askings:
                with progress_shown(progress):
                    run_async(ask, stop)
    except ProviderError as error:
        fault = error
    except KeyboardInterrupt:  # the second Ctrl-C
        err.print(f"stopped at once: {progress.done} of {progress.total} trials are done, and every reply that was "
                  f"here by then is in {path}; the same command goes on")  # fmt: skip
        raise
    if session.scored is not None:
        say_scored(session.scored)
    if session.copies:
        warn(session.copies)
    if as_json:
        out.print_json(json.dumps(progress.as_json()))
    _say_run(progress, path, plan)
    if fault is not None:
        raise fault
    if stop.reason == "interrupted":
        return 130
    if progress.in_batches:
        return 4
    if how.score and not as_json:
        _answer(path)
    return 3 if progress.over_budget else 1 if progress.failed or progress.left_failed else 0


def _answer(path: Path) -> None:
    """The answer in words and the tables behind it. Nothing here undoes what was asked and stored."""
    from evalkit.cli.commands.compare import end_of_run  # scipy comes with it

    try:
        end_of_run(path)
    except EvalkitError as error:
        err.print(Text(f"nothing to show: {safe(str(error))}"))


def _asked(progress: Progress) -> str:
    """What was asked; where requests were turned away, how often they were sent, too."""
    if progress.sent is not None and progress.sent > progress.asked:
        return f"{counted(progress.sent, 'request')} sent, {progress.asked} of them answered"
    return f"{counted(progress.asked, 'request')} asked"


def _say_run(progress: Progress, path: Path, plan: Plan) -> None:
    note.print(
        f"{progress.done}/{progress.total} trials done ({progress.kept} were done before"
        + (f", {progress.left_failed} of them failed" if progress.left_failed else "")
        + f"), {progress.failed} failed; "
        + f"{_asked(progress)}, {progress.from_file} answered from the run file"
        + (f"; {counted(progress.probes, 'request')} of the conformance probe" if progress.probes else "")
        + (f"; cost {progress.cost + progress.probe_cost:.4g}" if progress.cost or progress.probe_cost else "")
    )
    for line in (*(server.told() for server in progress.servers), *(node.told() for node in progress.nodes)):
        note.print(Text(f"  {line}"))
    causes = progress.failures.most_common(CAUSES)
    if progress.left_failed:  # those of before are left as they are, and told with the others
        causes = sessions.failures_in(path, CAUSES)
    for error, count in causes:
        err.print(Text(f"  {count} x {safe(error)[:300]}"))
    limits = sorted({str(n) for m in plan.experiment.models for k in LIMITS if (n := m.parameters.get(k)) is not None})
    if progress.cut_off:
        most = f" at {' or '.join(limits)} tokens" if limits else ""
        note.print(f"  note: {progress.cut_off} of {progress.asked} replies were cut off{most}; they cannot be judged")
    if progress.short_prompts:
        note.print(f"  note: {short_told(progress.short_prompts)}")
    for line in progress.notes:
        note.print(Text(f"  note: {safe(line)}"))
    if progress.in_batches:
        submitted, batches = (counted(n, "batch", "batches") for n in (progress.submitted, len(progress.batches)))
        under_way = f"{progress.in_batches:,} requests in {batches} under way:"
        note.print(f"submitted {submitted}; {under_way}" if progress.submitted else under_way)
        for line in progress.batches:
            note.print(Text(f"  {safe(line)}"))
        note.print("Come back with the same command: it collects what is answered, and goes on.")
    if progress.stopped:
        how = "Give it a larger budget" if progress.over_budget else "Run the same command again"
        note.print(f"stopped early: {progress.stopped}. {how} to go on; nothing is paid twice.")
    note.print(f"run file: {path}")
