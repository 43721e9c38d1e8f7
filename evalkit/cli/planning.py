"""Commands around the design of a study: plan, agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.options import AsJson, Metrics, RunFile, _metrics, _run_files, app


@app.command()
def plan(
    pilot: Annotated[
        Path | None, typer.Argument(metavar="[RUN]", help="A pilot run file.", autocompletion=_run_files)
    ] = None,
    metric: Annotated[
        str | None, typer.Option(help="Metric of the pilot; default: its primary outcome.", autocompletion=_metrics)
    ] = None,
    contrast: Annotated[
        tuple[str, str] | None,
        typer.Option(help="Arm and what it is compared with; default: the pilot's first arm and its baseline."),
    ] = None,
    rates: Annotated[
        tuple[float, float] | None, typer.Option(help="Instead of a pilot: rates of a 0/1 metric, baseline and arm.")
    ] = None,
    between: Annotated[
        float, typer.Option(min=0.0, help="With --rates: standard deviation over problems of the true effect.")
    ] = 0.1,
    effect: Annotated[float | None, typer.Option(help="The difference that you want to see.")] = None,
    delta: Annotated[
        float | None, typer.Option(min=1e-9, help="The difference that still counts as none: plan to show that.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How many problems and samples would show an effect, and what would they cost?"""
    from evalkit.cli.commands import plan as command
    from evalkit.interface import planning as interface

    assumed = None if rates is None else (*rates, between)
    command.show(interface.plan(pilot, effect, delta, metric=metric, contrast=contrast, rates=assumed), as_json)


@app.command()
def agreement(
    run: RunFile,
    metric: Metrics = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every reply where scorer and label differ, not only some.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """How far do the scorers agree with human labels, and labellers with each other? How often is the checker right?"""
    from evalkit.cli.commands import agreement as command

    command.agreement(run, metric, as_json, everything=everything)
