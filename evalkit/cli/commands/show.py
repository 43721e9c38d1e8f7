"""What `show` does: a conversation as it would be sent, or a stored trial with its evidence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.text import Text

from evalkit.asking.causes import Causes
from evalkit.cli.commands.project import Project
from evalkit.cli.console import out, safe
from evalkit.errors import SpecError
from evalkit.runfile.store import Store
from evalkit.specs.templates import ANSWER_LINE, rehearse
from evalkit.specs.toml import suggestion


def show_prompt(project: Project, problem: str, template: str, *, answer_line: bool = False) -> None:
    """Print the conversation as it would be sent, stand-ins for the replies."""
    loaded = project.problems.load(problem)
    line = {ANSWER_LINE: loaded.answer_line} if answer_line else {}
    requests = rehearse(project.prompts.load(template), loaded.variables() | line)
    for message in requests[-1]:
        out.print(Text(f"[{message.role}]", style="bold cyan"))
        out.print(Text(safe(message.content)))
        out.print()
    out.print(Text(f"{len(requests)} requests; the model answers after each user turn", style="dim"))


def show_run(run: Path | None) -> None:
    """Print how many trials of each model are done, and why the others failed or cannot be judged, cause by cause."""
    if run is None:
        raise SpecError("name a problem, or a run file with --run")
    with Store(run) as store:
        done: Counter[str] = Counter()
        causes: dict[str, Causes] = {}
        for stored in store.transcripts():
            trial, error = stored.transcript.trial, stored.transcript.error
            done[trial.model] += 1
            cause = f"failed: {error}" if error else stored.transcript.replies[-1].unjudged
            if cause is not None:
                causes.setdefault(trial.model, Causes()).add(cause)
        paid = {label: (count, cost) for label, count, cost, _ in store.spent()}
    for model, count in sorted(done.items()):
        replies, cost = paid.get(model, (0, 0.0))
        money = f", cost {cost:.4g}" if cost else ""
        out.print(Text(f"{safe(model)}: {count} trials, {replies} stored replies{money}", style="bold"))
        for cause, times in causes.get(model, Causes()).most_common(20):
            out.print(Text(f"  {times} x {safe(cause)[:300]}"))


def show_trial(run: Path, wanted: tuple[str, str, str | None, int]) -> None:
    """Print one stored conversation with the scores of each assistant turn and their reasons."""
    problem, template, model, sample = wanted
    with Store(run) as store:
        stored = {s.transcript.trial: s.transcript for s in store.transcripts(problem)}
        scores = list(store.scores(problem))
    trials = [t for t in stored if (t.template, t.sample) == (template, sample) and model in (None, t.model)]
    if not trials:
        known = sorted({f"{t.problem} {t.template} {t.model} {t.sample}" for t in stored})
        raise SpecError(f"{run}: no such trial{suggestion(' '.join(map(str, wanted)), known[:40])}")
    for trial in trials:
        out.print(Text(f"{trial.problem} · {trial.template} · {trial.model} · sample {trial.sample}", style="bold"))
        turn = 0
        for message in stored[trial].turns:
            out.print(Text(f"[{message.role}]", style="bold cyan"))
            out.print(Text(safe(message.content)))
            if message.role != "assistant":
                continue
            turn += 1
            for s in scores:
                if s.trial == trial and s.turn == turn:
                    value = "None" if s.score.value is None else f"{s.score.value:g}"
                    out.print(Text(f"  {s.scorer}.{s.score.metric} = {value}  {safe(s.score.reason)}", style="green"))
