"""What `label` does: replies asked about on the terminal, one after the other."""

from __future__ import annotations

from pathlib import Path

from rich.rule import Rule
from rich.text import Text

from evalkit.cli.console import out, say
from evalkit.errors import counted, typed
from evalkit.interface.label_queue import LabelItem, LabelQuestion, LabelQueue
from evalkit.interface.labelling import add_labels, labels_from
from evalkit.interface.relations import places

KEYS = "Enter: no answer, s: skip this reply, w: store and go to the next reply, u: undo the last reply, q: stop"
STEERING = ("s", "u", "q", "w")


def store(run: Path, source: Path, labeller: str) -> None:
    """Labels from a file, all or none."""
    say(f"stored {counted(add_labels(run, labels_from(source), labeller), 'label')}")


def ask(run: Path, labeller: str, seed: int, *, unsure: bool, double: float) -> None:
    """Ask until nothing is left or the user stops; every reply is stored when it is answered."""
    queue = LabelQueue(run, seed, unsure, double, places)
    item, last = queue.next(labeller), None
    while item is not None:
        said, order = _asked(item)
        if order == "q":
            break
        if order == "u":
            if last is not None:
                queue.forget(last, labeller)
                item, last = queue.at(last, labeller), None
            continue
        if order != "s" and said:
            queue.keep(item.place, labeller, said)
            last = item.place
        item = queue.next(labeller, item.place)
    else:
        out.print("nothing is left to label")
    out.print(
        f"labels are stored; go on with: evalkit label {typed(run)}{f' --labeller {labeller}' if labeller else ''}"
    )


def _asked(item: LabelItem) -> tuple[dict[str, float | None], str]:
    """What was said of a reply, and the key that ended it, if one did."""
    out.print(Rule(f"{item.done} of {item.total} labelled"))
    if item.problem is not None:
        out.print(Text(item.problem.statement, style="dim"))
        out.print(Text(f"\nstaff: {item.problem.staff.solution}\n", style="dim"))
    out.print(Text(item.text))
    out.print(Text(f"\n{KEYS}", style="dim"))
    said: dict[str, float | None] = {}
    for question in item.questions:
        answer = _answer(item, question)
        if answer in STEERING:
            return said, answer
        if answer:
            said[question.name] = next(value for key, value, _ in question.choices if key == answer)
    return said, ""


def _answer(item: LabelItem, question: LabelQuestion) -> str:
    """One of the keys of a question, a steering key, or nothing."""
    about = question.about or item.text[question.start : question.stop].replace("\n", " ")
    keys = "  ".join(f"{key} {word}" for key, _, word in question.choices)
    while True:
        out.print(Text(f"{question.metric}: {about}", style="bold"))
        try:
            answer = input(f"  {keys} > ").strip().lower()
        except EOFError:
            return "q"
        if not answer or answer in STEERING or answer in [key for key, _, _ in question.choices]:
            return answer
        out.print(
            Text(f"  {answer[:20]!r} is none of them: {', '.join(key for key, _, _ in question.choices)}; {KEYS}")
        )
