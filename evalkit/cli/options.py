"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts twice as fast
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Does this prompt, hint or ban really change how the model derives? Ask, score, compare.",
)


def _problem_ids(incomplete: str) -> list[str]:
    """Tab completion: problem ids below ./problems."""
    root = Path("problems")
    ids = (p.relative_to(root).with_suffix("").as_posix() for p in root.rglob("*.toml") if p.name != "set.toml")
    return sorted(i for i in ids if i.startswith(incomplete))


def _template_names(incomplete: str) -> list[str]:
    """Tab completion: templates in ./prompts."""
    return sorted(p.stem for p in Path("prompts").glob("*.j2") if p.stem.startswith(incomplete))


def _run_files(incomplete: str) -> list[str]:
    """Tab completion: run files in ./runs."""
    return sorted(str(p) for p in Path("runs").glob("*.sqlite") if str(p).startswith(incomplete))


def _experiments(incomplete: str) -> list[str]:
    """Tab completion: experiment files in ./runs."""
    return sorted(str(p) for p in Path("runs").glob("*.toml") if str(p).startswith(incomplete))


Problems = Annotated[Path, typer.Option("--problems", envvar="EVALKIT_PROBLEMS", help="Folder of problem files.")]
Prompts = Annotated[Path, typer.Option("--prompts", envvar="EVALKIT_PROMPTS", help="Folder of prompt templates.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that evalkit did not write.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print data as JSON.")]
RunFile = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run file, runs/<name>.sqlite.", autocompletion=_run_files)
]
RunFiles = Annotated[
    list[Path], typer.Argument(metavar="RUN...", help="Run files, runs/<name>.sqlite.", autocompletion=_run_files)
]
ExperimentFile = Annotated[
    Path | None,
    typer.Argument(metavar="[EXPERIMENT]", help="An experiment file, runs/<name>.toml.", autocompletion=_experiments),
]
ProblemGlobs = Annotated[
    list[str] | None,
    typer.Option(
        "--problem", "-p", help="Problems (globs such as 'week3/*'); repeatable.", autocompletion=_problem_ids
    ),
]
TemplateNames = Annotated[
    list[str] | None,
    typer.Option("--prompt", "-t", help="Prompt templates; repeatable.", autocompletion=_template_names),
]
OneTemplate = Annotated[str, typer.Option("--prompt", "-t", help="Template.", autocompletion=_template_names)]
PROBLEMS, PROMPTS = Path("problems"), Path("prompts")
