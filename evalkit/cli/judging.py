"""Commands that judge what was gathered: score, compare, report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from evalkit.cli.options import (
    PROBLEMS,
    AsJson,
    Force,
    Metrics,
    OneTemplate,
    Problems,
    Quiet,
    RunFile,
    RunFiles,
    TemplateNames,
    TrustHost,
    _problem_ids,
    app,
)
from evalkit.errors import counted

Baseline = Annotated[str | None, typer.Option(help="Default: the baseline of the experiment, else plain.")]
Turn = Annotated[str, typer.Option(help="Assistant turn: scored, first, last, all or a number from 1.")]
Layout = Literal["terminal", "markdown", "csv", "latex", "json"]


@app.command()
def score(
    run: RunFile,
    scorer: Annotated[list[str] | None, typer.Option(help="Only these scorers; repeatable.")] = None,
    processes: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 2,
    ray: Annotated[
        str | None, typer.Option(metavar="auto|HOST:PORT", help="Score on the nodes of this Ray cluster.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Judge again what ran out of time or memory, or crashed.")
    ] = False,
    judge: Annotated[
        bool, typer.Option("--judge", help="Ask the judge that the run file names what nobody has asked it yet.")
    ] = False,
    reader: Annotated[
        bool, typer.Option("--reader", help="Ask the reader that the run file names of replies it has not read yet.")
    ] = False,
    trust_host: TrustHost = None,
    problems: Problems = PROBLEMS,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Judge the stored replies again, with the problem files as they are now. No model is asked without --judge or
    --reader."""
    from evalkit.cli.commands import score as command

    for office, wanted in (("judge", judge), ("reader", reader)):
        if wanted:
            command.ask(office, run, problems, trust_host or ())
    where = processes if ray is None else f"ray:{ray}"
    command.score(run, problems, scorer, where, as_json, retry=retry)


@app.command()
def compare(
    run: RunFiles,
    baseline: Baseline = None,
    arm: TemplateNames = None,
    metric: Metrics = None,
    turn: Turn = "scored",
    exploratory: Annotated[bool, typer.Option("--exploratory", help="All pairs of arms.")] = False,
    allow_mismatch: Annotated[
        bool, typer.Option("--allow-mismatch", help="Several run files: although problems or templates differ.")
    ] = False,
    delta: Annotated[
        list[str] | None,
        typer.Option(help="metric=difference that still counts as none, such as number.correct=0.1; repeatable."),
    ] = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(help="Exit with 1 where a mean is so: 'ban_approach approach.level < 1.5'; repeatable."),
    ] = None,
    so_far: Annotated[
        bool, typer.Option("--so-far", help="While a run goes on: score what it holds by now, on the primary outcome.")
    ] = False,
    simultaneous: Annotated[
        bool, typer.Option("--simultaneous", help="Intervals that hold all at once, over the rows of a table.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", "--secondary", help="The tables of all metrics, not only of the primary one.")
    ] = False,
    methods: Annotated[
        bool, typer.Option("--methods", help="Only a methods paragraph to paste: what was really done.")
    ] = False,
    layout: Annotated[Layout, typer.Option("--format", "-f", help="How to write the tables.")] = "terminal",
    as_json: AsJson = False,
) -> None:
    """Compare every arm with the baseline, over one or several run files: pairs, differences, intervals, verdicts."""
    from evalkit.cli.commands import compare as command
    from evalkit.interface.comparing import Selection, deltas_of, demand_of, turn_of

    choice = Selection(
        baseline,
        arm,
        metric,
        turn_of(turn),
        allow_mismatch,
        exploratory,
        deltas_of(delta or []),
        simultaneous,
        everything,
    )
    demands = [demand_of(text) for text in fail_if or []]
    form: Layout = "json" if as_json else layout
    if so_far:
        raise typer.Exit(command.compare_so_far(run, choice, form, demands))
    raise typer.Exit(command.compare(run, choice, form, demands, only_methods=methods))


@app.command()
def equations(
    reply: Annotated[Path, typer.Argument(metavar="REPLY.md", help="One reply, or - for standard input.")],
    problem: Annotated[
        str | None, typer.Option("--problem", "-p", help="Whose mathematics it is.", autocompletion=_problem_ids)
    ] = None,
    world: Annotated[
        Path | None, typer.Option(help="A TOML file with symbols, definitions and worlds instead of a problem.")
    ] = None,
    problems: Problems = PROBLEMS,
    explain: Annotated[
        bool, typer.Option("--explain", help="Name the rule that decided each verdict, and what it says.")
    ] = False,
    reading: Annotated[
        Path | None, typer.Option("--reading", help="A reading to follow: the key of --explain --json, mended.")
    ] = None,
    proposal: Annotated[
        Path | None, typer.Option("--proposal", help="A reading as a model proposes it: what both agree on counts.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check one reply: every relation with its verdict and evidence, the milestones, the approaches."""
    from evalkit.cli.commands import equations as command
    from evalkit.interface import equations as interface

    text = command.reply_text(reply)
    given, proposed = interface.given_reading(reading), interface.given_reading(proposal)
    found = interface.equations(text, problem, world, problems, given, proposed)
    command.show(found, as_json, explain)


@app.command()
def read(
    run: RunFile,
    problem: Annotated[str, typer.Argument(metavar="PROBLEM", help="Problem id.", autocompletion=_problem_ids)],
    prompt: OneTemplate = "plain",
    model: Annotated[str | None, typer.Option("--model", "-m", help="Which model, where there are several.")] = None,
    sample: Annotated[int, typer.Option(help="Which sample.")] = 0,
    turn: Annotated[int, typer.Option(min=1, help="Which assistant turn.")] = 1,
    reading: Annotated[
        Path | None, typer.Option("--reading", help="Store this reading: the printed one, mended.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Whose reading it is; the report says so.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Let the checker read this reply by itself again.")] = False,
    problems: Problems = PROBLEMS,
) -> None:
    """Print how one stored reply is read, as JSON, or store another reading of it: what its letters mean, and where.

    `score` then judges the reply again. A reading is for one reply; `export` and `import` carry it.
    """
    from evalkit.cli.commands import read as command

    place = command.Place(problem, prompt, model, sample, turn)
    if reading is None and not forget:
        command.print_reading(run, place, problems)
    else:
        command.store_reading(run, place, problems, reading, by)


@app.command()
def report(
    run: RunFiles,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: beside the run file.")] = None,
    baseline: Baseline = None,
    figures: Annotated[
        Path | None, typer.Option("--figures", help="Write every figure into this folder as SVG, PDF and PNG too.")
    ] = None,
    force: Force = False,
) -> None:
    """Write one self-contained HTML file: the answer, figures, tables, and every conversation with its evidence."""
    from evalkit.cli.console import err
    from evalkit.interface.reporting import write_report

    written = write_report(run, output, baseline, figures, force=force)
    err.print(f"report: {written.target} ({written.size / 1e6:.1f} MB)")
    if figures is not None:
        err.print(f"figures: {counted(len(written.figures), 'file')} in {figures}")


@app.command()
def bundle(
    run: RunFile,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Default: beside the run file, .zip.")] = None,
    force: Force = False,
) -> None:
    """Pack a run for a paper's appendix: run file, problems, templates, versions, tables, methods, report. No keys."""
    from evalkit.cli.console import say
    from evalkit.interface.bundling import bundle as pack

    target = pack(run, output, force=force)
    say(f"bundle: {target} ({target.stat().st_size / 1e6:.1f} MB)")
