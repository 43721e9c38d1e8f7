"""Commands that ask models: run, show, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evalkit.cli.options import (
    PROBLEMS,
    PROMPTS,
    AsJson,
    ExperimentFile,
    OneTemplate,
    ProblemGlobs,
    Problems,
    Prompts,
    Quiet,
    TemplateNames,
    TrustHost,
    _problem_ids,
    _template_lists,
    app,
)

Models = Annotated[
    list[str] | None, typer.Option("--model", "-m", help="provider:model, e.g. openai:qwen3-max; repeatable.")
]
BaseUrls = Annotated[
    list[str] | None,
    typer.Option(
        "--base-url",
        help="Any OpenAI-compatible endpoint, for models given by --model; repeatable: several servers of one model.",
    ),
]
KeyName = Annotated[str | None, typer.Option("--api-key-env", help="Environment variable that holds the API key.")]
Name = Annotated[
    str | None,
    typer.Option("--name", help="Label of the model in tables; keeps two servers or settings of one model apart."),
]
Parameter = Annotated[
    list[str] | None, typer.Option("--set", help="Parameter of all models, e.g. temperature=0.7; repeatable.")
]


@app.command()
def run(
    experiment: ExperimentFile = None,
    problem: ProblemGlobs = None,
    prompt: TemplateNames = None,
    model: Models = None,
    base_url: BaseUrls = None,
    api_key_env: KeyName = None,
    name: Name = None,
    set_: Parameter = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Longest reply, in tokens, of all models.")] = None,
    samples: Annotated[int | None, typer.Option(help="Samples of every trial.")] = None,
    baseline: Annotated[str | None, typer.Option(help="The arm that the others are compared with.")] = None,
    into: Annotated[Path | None, typer.Option("--run", help="Run file; default: beside the experiment.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only so many blocks (a problem and sample, all arms).")
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            metavar="N/COUNT", help="Only this part, such as 3/8, into a file of its own; `merge` joins them."
        ),
    ] = None,
    prices: Annotated[
        str | None,
        typer.Option(help="Money per million tokens, of all models: input=0.15,output=0.6[,cached_input=0.07]."),
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(help="Stop before the run file has cost more money than this.")
    ] = None,
    max_requests: Annotated[
        int | None,
        typer.Option(min=1, help="Stop before more requests are sent for the run file, retries and probe included."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count requests, tokens and cost; send nothing.")] = False,
    score: Annotated[bool, typer.Option(help="Score the replies afterwards.")] = True,
    probe: Annotated[
        bool, typer.Option(help="Begin with a conformance probe: eight short requests to every new model.")
    ] = True,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed/--no-retry-failed", help="Ask trials again that failed before.")
    ] = True,
    batch: Annotated[
        bool,
        typer.Option(
            "--batch", help="Leave requests in batches (answered within a day, half the price); again to collect them."
        ),
    ] = False,
    wait: Annotated[bool, typer.Option("--wait", help="With --batch: stay until the batches are answered.")] = False,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="auto|HOST:PORT", help="Ask local models (hf:), and score, on the nodes of this Ray cluster."
        ),
    ] = None,
    in_flight: Annotated[int | None, typer.Option(min=1, help="Requests under way at once, for each model.")] = None,
    log: Annotated[Path | None, typer.Option(help="Append a line of JSON for every attempt to this file.")] = None,
    trust_host: TrustHost = None,
    problems: Problems = PROBLEMS,
    prompts: Prompts = PROMPTS,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Ask models, store every reply, score them. Run it again to go on: nothing is paid twice."""
    from evalkit.cli import defaults, trust
    from evalkit.cli.commands import run as command
    from evalkit.cli.commands.project import Choices, Project, experiment_from, part_from
    from evalkit.cli.console import say

    choices = Choices(
        problems=problem, templates=prompt, models=model, base_urls=base_url, api_key_env=api_key_env, name=name,
        parameters=set_, max_tokens=max_tokens, samples=samples, baseline=baseline, prices=prices,
        max_cost=max_cost, max_requests=max_requests, in_flight=in_flight,
    )  # fmt: skip
    choices = defaults.filled(choices, experiment)
    project = Project(problems, prompts)
    described, path = experiment_from(experiment, choices, into)
    plan = project.resolve(described, say)
    if shard is not None:
        plan, path = part_from(plan, shard, path, into)
    if dry_run:
        command.dry_run(plan, path, limit, as_json, batch=batch)
        trust.say(described.everyone, rehearsed=True)
        raise typer.Exit(0)
    trust.allow(described.everyone, choices, trust_host or ())
    trust.say(described.everyone)
    how = command.Manner(score, probe, retry_failed, log, batch=batch, wait=wait, ray=ray)
    raise typer.Exit(command.run_experiment(plan, project, path, limit=limit, how=how, as_json=as_json))


@app.command()
def show(
    problem: Annotated[
        str | None,
        typer.Argument(metavar="PROBLEM", help="Problem id; with --run: default all.", autocompletion=_problem_ids),
    ] = None,
    prompt: OneTemplate = "plain",
    stored: Annotated[Path | None, typer.Option("--run", help="Show a stored trial of this run file instead.")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="With --run: which model.")] = None,
    sample: Annotated[int, typer.Option(help="With --run: which sample.")] = 0,
    diff: Annotated[
        str | None,
        typer.Option(
            metavar="ARM,ARM", help="What these templates send, side by side.", autocompletion=_template_lists
        ),
    ] = None,
    answer_line: Annotated[bool, typer.Option("--answer-line", help="As with `answer_line = true`.")] = False,
    problems: Problems = PROBLEMS,
    prompts: Prompts = PROMPTS,
) -> None:
    """Print the conversation as it would be sent, or one stored trial with its scores and evidence.

    With --diff: what several templates send, side by side.
    With --run and no problem: what the run file holds, and why trials failed or could not be judged.
    """
    from evalkit.cli.commands import show as command
    from evalkit.cli.commands.project import Project

    if problem is None:
        command.show_run(stored)
    elif diff is not None:
        command.show_diff(Project(problems, prompts), problem, diff.split(","), answer_line=answer_line)
    elif stored is not None:
        command.show_trial(stored, (problem, prompt, model, sample))
    else:
        command.show_prompt(Project(problems, prompts), problem, prompt, answer_line=answer_line)


@app.command()
def doctor(
    experiment: ExperimentFile = None,
    model: Models = None,
    base_url: BaseUrls = None,
    api_key_env: KeyName = None,
    trust_host: TrustHost = None,
    problems: Problems = PROBLEMS,
    prompts: Prompts = PROMPTS,
    as_json: AsJson = False,
) -> None:
    """Is every model reachable, and what would the run cost? Sends one short request to each model."""
    from evalkit.cli import defaults
    from evalkit.cli.commands import doctor as command
    from evalkit.cli.commands.project import Choices, Project

    choices = Choices(models=model, base_urls=base_url, api_key_env=api_key_env)
    choices = defaults.filled(choices, experiment)
    raise typer.Exit(command.doctor(Project(problems, prompts), experiment, choices, as_json, trust_host or ()))
