"""One's own defaults where nothing was chosen on the command line.

They stand in for options of a run without an experiment file. An experiment file is never changed by them: it must say
the same to everybody.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from evalkit.cli.commands.project import Choices
from evalkit.interface.defaults import load


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
            base_urls=choices.base_urls or ([own.base_url] if own.base_url else None),
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
