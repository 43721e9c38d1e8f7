"""Which key goes to which host. What a user has agreed to is remembered in the user's own configuration folder."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from evalkit.asking import connecting
from evalkit.errors import SpecError
from evalkit.types import ModelSpec

OWN = {"https://api.openai.com"}
"""Hosts that the providers themselves name."""


def destinations(models: Sequence[ModelSpec]) -> list[tuple[str, str]]:
    """(host, environment variable) of every key that would be sent."""
    found = [(connecting.destination(m)) for m in models]
    return sorted({(origin(place[0]), place[1]) for place in found if place is not None})


def unknown(models: Sequence[ModelSpec]) -> list[tuple[str, str]]:
    """Of these, the ones that are neither a provider's own host, nor this machine, nor agreed to before."""
    agreed = remembered()
    return [
        (host, variable)
        for host, variable in destinations(models)
        if host not in OWN and not is_loopback(host) and f"{host} {variable}" not in agreed
    ]


def is_named(host: str, trusted: Sequence[str]) -> bool:
    """Whether the user has named it: the whole address where it is unencrypted."""
    return host in trusted or (not is_plain(host) and urlsplit(host).netloc in trusted)


def is_plain(host: str) -> bool:
    """Whether a key would travel unencrypted."""
    return host.startswith("http://")


def refuse_unknown(models: Sequence[ModelSpec], trusted: Sequence[str], *, typed: bool) -> None:
    """Raises SpecError where a key would go to a host that the user has not let it go to.

    typed: the user's own code says where the models are, and no file that may be a stranger's.
    """
    for host, variable in unknown(models):
        if is_named(host, trusted) or (typed and not is_plain(host)):
            continue
        name = host if is_plain(host) else urlsplit(host).netloc
        clear = ", unencrypted" if is_plain(host) else ""
        raise SpecError(
            f"the key in the environment variable {variable} would go to {host}{clear}, where none has gone before; "
            f"if that is right, say how=Manner(trusted=[{name!r}])"
        )


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


def remembered(name: str = "trusted-hosts.txt") -> set[str]:
    """What the user has agreed to."""
    try:
        return set(file_of(name).read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return set()


def remember(line: str, name: str = "trusted-hosts.txt") -> bool:
    """False where the folder cannot be written: it is asked again next time."""
    try:
        file_of(name).parent.mkdir(parents=True, exist_ok=True)
        with file_of(name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    except OSError:
        return False
    return True
