"""Commands around files: check, new, schema, import, export, merge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from evalkit.cli.options import PROBLEMS, PROMPTS, AsJson, Force, Problems, Prompts, RunFile, RunFiles, app
from evalkit.errors import counted

new = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Write a commented skeleton of a problem or a prompt template, or a set from a homework.",
)
app.add_typer(new, name="new")
Columns = Annotated[
    list[str] | None,
    typer.Option("--map", help="field=column of a data set, or field==text for a constant; repeatable."),
]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where; default: the current folder.")] = Path(),
) -> None:
    """Make a project: a worked problem, an experiment that runs at once with sample replies, a README."""
    from evalkit.cli.console import out
    from evalkit.interface import chats

    for path in chats.new_project(folder):
        out.print(f"wrote {path}", soft_wrap=True)
    there = "" if folder == Path() else f"cd {folder} && "
    out.print(f"next: {there}evalkit run runs/first.toml", soft_wrap=True)


@app.command()
def check(
    pattern: Annotated[
        list[str] | None, typer.Argument(help="Problems (globs) or an experiment file; default: all problems.")
    ] = None,
    problems: Problems = PROBLEMS,
    prompts: Prompts = PROMPTS,
    as_json: AsJson = False,
) -> None:
    """Check every problem and template: schema, gold and foil replies, rendering. Nothing is sent."""
    from evalkit.cli.commands import check as command
    from evalkit.cli.commands.project import Project

    raise typer.Exit(command.check(Project(problems, prompts), pattern or ["*"], as_json))


@new.command("problem")
def new_problem(
    identifier: Annotated[str, typer.Argument(metavar="SET/NAME", help="For example hw8/2a.")],
    kind: Annotated[
        Literal["derivation", "answer", "text"],
        typer.Option(help="What is judged: every step of a derivation, a short answer, or what a text says."),
    ] = "text",
    source: Annotated[
        Path | None, typer.Option("--from", help="A .tex or .md file: its statement and solution are taken over.")
    ] = None,
    problems: Problems = PROBLEMS,
) -> None:
    """Write problems/<set>/<name>.toml with every table explained."""
    from evalkit.cli.console import note, out
    from evalkit.interface import chats

    path = chats.new_problem(identifier, problems, kind, source)
    for told in chats.source_notes(source) if source else ():
        note.print(f"note: {source}: {told}")
    out.print(f"wrote {path}; fill it in, then: evalkit check {identifier}", soft_wrap=True)


@new.command("set")
def new_set(
    name: Annotated[str, typer.Argument(metavar="SET", help="For example hw8.")],
    source: Annotated[Path, typer.Option("--from", help="The homework: a .tex, .md, .ipynb or .pdf file.")],
    problems: Problems = PROBLEMS,
    as_json: AsJson = False,
) -> None:
    """Take a homework apart: a problem file for each question or part, and a list of what could not be decided."""
    from evalkit.cli.console import safe
    from evalkit.interface import chats

    taken = chats.new_set(name, source, problems)
    if as_json:
        told = {"files": [str(f) for f in taken.files], "problems": taken.problems, "doubts": taken.doubts}
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    typer.echo(f"wrote {counted(len(taken.problems), 'problem')} to {problems / name}: {', '.join(taken.problems)}")
    for doubt in taken.doubts:
        typer.echo(f"look at {safe(doubt)}")
    typer.echo(f"next: evalkit check '{name}/*'")


@new.command("prompt")
def new_prompt(name: Annotated[str, typer.Argument(help="For example be_brief.")], prompts: Prompts = PROMPTS) -> None:
    """Write prompts/<name>.j2, an arm that differs from plain in one block."""
    from evalkit.cli.console import out
    from evalkit.interface import chats

    path = chats.new_prompt(name, prompts)
    out.print(f"wrote {path}; look at it with: evalkit show PROBLEM --prompt {name}", soft_wrap=True)


@app.command()
def schema() -> None:
    """Print the JSON schema of problem files, for completion and checks in an editor."""
    from evalkit.interface.checking import problem_schema

    typer.echo(json.dumps(problem_schema(), indent=2))


@app.command("import")
def import_(
    source: Annotated[
        str, typer.Argument(help="Transcripts (.jsonl), a log of another tool, or with --map a data set.")
    ],
    into: Annotated[Path | None, typer.Option("--run", help="Run file that takes the conversations.")] = None,
    as_problems: Annotated[
        str | None, typer.Option("--as-problems", help="Make problem files of this set instead.")
    ] = None,
    columns: Columns = None,
    split: Annotated[str, typer.Option(help="Split of the data set.")] = "train",
    replace: Annotated[bool, typer.Option("--replace", help="Take the new conversation of a stored trial.")] = False,
    arm: Annotated[str | None, typer.Option(help="Of a log: the arm of all its conversations.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Of a log: the model of all of them.")] = None,
    match: Annotated[
        Path | None, typer.Option(help="Of a log: CSV or JSON of what it calls a question, and the problem's id.")
    ] = None,
    keep_unmatched: Annotated[
        bool, typer.Option("--keep-unmatched", help="Of a log: keep what is of no problem, under its own name.")
    ] = False,
    pseudonyms: Annotated[
        Path | None, typer.Option(help="Of a log: a file with a person a line, whose names are replaced.")
    ] = None,
    problems: Problems = PROBLEMS,
    prompts: Prompts = PROMPTS,
    as_json: AsJson = False,
) -> None:
    """Bring in chats recorded elsewhere, logs of other tools, or problems from a data set. What does not fit is named.

    Recognised by content: ChatGPT, Open WebUI, Inspect, promptfoo, lm-evaluation-harness, tables of scores.
    """
    from evalkit.cli.commands import import_ as command
    from evalkit.cli.commands.project import Project

    project = Project(problems, prompts)
    options = command.LogOptions(arm, model, match, keep_unmatched, pseudonyms)
    if not columns and as_problems is None and command.is_log(source, options):
        raise typer.Exit(command.import_log(project, Path(source), into, (options, replace), as_json))
    rows = command.rows_of(source, columns, split)
    if as_problems is not None:
        raise typer.Exit(command.import_problems(project, source, rows[1], split, as_problems))
    raise typer.Exit(command.import_chats(project, rows, into, replace, as_json))


@app.command()
def export(
    run: RunFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="File, or folder for --format dataset and hub.")],
    what: Annotated[
        Literal["scores", "replies", "transcripts", "labels", "judgements"], typer.Option(help="What to write.")
    ] = "transcripts",
    layout: Annotated[
        Literal["jsonl", "csv", "parquet", "dataset", "hub"] | None,
        typer.Option(
            "--format",
            "-f",
            help="Default: as the file's ending says, else jsonl. hub: Parquet files with a data card.",
        ),
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--license", help="Of --format hub: what the card states, such as cc-by-4.0.")
    ] = None,
    force: Force = False,
) -> None:
    """Write scores, replies, transcripts, labels or a judge's judgements to a file, or as a Hugging Face data set."""
    from evalkit.cli.console import out
    from evalkit.interface.loading import Run

    count = Run((run,)).export(output, what, layout, force=force, licence=licence)
    out.print(f"wrote {count} {what} to {output}", soft_wrap=True)


@app.command()
def merge(
    runs: RunFiles,
    output: Annotated[Path, typer.Option("--output", "-o", help="Run file that takes all; what it has stays.")],
    as_json: AsJson = False,
) -> None:
    """Join run files of one experiment, such as its shards (`run --shard`). Merging again changes nothing."""
    from evalkit.cli.commands import merge as command

    command.merge(runs, output, as_json)
