"""What `score` does: stored replies judged again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from evalkit.cli.console import err, note, out, warn
from evalkit.errors import counted
from evalkit.interface import asking, hosts
from evalkit.interface import scoring as interface
from evalkit.interface.loading import load_run
from evalkit.interface.making import told_scorers
from evalkit.interface.scoring import ScoringProgress
from evalkit.interface.session import Manner


def score(
    run: Path, folder: Path, scorers: Sequence[str] | None, processes: int | str, as_json: bool, *, retry: bool = False
) -> None:
    """Judge a run file again."""
    try:
        load_run(run)  # a name that is mistyped must not become an empty run file
        told_scorers(scorers)  # unknown names are refused
        progress = interface.judged(run, folder, scorers, warn, processes=processes, retry=retry)
    except KeyboardInterrupt:
        err.print("interrupted: what was judged is stored; the same command goes on")
        raise
    if as_json:
        counts = asdict(progress)
        del counts["failed"]
        out.print_json(json.dumps(counts))
    say_scored(progress)


def ask(office: str, run: Path, folder: Path, trusted: Sequence[str]) -> None:
    """Ask the judge or reader of a run file what is still open; its host is asked for as that of an experiment."""
    from evalkit.cli import trust
    from evalkit.cli.commands.project import Choices

    spec = asking.judge_model(run, office)
    trust.allow([spec], Choices(), trusted)
    trust.say([spec])
    how = Manner(trusted=[key.name for key in hosts.unknown([spec], (), lambda _: False)])
    asking.ask_what_is_open(run, folder, how, office)


def say_scored(scored: ScoringProgress) -> None:
    """One line on what was judged."""
    broken = f", {scored.broken} ran out of time or crashed" if scored.broken else ""
    again = f"; {scored.again} judged again, {scored.changed} of them changed" if scored.again else ""
    judged = f"{counted(scored.judged, 'new verdict')}, {scored.kept} kept{broken}{again}"
    note.print(f"scored {counted(scored.transcripts, 'transcript')}: {judged}")
