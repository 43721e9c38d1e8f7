"""Which key goes to which host: said before the first request, and asked for where the host is not the provider's own.

An experiment file may come from a stranger, and it names hosts and environment variables; so may a whole project, and
its `scorers/` and `providers/` are programs. What the user has agreed to is remembered in the user's own configuration
folder, never in a project's.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from evalkit import plugins
from evalkit.cli.commands.project import Choices
from evalkit.cli.console import err
from evalkit.errors import SpecError
from evalkit.interface import hosts
from evalkit.types import ModelSpec

CODE = "trusted-projects.txt"


def allow(models: Sequence[ModelSpec], choices: Choices, trusted: Sequence[str]) -> None:
    """Raises SpecError where a key would go to a host that neither the user nor an earlier answer has allowed, and
    where it could not go anyhow: nobody is asked to trust a host first and told of a proxy then.

    What `trusted` names is remembered, as an answer is.
    """

    def typed(key: hosts.Unknown) -> bool:
        return choices.api_key_env == key.variable and key.host in map(hosts.origin, choices.base_urls or ())

    asked = hosts.unknown(models, trusted, typed)
    if asked:
        hosts.check(models)
    for key in hosts.unknown(models, (), typed):
        if key in asked:
            _ask(key)
        _remember(f"{key.host} {key.variable}", hosts.AGREED)


def say(models: Sequence[ModelSpec], *, rehearsed: bool = False) -> None:
    """One line for every key that will be sent, and where to. rehearsed: nothing is sent now."""
    for host, variable in hosts.destinations(models):
        err.print(f"the key in {variable} {'would go' if rehearsed else 'goes'} to {host}")


def project_code(folder: Path, *, trusted: bool) -> Path | None:
    """The folder, where its scorers and providers may be run: they are programs, and may be a stranger's."""
    found = plugins.files(folder)
    if not found:
        return None
    if not trusted and str(folder) not in hosts.remembered(CODE):
        names = ", ".join(str(path.relative_to(folder)) for path in found)
        if not _asked():
            err.print(
                f"note: {names} are not used: programs of this folder. If they are yours: evalkit --trust-code ..."
            )
            return None
        err.print(f"This folder brings programs of its own: {names}.")
        if not typer.confirm("Run them, now and in future?", default=False, err=True):
            return None
    if str(folder) not in hosts.remembered(CODE):
        _remember(str(folder), CODE)
    return folder


def _asked() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def _ask(key: hosts.Unknown) -> None:
    if not _asked():
        raise key.refused(f"add --trust-host {key.name}")
    err.print(f"{key.would_go()}.")
    if not typer.confirm("Send it there, now and in future?", default=False, err=True):
        raise SpecError(f"the key in {key.variable} is not sent to {key.host}; no request was sent")


def _remember(line: str, name: str) -> None:
    if not hosts.remember(line, name):
        err.print(f"note: {hosts.file_of(name)} cannot be written, so this is not remembered")
