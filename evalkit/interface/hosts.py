"""Which key goes to which host. What a user has agreed to is remembered in the user's own configuration folder."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from evalkit.asking import connecting
from evalkit.errors import SpecError
from evalkit.types import ModelSpec

OWN = {"https://api.openai.com"}
"""Hosts that the providers themselves name."""
AGREED = "trusted-hosts.txt"


def destinations(models: Sequence[ModelSpec]) -> list[tuple[str, str]]:
    """(host, environment variable) of every key that would be sent. A variable that is not set holds none: `check` says
    so, and names the host as well. Raises SpecError for a bad address."""
    found = [place for m in models for place in connecting.destinations(m)]
    return sorted({(origin(address), name) for address, name in found if os.environ.get(name, "").strip()})


def check(models: Sequence[ModelSpec]) -> None:
    """Raises SpecError for what is in the way of asking these models, whatever host is trusted."""
    for spec in models:
        connecting.check(spec)


@dataclass(frozen=True)
class Unknown:
    """A key that would go where the user has not let it go."""

    host: str
    variable: str

    @property
    def is_plain(self) -> bool:
        """Whether the key would travel unencrypted."""
        return self.host.startswith("http://")

    @property
    def name(self) -> str:
        """What the user trusts it by: the whole address where it is unencrypted."""
        return self.host if self.is_plain else urlsplit(self.host).netloc

    def would_go(self) -> str:
        clear = ", unencrypted" if self.is_plain else ""
        return f"the key in the environment variable {self.variable} would go to {self.host}{clear}"

    def refused(self, remedy: str) -> SpecError:
        return SpecError(f"{self.would_go()}, where none has gone before; if that is right, {remedy}")


def unknown(models: Sequence[ModelSpec], trusted: Sequence[str], typed: Callable[[Unknown], bool]) -> list[Unknown]:
    """Keys that would go neither to a provider's own host, nor to this machine, nor where the user let them go:
    before, by naming the host now, or (`typed`) by having said encrypted where the model is."""
    agreed = remembered()
    found = [Unknown(host, name) for host, name in destinations(models) if host not in OWN and not is_loopback(host)]
    new = [key for key in found if f"{key.host} {key.variable}" not in agreed]
    return [key for key in new if not {key.host, key.name} & set(trusted) and (key.is_plain or not typed(key))]


def refuse_unknown(models: Sequence[ModelSpec], trusted: Sequence[str], *, typed: bool) -> None:
    """Raises SpecError where a key would go to a host that the user has not let it go to.

    typed: the user's own code says where the models are, and no file that may be a stranger's.
    """
    for key in unknown(models, trusted, lambda _: typed):
        raise key.refused(f"say how=Manner(trusted=[{key.name!r}])")


def origin(url: str) -> str:
    """Scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def is_loopback(host: str) -> bool:
    """Whether it is this machine."""
    name = urlsplit(host).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def file_of(name: str) -> Path:
    """A file of the user's configuration folder, never a project's."""
    import typer

    return Path(typer.get_app_dir("evalkit")) / name


def remembered(name: str = AGREED) -> set[str]:
    """What the user has agreed to."""
    try:
        return set(file_of(name).read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return set()


def remember(line: str, name: str = AGREED) -> bool:
    """False where the folder cannot be written: it is asked again next time."""
    try:
        file_of(name).parent.mkdir(parents=True, exist_ok=True)
        with file_of(name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError:
        return False
    return True
