"""Which key goes to which host: said before the first request, and asked for where the host is not the provider's own.

An experiment file may come from a stranger, and it names hosts and environment variables. What the user has agreed to
is remembered in the user's own configuration folder, never in a project's.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import typer

from evalkit.asking import connecting
from evalkit.cli.commands.project import Choices
from evalkit.cli.console import err
from evalkit.errors import SpecError
from evalkit.types import ModelSpec

OWN = {"https://api.openai.com"}
"""Hosts that the providers themselves name."""


def allow(models: Sequence[ModelSpec], choices: Choices, trusted: Sequence[str]) -> None:
    """Raises SpecError where a key would go to a host that neither the user nor an earlier answer has allowed."""
    agreed = _remembered()
    for host, variable in sorted({found for m in models if (found := _destination(m)) is not None}):
        typed = choices.base_url is not None and choices.api_key_env == variable and _origin(choices.base_url) == host
        plain = host.startswith("http://")
        given = host in trusted or (not plain and urlsplit(host).netloc in trusted)
        if host in OWN or _is_loopback(host) or (typed and not plain) or f"{host} {variable}" in agreed:
            continue
        if not given:
            _ask(host, variable)
        _remember(f"{host} {variable}")


def say(models: Sequence[ModelSpec]) -> None:
    """One line for every key that will be sent, and where to."""
    for host, variable in sorted({found for m in models if (found := _destination(m)) is not None}):
        err.print(f"the key in {variable} goes to {host}")


def _destination(spec: ModelSpec) -> tuple[str, str] | None:
    found = connecting.destination(spec)
    return None if found is None else (_origin(found[0]), found[1])


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _is_loopback(host: str) -> bool:
    name = urlsplit(host).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _ask(host: str, variable: str) -> None:
    plain = host.startswith("http://")
    flag = f"--trust-host {host if plain else urlsplit(host).netloc}"
    clear = ", unencrypted" if plain else ""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        raise SpecError(
            f"the key in the environment variable {variable} would go to {host}{clear}, where none has gone before; "
            f"if that is right, add {flag}"
        )
    err.print(f"The key in the environment variable {variable} would go to {host}{clear}.")
    if not typer.confirm("Send it there, now and in future?", default=False, err=True):
        raise SpecError(f"the key in {variable} is not sent to {host}; no request was sent")


def _file() -> Path:
    return Path(typer.get_app_dir("evalkit")) / "trusted-hosts.txt"


def _remembered() -> set[str]:
    try:
        return set(_file().read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return set()


def _remember(line: str) -> None:
    try:
        _file().parent.mkdir(parents=True, exist_ok=True)
        with _file().open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError:  # a home that cannot be written: it is asked again next time
        err.print(f"note: {_file()} cannot be written, so this is not remembered")
