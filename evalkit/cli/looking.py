"""Commands for people who look and say: view, label."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.options import RunFile, _run_files, app

Seed = Annotated[int, typer.Option(help="Draws which reply comes next.")]
Unsure = Annotated[
    bool, typer.Option("--unsure", help="Replies of which scorers say least first: no random choice any more.")
]
Double = Annotated[
    float, typer.Option(min=0, max=1, help="Share of the replies labelled by others that one labels as well.")
]


@app.command()
def view(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN or FOLDER]...", help="Default: the folder runs.", autocompletion=_run_files),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Default: one that is free.")] = 0,
    seed: Seed = 0,
    unsure: Unsure = False,
    double: Double = 1.0,
) -> None:
    """Look at runs in the browser, also while they are going on, and label replies: a page for this machine alone."""
    from evalkit.cli.commands import view as command

    command.view(paths or [], port, seed, unsure=unsure, double=double)


@app.command()
def label(
    run: RunFile,
    labeller: Annotated[str, typer.Option(help="Whose labels they are. Without: labels that stand for all.")] = "",
    source: Annotated[
        Path | None, typer.Option("--from", help="Store the labels of this file (CSV, JSON Lines) and ask nothing.")
    ] = None,
    seed: Seed = 0,
    unsure: Unsure = False,
    double: Double = 1.0,
) -> None:
    """Label replies one by one, without their arm: right, level, ban, leaps, each relation. Stop and go on any time.

    `export --what labels` writes them.
    """
    from evalkit.cli.commands import label as command

    if source is not None:
        command.store(run, source, labeller)
    else:
        command.ask(run, labeller, seed, unsure=unsure, double=double)
