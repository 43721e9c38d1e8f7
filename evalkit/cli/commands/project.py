"""The folders of a project, and experiments from a file and options."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.interface.project import Experiment, Plan, experiment_of, load_experiment, part_of
from evalkit.interface.project import Project as Project


@dataclass(frozen=True)
class Choices:
    """What was given on the command line, in place of or over an experiment file."""

    problems: Sequence[str] | None = None
    templates: Sequence[str] | None = None
    models: Sequence[str] | None = None
    base_urls: Sequence[str] | None = None
    api_key_env: str | None = None
    name: str | None = None
    parameters: Sequence[str] | None = None
    max_tokens: int | None = None
    samples: int | None = None
    baseline: str | None = None
    prices: str | None = None
    max_cost: float | None = None
    max_requests: int | None = None
    in_flight: int | None = None

    def over(self, table: dict[str, Any]) -> dict[str, Any]:
        """The experiment table with these choices laid over it."""
        if self.problems or self.templates:
            parts = table.pop("groups", [])
            table["problems"] = list(self.problems or table.get("problems") or _all(parts, "problems"))
            table["templates"] = list(self.templates or table.get("templates") or _all(parts, "templates") or ["plain"])
        if self.name is not None and len(self.models or ()) != 1:
            raise SpecError("--name: give it with one --model; in an experiment file it stands beside the model's id")
        for model in self.models or ():
            if not re.fullmatch(r"[a-z][a-z0-9_]*:.+", model):
                known = ", ".join(plugins.known("providers"))
                raise SpecError(f"--model {model}: write provider:model, such as openai:{model} (providers: {known})")
        if self.models:
            shared = {
                "base_url": self.base_urls[0] if self.base_urls and len(self.base_urls) == 1 else None,
                "base_urls": list(self.base_urls) if self.base_urls and len(self.base_urls) > 1 else None,
                "api_key_env": self.api_key_env,
                "name": self.name,
                "parameters": self._parameters(),
            }
            table["models"] = [
                {"id": m, **{k: v for k, v in shared.items() if v not in (None, {})}} for m in self.models
            ]
        elif given := self._parameters():
            for model in table.get("models", ()):
                model["parameters"] = _merged(model.get("parameters", {}), given)
        if self.max_tokens is not None:
            for model in table.get("models", ()):
                parameters = model.setdefault("parameters", {})
                name = "max_completion_tokens" if "max_completion_tokens" in parameters else "max_tokens"
                parameters[name] = self.max_tokens
        if self.prices is not None:
            for model in table.get("models", ()):
                model["prices"] = _prices(self.prices)
        if self.in_flight is not None:
            for model in table.get("models", ()):
                model["limits"] = {**model.get("limits", {}), "in_flight": self.in_flight}
        if self.samples is not None:
            table["samples"] = self.samples
            table["groups"] = [{**g, "samples": self.samples} for g in table.get("groups", [])]
        if self.baseline is not None:
            table["baseline"] = self.baseline
        budget = {"max_cost": self.max_cost, "max_requests": self.max_requests}
        table["budget"] = {**table.get("budget", {}), **{k: v for k, v in budget.items() if v is not None}}
        return table

    def _parameters(self) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for pair in self.parameters or ():
            name, equals, text = pair.partition("=")
            if not equals or not name:
                raise SpecError(f"--set {pair!r}: write it as name=value, e.g. temperature=0.7")
            try:
                value = json.loads(text)
            except ValueError:
                value = text
            for outer in reversed(name.split(".")[1:]):  # extra_body.top_k=7
                value = {outer: value}
            values = _merged(values, {name.partition(".")[0]: value})
        return values


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both tables; where both have a table under one name, that of both, else the later value."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], Mapping) and isinstance(other[name], Mapping):
            both[name] = _merged(one[name], other[name])
    return both


def _prices(text: str) -> dict[str, float]:
    """`input=0.15,output=0.6`; which names there are, the experiment's own check tells."""
    try:
        return {name.strip(): float(money) for name, money in (pair.split("=") for pair in text.split(","))}
    except ValueError:
        raise SpecError(f"--prices {text!r}: write it as input=0.15,output=0.6 (money per million tokens)") from None


def _all(parts: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part.get(key, ())))


def _refuse_other_files(path: Path, own: Sequence[Path]) -> None:
    """Raises SpecError for a run file or a problem in the place of an experiment."""
    there = f" (there are {', '.join(map(str, own[:5]))})" if own else ""
    if path.suffix in (".sqlite", ".db"):
        raise SpecError(f"{path}: a run file; name the experiment, a file that ends in .toml{there}")
    if not path.suffix and not path.exists():
        raise SpecError(
            f"{path}: no such file; an experiment ends in .toml{there}, and a problem is given by -p {path}"
        )


def experiment_from(path: Path | None, choices: Choices, into: Path | None = None) -> tuple[Experiment, Path]:
    """The experiment and its run file, from a file, from options, or from both. Raises SpecError."""
    own = sorted(Path("runs").glob("*.toml"))
    if path is None and not choices.models and not choices.problems and len(own) == 1:
        path = own[0]  # the only experiment of the project
    if path is None and not (choices.models and choices.problems):
        known = f" (there are {', '.join(map(str, own))})" if own else "; `evalkit init` makes a project with one"
        raise SpecError(f"name an experiment file{known}, or give --model and --problem (and --prompt)")
    if path is not None:
        _refuse_other_files(path, own)
    table = load_experiment(path).model_dump(exclude_defaults=True) if path else {}
    origin = str(path) if path else "command line"
    if path is None and choices.templates and not choices.baseline and "plain" not in choices.templates:
        table["baseline"] = choices.templates[0]
    described = experiment_of(choices.over(table), origin)
    target = into or (path.with_suffix(".sqlite") if path else Path("runs") / "run.sqlite")
    return described, target


def part_from(plan: Plan, shard: str, path: Path, into: Path | None) -> tuple[Plan, Path]:
    """One shard of the plan and its run file. Raises SpecError."""
    part = part_of(plan, shard)
    return part, part.shard.beside(path) if part.shard and into is None else path
