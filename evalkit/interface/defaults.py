"""One's own defaults: `config.toml` in the user's configuration folder, where what was trusted is remembered too."""

from __future__ import annotations

from typing import Any

from pydantic import Field

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
