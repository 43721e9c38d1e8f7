"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from evalkit.showing.safe import safe

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help starts twice as fast
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Does this prompt, hint or ban really change how the model derives? Ask, score, compare.",
)


def _offered(names: Iterable[str | Path], incomplete: str) -> list[str]:
    """What fits, in order; a name that would write more than letters to the terminal is not offered."""
    return sorted(name for name in map(str, names) if name.startswith(incomplete) and safe(name) == name)


def _problem_ids(incomplete: str) -> list[str]:
    """Tab completion: ids of one's own problems, and of those that come with evalkit."""
    from evalkit.interface import names

    return _offered(names.problem_ids(), incomplete)


def _template_names(incomplete: str) -> list[str]:
    """Tab completion: one's own templates, and those that come with evalkit."""
    from evalkit.interface import names

    return _offered(names.template_names(), incomplete)


def _template_lists(incomplete: str) -> list[str]:
    """Tab completion of `plain,repeat_hint`: the name after the last comma."""
    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _template_names(last)]


def _metrics(incomplete: str) -> list[str]:
    """Tab completion: metrics of all scorers."""
    from evalkit.interface import names

    return _offered(names.metric_names(), incomplete)


def _hush(command: typer.Context, wanted: bool) -> bool:
    """For this command alone: a later one of the same process, as in a test or a notebook, speaks again."""
    from evalkit.cli.console import hush

    hush(wanted)
    command.call_on_close(lambda: hush(False))
    return wanted


def _run_files(incomplete: str) -> list[str]:
    """Tab completion: run files in ./runs."""
    return _offered(Path("runs").glob("*.sqlite"), incomplete)


def _experiments(incomplete: str) -> list[str]:
    """Tab completion: experiment files in ./runs."""
    return _offered(Path("runs").glob("*.toml"), incomplete)


Problems = Annotated[Path, typer.Option("--problems", envvar="EVALKIT_PROBLEMS", help="Folder of problem files.")]
Prompts = Annotated[Path, typer.Option("--prompts", envvar="EVALKIT_PROMPTS", help="Folder of prompt templates.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that evalkit did not write.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", callback=_hush, help="No progress and no notes; errors and warnings stay.")
]
Metrics = Annotated[
    list[str] | None, typer.Option("--metric", help="Only these metrics; repeatable.", autocompletion=_metrics)
]
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
TrustHost = Annotated[
    list[str] | None,
    typer.Option(
        "--trust-host",
        metavar="HOST",
        help="Let a key go to this host, and remember it; http://HOST where unencrypted.",
    ),
]
