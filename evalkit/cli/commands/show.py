"""What `show` does: a conversation as it would be sent, or a stored trial with its evidence."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from evalkit.cli.commands.project import Project
from evalkit.cli.console import out, safe
from evalkit.errors import SpecError
from evalkit.interface import chats
from evalkit.interface.loading import Run

MOST_CAUSES = 20


def show_prompt(project: Project, problem: str, template: str, *, answer_line: bool = False) -> None:
    """Print the conversation as it would be sent, stand-ins for the replies."""
    found = chats.preview(problem, template, answer_line, project)
    for message in found.messages:
        out.print(Text(f"[{message.role}]", style="bold cyan"))
        out.print(Text(safe(message.content)))
        out.print()
    for line in found.lines():
        out.print(Text(line, style="dim"))


def show_run(run: Path | None) -> None:
    """Print how many trials of each model are done, and why the others failed or cannot be judged, cause by cause."""
    if run is None:
        raise SpecError("name a problem, or a run file with --run")
    found = Run((run,)).counts()
    for held in found.models:
        money = f", cost {held.cost:.4g}" if held.cost else ""
        out.print(Text(f"{safe(held.model)}: {held.trials} trials, {held.replies} stored replies{money}", style="bold"))
        for cause, times in list(held.causes.items())[:MOST_CAUSES]:
            out.print(Text(f"  {times} x {safe(cause)[:300]}"))


def show_trial(run: Path, wanted: tuple[str, str, str | None, int]) -> None:
    """Print one stored conversation with the scores of each assistant turn and their reasons."""
    found = Run((run,)).chats(*wanted)
    for chat in found.chats:
        out.print(Text(chats.title(chat.trial), style="bold"))
        turn = 0
        for message in chat.transcript.turns:
            out.print(Text(f"[{message.role}{', an earlier question' if message.earlier else ''}]", style="bold cyan"))
            out.print(Text(safe(message.content)))
            if message.role != "assistant" or message.earlier:
                continue
            turn += 1
            for s in chat.of_turn(turn):
                told = f"  {s.scorer}.{s.score.metric} = {chats.value_of(s)}  {safe(s.score.reason)}"
                out.print(Text(told, style="green"))
