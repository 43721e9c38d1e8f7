"""What `doctor` does: is every model reachable, and what would the run cost?"""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from evalkit.asking.stopping import Stop, StoppedError, unless
from evalkit.cli import trust
from evalkit.cli.commands.project import Choices, Project, experiment_from
from evalkit.cli.commands.run import print_forecast
from evalkit.cli.console import messages_shown, out, run_async, safe, say
from evalkit.errors import SpecError, listed
from evalkit.interface.diagnosing import Diagnoses, Probe, diagnosed, places

SHOWN = 8
"""Names of models that are shown, the nearest first."""


def doctor(project: Project, path: Path | None, choices: Choices, as_json: bool, trusted: Sequence[str] = ()) -> int:
    """Ask every model a few short questions and estimate the run; returns 1 when a model does not answer, 130 after
    Ctrl-C."""
    if path is None and not choices.models:
        raise SpecError("name an experiment file, or give --model")
    if path is None:
        choices = Choices(("*",), ("plain",), choices.models, choices.base_urls, choices.api_key_env)
    described, target = experiment_from(path, choices)
    trust.allow(described.everyone, choices, trusted)
    trust.say(described.everyone)
    stop = Stop()

    async def asked() -> Diagnoses:
        async with unless(stop):
            return await diagnosed(described.everyone)

    try:
        with messages_shown():
            told = run_async(asked, stop)
    except StoppedError:  # nothing of it is stored, so there is nothing to wait for
        return 130
    if as_json:
        out.print_json(json.dumps(told.data()))
    for name, spec in () if as_json else places(described.everyone).items():
        _say_examined(name, told.found[name])
        _say_offered(spec.model, told.offered[name])
    for line in () if as_json else told.differences:
        out.print(Text(safe(line), style="yellow"))
    if path is not None:
        print_forecast(project.resolve(described, say), target, None, as_json)
    return 0 if told.reachable else 1


def _say_offered(model: str, names: Sequence[str]) -> None:
    """Whether the endpoint lists the model; some answer under any name, and not with the model that was meant."""
    if not names:
        return
    if model in names:
        out.print(f"  one of the {len(names)} models that the endpoint lists", style="green")
        return
    near = [*difflib.get_close_matches(model, names, n=SHOWN), *names]
    some = listed(list(dict.fromkeys(near)), SHOWN)
    out.print(Text(f"  not among the models that the endpoint lists: {safe(some)}", style="yellow"))


def _say_examined(label: str, result: Probe | str) -> None:
    if isinstance(result, str):
        out.print(Text(f"{label}: {safe(result)}", style="red"))
        return
    out.print(Text(f"{label}: answers", style="green"))
    styles = {"kept": "green", "not kept": "red", "cannot tell": "yellow"}
    for finding in result.findings:
        note = f" ({safe(finding.note)})" if finding.note else ""
        out.print(Text(f"  {finding.check}: {finding.outcome}{note}", style=styles[finding.outcome]))
