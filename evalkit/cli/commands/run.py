"""What `run`, `show` and `doctor` do: experiments from files and options, asked, stored and scored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rich.text import Text

from evalkit.asking.probe import Probe
from evalkit.asking.queue import Forecast, Progress, Stop, forecast
from evalkit.asking.runner import run as ask_everything
from evalkit.cli.console import err, messages_shown, out, progress_shown, run_async, safe, warn
from evalkit.comparing import early_stop as looks
from evalkit.comparing.results import say_scored
from evalkit.errors import SpecError
from evalkit.judging.scoring import score_run
from evalkit.runfile.store import Store
from evalkit.showing import tables
from evalkit.specs import experiment, problems
from evalkit.specs import templates as prompts
from evalkit.specs.experiment import Experiment, Plan
from evalkit.specs.toml import validate


@dataclass(frozen=True)
class Project:
    """The two folders that users write in."""

    problem_folder: Path
    prompt_folder: Path

    @cached_property
    def problems(self) -> problems.Library:
        return problems.Library(self.problem_folder)

    @cached_property
    def prompts(self) -> prompts.Library:
        return prompts.Library(self.prompt_folder)

    def resolve(self, described: Experiment) -> Plan:
        """Read and check every file of the experiment; what an arm leaves out is printed."""
        plan = experiment.resolve(described, self.problems, self.prompts)
        left_out: dict[tuple[str, str], list[str]] = {}
        for o in plan.omissions:
            left_out.setdefault((o.template, o.lacks), []).append(o.problem)
        for (template, lacks), names in left_out.items():
            err.print(f"left out of {template}: {', '.join(names)} (no `{lacks}`)")
        return plan


@dataclass(frozen=True)
class Choices:
    """What was given on the command line, in place of or over an experiment file."""

    problems: Sequence[str] | None = None
    templates: Sequence[str] | None = None
    models: Sequence[str] | None = None
    base_url: str | None = None
    api_key_env: str | None = None
    parameters: Sequence[str] | None = None
    samples: int | None = None
    baseline: str | None = None
    max_cost: float | None = None
    max_requests: int | None = None

    def over(self, table: dict[str, Any]) -> dict[str, Any]:
        """The experiment table with these choices laid over it."""
        if self.problems or self.templates:
            parts = table.pop("groups", [])
            table["problems"] = list(self.problems or table.get("problems") or _all(parts, "problems"))
            table["templates"] = list(self.templates or table.get("templates") or _all(parts, "templates") or ["plain"])
        if self.models:
            shared = {"base_url": self.base_url, "api_key_env": self.api_key_env, "parameters": self._parameters()}
            table["models"] = [
                {"id": m, **{k: v for k, v in shared.items() if v not in (None, {})}} for m in self.models
            ]
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
                values[name] = json.loads(text)
            except ValueError:
                values[name] = text
        return values


def _all(parts: Iterable[Mapping[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(name for part in parts for name in part.get(key, ())))


def experiment_from(path: Path | None, choices: Choices, into: Path | None = None) -> tuple[Experiment, Path]:
    """The experiment and its run file, from a file, from options, or from both. Raises SpecError."""
    if path is None and not (choices.models and choices.problems):
        raise SpecError("name an experiment file, or give --model and --problem (and --prompt)")
    table = experiment.load(path).model_dump(exclude_defaults=True) if path else {}
    origin = str(path) if path else "command line"
    if path is None and choices.templates and not choices.baseline and "plain" not in choices.templates:
        table["baseline"] = choices.templates[0]
    described = experiment.checked(validate(Experiment, choices.over(table), origin), origin)
    target = into or (path.with_suffix(".sqlite") if path else Path("runs") / "run.sqlite")
    return described, target


def print_forecast(plan: Plan, path: Path, limit: int | None, as_json: bool) -> None:
    """What a run would send; nothing is sent."""
    store = Store(path) if path.is_file() else None
    rows: dict[str, Forecast] = {}
    for spec in plan.experiment.models:
        rows[spec.label] = sum((forecast(block, store) for block in plan.blocks(spec, limit)), Forecast())
    if store:
        store.close()
    if as_json:
        out.print_json(json.dumps({"trials": plan.trials, "models": {k: asdict(v) for k, v in rows.items()}}))
        return
    cells = tuple(
        (k, str(f.requests), f"{f.input_tokens:,}", f"{f.output_tokens:,}", f"{f.cost:.4g}") for k, f in rows.items()
    )
    columns = ("model", "requests", "input tokens", "output tokens", "cost")
    note = (
        f"{plan.trials} trials. Requests that {path} holds already are not counted. Tokens are characters / 4; "
        "a reply is as long as max_tokens, else 800 tokens; cost at the prices of the experiment. Nothing was sent."
    )
    out.print(tables.terminal(tables.Table("Dry run", columns, cells, note, frozenset({1, 2, 3, 4}))))


def _ask_in_looks(plan: Plan, project: Project, store: Store, state: tuple[Progress, Stop, int | None]) -> None:
    """Ask some blocks, score, look; until the contrast is decided or all is asked. Says what was saved."""
    progress, stop, limit = state
    early = plan.experiment.stop
    assert early is not None  # noqa: S101 - the caller has seen to it
    total = max(sum(1 for _ in plan.blocks(spec, limit)) for spec in plan.experiment.models)
    for blocks in [*range(early.every, total, early.every), total]:
        progress.done = progress.kept = progress.failed = 0
        progress.failures.clear()
        with progress_shown(progress):
            run_async(lambda n=blocks: ask_everything(plan, store, progress=progress, stop=stop, limit=n), stop)  # type: ignore[misc]
        if progress.stopped:
            return
        score_run(store, project.problems, only=plan.experiment.scorers, warn=warn)
        found = looks.look(store, early)
        if found.decided(early) and blocks < total:
            looks.note(store, found, blocks)
            left = [b for spec in plan.experiment.models for b in list(plan.blocks(spec, limit))[blocks:]]
            saved = sum((forecast(b, store) for b in left), Forecast())
            err.print(
                f"decided after {blocks} of {total} blocks: {early.contrast[0]} against {early.contrast[1]} on "
                f"{early.metric}: {found.gains} up, {found.losses} down, e = {found.evidence:.3g}; "
                f"{saved.requests} requests not sent" + (f", {saved.cost:.4g} saved" if saved.cost else "")
            )
            return


@dataclass(frozen=True)
class Manner:
    """What is done beside asking."""

    score: bool = True
    probe: bool = True
    as_json: bool = False


def run_experiment(
    plan: Plan, project: Project, path: Path, *, limit: int | None = None, how: Manner = Manner()
) -> int:
    """Ask, store, score, and say how it went. Returns the exit code: 0 fine, 1 some trials failed, 130 interrupted."""
    looks.check(plan)
    progress, stop = Progress(probe=warn if how.probe else None), Stop()
    with Store(path, write=True) as store:
        _keep_specs(plan, project, store)
        if plan.experiment.stop is not None:
            _ask_in_looks(plan, project, store, (progress, stop, limit))
        else:
            with progress_shown(progress):
                run_async(lambda: ask_everything(plan, store, progress=progress, stop=stop, limit=limit), stop)
        if how.score and stop.reason != "interrupted":
            scored = score_run(store, project.problems, only=plan.experiment.scorers, warn=warn)
            say_scored(scored)
    if how.as_json:
        out.print_json(json.dumps(progress.as_json()))
    _say_run(progress, path)
    return 130 if stop.reason == "interrupted" else 1 if progress.failed else 0


def _keep_specs(plan: Plan, project: Project, store: Store) -> None:
    pending = []
    for identifier in plan.problems:
        pending.append(store.keep_spec("problem", identifier, project.problems.text(identifier)))
    for template in plan.templates.values():
        for file, text in template.sources.items():
            pending.append(store.keep_spec("template", file, text))
    for kept in pending:  # one commit for many, not one each
        kept.result()
    store.set_meta("experiment", plan.experiment.model_dump_json())


def _say_run(progress: Progress, path: Path) -> None:
    err.print(
        f"{progress.done}/{progress.total} trials done ({progress.kept} were done before), {progress.failed} failed; "
        f"{progress.asked} requests asked, {progress.from_file} answered from the run file"
        + (f"; {progress.probes} requests of the conformance probe" if progress.probes else "")
        + (f"; cost {progress.cost:.4g}" if progress.cost else "")
    )
    for error, count in sorted(progress.failures.items(), key=lambda item: -item[1])[:5]:
        err.print(Text(f"  {count} x {safe(error)[:300]}"))
    if progress.stopped:
        err.print(f"stopped early: {progress.stopped}. Run the same command again to go on; nothing is paid twice.")
    err.print(f"run file: {path}    next: evalkit compare {path}")


def doctor(project: Project, path: Path | None, choices: Choices, as_json: bool) -> int:
    """Ask every model a few short questions and estimate the run; returns 1 when a model does not answer."""
    from evalkit.asking.runner import examine

    if path is None and not choices.models:
        raise SpecError("name an experiment file, or give --model")
    if path is None:
        choices = Choices(("*",), ("plain",), choices.models, choices.base_url, choices.api_key_env)
    described, target = experiment_from(path, choices)
    with messages_shown():
        found = {m.label: run_async(lambda m=m: examine(m), Stop()) for m in described.models}  # type: ignore[misc]
    if as_json:
        out.print_json(json.dumps({k: v if isinstance(v, str) else asdict(v) for k, v in found.items()}))
    for label, result in () if as_json else found.items():
        _say_examined(label, result)
    if path is not None:
        print_forecast(project.resolve(described), target, None, as_json)
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


def show_prompt(project: Project, problem: str, template: str) -> None:
    """Print the conversation as it would be sent, stand-ins for the replies."""
    requests = prompts.rehearse(project.prompts.load(template), project.problems.load(problem).variables())
    for message in requests[-1]:
        out.print(Text(f"[{message.role}]", style="bold cyan"))
        out.print(Text(safe(message.content)))
        out.print()
    out.print(Text(f"{len(requests)} requests; the model answers after each user turn", style="dim"))
