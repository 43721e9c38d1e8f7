"""Every error that evalkit raises on purpose.

EvalkitError              shown to the user as one message, exit code 2
|-- SpecError             a problem, template, experiment or transcript file is wrong
|-- ProviderError         a model could not be asked, or answered with an error
`-- StoreError            a run file cannot be opened, read or written
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

Fault = Literal["transient", "fatal", "data", "again"]


def typed(path: Path | str) -> str:
    """A path as it is to stand in a command that a message suggests: what a shell would take for more is quoted."""
    return shlex.quote(str(path))


def counted(number: int, noun: str, several: str = "") -> str:
    """`1 trial`, `3 trials`; several: the plural that is not the noun with an s."""
    return f"{number} {noun if number == 1 else several or f'{noun}s'}"


def listed(names: Sequence[str], most: int, rest: str = "more") -> str:
    """`a, b` or, where there are more than `most`, `a, b and 3 more`."""
    left = len(names) - most
    return ", ".join(names[:most]) + (f" and {left} {rest}" if left > 0 else "")


class EvalkitError(Exception):
    """Base of all errors with a message meant for the user: what was found, where, and what to do."""


class SpecError(EvalkitError):
    """A file written by the user is wrong. `problems` holds every complaint about it, one line each."""

    def __init__(self, message: str, *more: str) -> None:
        self.problems: tuple[str, ...] = (message, *more)
        super().__init__("\n".join(self.problems))


class ProviderError(EvalkitError):
    """A request failed.

    fault: `transient` is tried again (rate limit, server error, broken connection);
    `data` belongs to this request alone and is recorded with its trial (context too long);
    `fatal` would befall every request and stops the run (wrong key, unknown model);
    `again`: the provider sends something else from now on, so the request is asked again at once.
    retry_after: seconds the server asked us to wait, where it did.
    throttled: the server has too much to do (429, or a wait it asked for), so that all should ask less at once.
    """

    def __init__(
        self, message: str, fault: Fault = "transient", retry_after: float | None = None, *, throttled: bool = False
    ) -> None:
        if fault not in get_args(Fault):
            raise SpecError(f"ProviderError: fault {fault!r}: allowed are {', '.join(get_args(Fault))}")
        self.fault: Fault = fault
        self.retry_after = retry_after
        self.throttled = throttled or retry_after is not None
        super().__init__(message)


class StoreError(EvalkitError):
    """A run file is locked, damaged, from a newer version, or cannot be written."""
