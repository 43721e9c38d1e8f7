"""What `show` does: a conversation as it would be sent, or a stored trial with its evidence."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text

from evalkit.cli.commands.project import Project
from evalkit.cli.console import out, safe
from evalkit.errors import SpecError, counted
from evalkit.interface import chats
from evalkit.interface.loading import Run
from evalkit.types import shown

MOST_CAUSES = 20
MOST_LINES, MOST_SIGNS = 10_000, 1_000_000
"""Of one message on a terminal."""


def show_prompt(project: Project, problem: str, template: str, *, answer_line: bool = False) -> None:
    """Print the conversation as it would be sent, stand-ins for the replies."""
    found = chats.preview(problem, template, answer_line, project)
    for message in found.messages:
        out.print(Text(f"[{message.role}]", style="bold cyan"))
        out.print(Text(safe(shown(message.content, message.attachments))))
        out.print()
    for line in found.lines():
        out.print(Text(line, style="dim"))


def show_diff(project: Project, problem: str, templates: list[str], *, answer_line: bool = False) -> None:
    """Print what several templates send: a message that all send alike once, others side by side, with `+` before the
    lines that the first template does not send."""
    from itertools import zip_longest

    from rich import box
    from rich.table import Table

    if len(templates) < 2:
        raise SpecError("--diff: name two templates or more, such as --diff plain,repeat_hint")
    found = [chats.preview(problem, name.strip(), answer_line, project) for name in templates]
    for row in zip_longest(*(preview.messages for preview in found)):
        sent = [m for m in row if m is not None]
        out.print(Text(f"[{' / '.join(dict.fromkeys(m.role for m in sent))}]", style="bold cyan"))
        texts = [shown(m.content, m.attachments) for m in sent]
        if len(sent) == len(row) and len({m.role for m in sent}) == len(set(texts)) == 1:
            out.print(Text("all alike:", style="dim"))
            out.print(Text(safe(texts[0])))
        else:
            beside = Table(box=box.SIMPLE_HEAD, pad_edge=False, expand=True)
            for name in templates:
                beside.add_column(name, ratio=1)
            said = [None if m is None else shown(m.content, m.attachments) for m in row]
            first = set((said[0] or "").splitlines())
            beside.add_row(*(_against(text, first, i > 0) for i, text in enumerate(said)))
            out.print(beside)
        out.print()


def _against(content: str | None, first: set[str], marked: bool) -> Text:
    """A message, with the lines marked that the first template does not send."""
    if content is None:
        return Text("(nothing is sent)", style="dim")
    said = Text()
    for line in content.splitlines():
        new = marked and line.strip() and line not in first
        said.append(("+ " if new else "") + safe(line) + "\n", style="green" if new else "")
    return said


def show_run(run: Path | None) -> None:
    """Print how many trials of each model are done, and why the others failed or cannot be judged, cause by cause."""
    if run is None:
        raise SpecError("name a problem, or a run file with --run")
    found = Run((run,)).counts()
    for held in found.models:
        money = f", cost {held.cost:.4g}" if held.cost else ""
        replies = counted(held.replies, "stored reply", "stored replies")
        out.print(Text(f"{safe(held.model)}: {counted(held.trials, 'trial')}, {replies}{money}", style="bold"))
        for cause, times in list(held.causes.items())[:MOST_CAUSES]:
            out.print(Text(f"  {times} x {safe(cause)[:300]}"))
    for line in found.lines():
        out.print(Text(f"note: {safe(line)}"))


def _shortened(content: str) -> str:
    """A terminal takes a second for each 50,000 lines, and nobody reads them; the report and `export` have all."""
    lines = content.split("\n", MOST_LINES)
    if len(lines) <= MOST_LINES and len(content) <= MOST_SIGNS:
        return content
    kept = "\n".join(lines[:MOST_LINES])[:MOST_SIGNS]
    return f"{kept}\n... {len(content) - len(kept):,} more characters: evalkit export"


def show_trial(run: Path, wanted: tuple[str, str, str | None, int]) -> None:
    """Print one stored conversation with the scores of each assistant turn and their reasons."""
    found = Run((run,)).chats(*wanted)
    for chat in found.chats:
        out.print(Text(safe(chats.title_of(chat)), style="bold"))
        turn = 0
        for message in chat.transcript.turns:
            out.print(Text(f"[{message.role}{', an earlier question' if message.earlier else ''}]", style="bold cyan"))
            out.print(Text(safe(_shortened(shown(message.content, message.attachments)))))
            if message.role != "assistant" or message.earlier:
                continue
            turn += 1
            for s in chat.of_turn(turn):
                told = f"  {s.scorer}.{s.score.metric} = {chats.value_of(s)}  {safe(s.score.reason)}"
                out.print(Text(told, style="green"))
