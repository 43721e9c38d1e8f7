"""The command line. Commands are thin: each reads its options and calls a public function of the package."""

from __future__ import annotations

import copy
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from evalkit import plugins
from evalkit.cli import asking, files, judging, looking, planning
from evalkit.cli.options import app
from evalkit.errors import EvalkitError
from evalkit.interface import wording
from evalkit.version import VERSION

__all__ = ["app", "asking", "files", "judging", "looking", "main", "planning"]


USAGE = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])
"""All that typer says of a wrong command line; it exports the class of one kind only."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"evalkit {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    trust_code: Annotated[
        bool, typer.Option("--trust-code", help="Use the scorers/ and providers/ of this folder, and remember it.")
    ] = False,
) -> None:
    """Does this prompt, hint or ban really change how the model derives? Ask, score, compare."""
    allowed = None
    if plugins.files(Path.cwd()):
        from evalkit.cli import trust

        allowed = trust.project_code(Path.cwd(), trusted=trust_code)
    context.with_resource(plugins.asking_first(allowed))
    context.with_resource(wording.options())


def _asked_for(words: Sequence[str]) -> typer.Typer:
    """The program with the command that these words begin with; with all of them where they begin otherwise. Typer
    makes every command ready that it has, a sixteenth of what `evalkit compare` takes."""
    named = [c for c in app.registered_commands if (c.name or getattr(c.callback, "__name__", "")) in words[:1]]
    if not named:
        return app
    alone = copy.copy(app)
    alone.registered_commands, alone.registered_groups = named, []
    return alone


def main() -> None:
    """Entry point.

    Exit codes: 0 fine, 1 some trials failed, 2 wrong use or wrong files or a model that cannot be asked, 3 the budget
    ended the run, 130 interrupted.
    """
    try:
        code = _asked_for(sys.argv[1:])(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except EvalkitError as error:
        from evalkit.cli.console import complain

        complain(error)
        sys.exit(2)
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(130)
    except USAGE as error:  # what is wrong with the words of the command line, which may be names of hostile files
        from evalkit.cli.console import err

        told = io.StringIO()
        error.show(told)
        err.print(told.getvalue().rstrip("\n"))
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:  # a name that is too long, a disk that is full, ...
        from evalkit.cli.console import complain

        complain(EvalkitError(f"{error.filename or 'a file, or the output'}: {error.strerror or error}"))
        sys.exit(2)
