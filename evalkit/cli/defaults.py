"""One's own defaults: `config.toml` in the user's configuration folder, where what was trusted is remembered too.

They stand in for options of a run without an experiment file. An experiment file is never changed by them: it must say
the same to everybody.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import Field

from evalkit.cli.commands.project import Choices
from evalkit.interface import hosts
from evalkit.specs.toml import parse_toml, read_text, validate
from evalkit.types import Spec

FILE = "config.toml"


class Defaults(Spec):
    """The keys of the file. `base_url`, `api_key_env` and `parameters` belong to `model`, and to no other one."""

    model: str | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    max_tokens: int | None = Field(None, ge=1)
    in_flight: int | None = Field(None, ge=1)
    max_requests: int | None = Field(None, ge=1)
    max_cost: float | None = Field(None, gt=0)


def load() -> Defaults:
    """What the file says; nothing where there is none. Raises SpecError for a file that does not fit."""
    path = hosts.file_of(FILE)
    if not path.is_file():
        return Defaults()
    return validate(Defaults, parse_toml(read_text(path), str(path)), str(path))


def filled(choices: Choices, experiment: Path | None) -> Choices:
    """The choices of the command line, with one's own defaults where nothing was chosen."""
    if experiment is not None:
        return choices
    own = load()
    if not choices.models and own.model:
        parameters = [f"{name}={value}" for name, value in own.parameters.items()]
        choices = replace(
            choices,
            models=[own.model],
            base_url=choices.base_url or own.base_url,
            api_key_env=own.api_key_env if choices.api_key_env is None else choices.api_key_env,
            parameters=[*parameters, *(choices.parameters or ())],
        )
    return replace(
        choices,
        max_tokens=choices.max_tokens or own.max_tokens,
        in_flight=choices.in_flight or own.in_flight,
        max_requests=choices.max_requests or own.max_requests,
        max_cost=own.max_cost if choices.max_cost is None else choices.max_cost,
    )
