"""What `doctor` does: is every model reachable, and what would the run cost?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from evalkit.asking.probe import Probe
from evalkit.asking.stopping import Stop
from evalkit.cli import trust
from evalkit.cli.commands.project import Choices, Project, experiment_from
from evalkit.cli.commands.run import print_forecast
from evalkit.cli.console import messages_shown, out, run_async, safe, say
from evalkit.errors import SpecError


def doctor(project: Project, path: Path | None, choices: Choices, as_json: bool, trusted: Sequence[str] = ()) -> int:
    """Ask every model a few short questions and estimate the run; returns 1 when a model does not answer."""
    from evalkit.asking.probe import examine

    if path is None and not choices.models:
        raise SpecError("name an experiment file, or give --model")
    if path is None:
        choices = Choices(("*",), ("plain",), choices.models, choices.base_url, choices.api_key_env)
    described, target = experiment_from(path, choices)
    trust.allow(described.models, choices, trusted)
    trust.say(described.models)
    with messages_shown():
        found = {m.label: run_async(lambda m=m: examine(m), Stop()) for m in described.models}  # type: ignore[misc]
    if as_json:
        out.print_json(json.dumps({k: v if isinstance(v, str) else asdict(v) for k, v in found.items()}))
    for label, result in () if as_json else found.items():
        _say_examined(label, result)
    if path is not None:
        print_forecast(project.resolve(described, say), target, None, as_json)
    return 1 if any(isinstance(result, str) for result in found.values()) else 0


def _say_examined(label: str, result: Probe | str) -> None:
    if isinstance(result, str):
        out.print(Text(f"{label}: {safe(result)}", style="red"))
        return
    out.print(Text(f"{label}: answers", style="green"))
    styles = {"kept": "green", "not kept": "red", "cannot tell": "yellow"}
    for finding in result.findings:
        note = f" ({safe(finding.note)})" if finding.note else ""
        out.print(Text(f"  {finding.check}: {finding.outcome}{note}", style=styles[finding.outcome]))
