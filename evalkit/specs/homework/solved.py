"""The questions of a homework, and whose a solution is that stands behind several of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evalkit.specs.homework.heads import Piece


@dataclass
class Question:
    """A question or a part of one."""

    label: str
    title: str = ""
    points: float | None = None
    text: str = ""
    solution: str = ""
    own: bool = False
    """Its solution is an environment of its own."""
    parts: list[Question] = field(default_factory=list)
    options: list[tuple[str, bool | None]] = field(default_factory=list)


@dataclass
class Homework:
    """What was found; `doubts` are the things that a person should look at."""

    title: str = ""
    course: str = ""
    setting: str = ""
    notation: str = ""
    questions: list[Question] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


@dataclass
class Solving:
    """A solution that is open."""

    path: list[Question]
    """What it was begun under: the question, its part, ..."""
    pieces: list[Piece] = field(default_factory=list)
    closed: bool = False
    """It is an environment; else it ends at the next question or part."""
    environments: int = 0
    """How many are open, those inside it included."""
    lists: int = 0
    """How many lists are open that began inside it."""


def settle(solving: Solving, doubts: list[str]) -> None:
    """Gives a solution to its question, or to the parts that its marks name."""
    marks = _marks(solving.pieces)
    for owner in reversed(solving.path):
        named = _named(owner, [solving.pieces[at].label for at in marks], doubts)
        first = next((named[label] for at in marks if (label := solving.pieces[at].label) in named), None)
        if first is None or (owner is not solving.path[-1] and first is not owner.parts[0]):
            continue  # a mention of another part
        cuts = [at for at in marks if solving.pieces[at].label in named]
        for at in _outer_lists(solving.pieces):
            solving.pieces[at] = Piece("text", "\n")  # their entries are cut apart
        before = _text(solving.pieces[: cuts[0]], owner)
        for at, end in zip(cuts, [*cuts[1:], len(solving.pieces)], strict=True):
            part = named[solving.pieces[at].label or ""]
            part.solution += before + _text(solving.pieces[at + 1 : end], part)
        return
    solving.path[-1].solution += _text(solving.pieces, solving.path[-1])
    solving.path[-1].own = solving.closed


def _marks(pieces: Sequence[Piece]) -> list[int]:
    """Where part marks and the entries of outermost lists stand."""
    found, depth = [], 0
    for at, piece in enumerate(pieces):
        depth += (piece.kind == "list") - (piece.kind == "endlist")
        if (piece.kind == "part" or (piece.kind == "item" and depth == 1)) and piece.label:
            found.append(at)
    return found


def _outer_lists(pieces: Sequence[Piece]) -> list[int]:
    found, depth = [], 0
    for at, piece in enumerate(pieces):
        depth += piece.kind == "list"
        if piece.kind in ("list", "endlist") and depth == 1:
            found.append(at)
        depth -= piece.kind == "endlist"
    return found


def _named(owner: Question, labels: Sequence[str | None], doubts: list[str]) -> dict[str, Question]:
    """The parts of a question by the labels that its solution has; by their order, where the labels are others."""
    parts = {p.label: p for p in owner.parts}
    found = {label: parts[label] for label in labels if label in parts}
    distinct = list(dict.fromkeys(label for label in labels if label))
    if not found and len(parts) > 1 and len(distinct) == len(parts):
        doubts.append(f"{owner.label}: its solution calls the parts {', '.join(distinct)}; they were taken in order")
        return dict(zip(distinct, owner.parts, strict=True))
    return found


AGAIN = 0.8
"""So large a share of the words of each stands in the other where a text only says the question again."""


def _text(pieces: Sequence[Piece], asked: Question) -> str:
    """The text of a solution. Where an answer is marked inside it, what stands before may say the question again."""
    first = next((at for at, piece in enumerate(pieces) if piece.kind == "solution" and piece.closed), 0)
    before, rest = ("".join(map(_raw, some)) for some in (pieces[:first], pieces[first:]))
    return rest if _says_again(before, asked.text) else before + rest


def _says_again(text: str, question: str) -> bool:
    said, asked = (set(re.findall(r"[^\W_]+", one.lower())) for one in (text, question))
    return len(said & asked) >= AGAIN * max(len(said), len(asked))


def _raw(piece: Piece) -> str:
    return "" if piece.kind in ("end", "solution") and piece.closed else piece.text


def _together(question: Question) -> None:
    """A solution behind the last part, where no other part has one, is that of the whole question."""
    for part in question.parts:
        _together(part)
    if len(question.parts) < 2 or _solved_any(question.parts[:-1]) or question.solution.strip():
        return
    last = question.parts[-1]
    if last.solution.strip() and not last.own:
        question.solution, last.solution = last.solution, ""


def as_options(question: Question, doubts: list[str]) -> None:
    """Short parts without solutions of their own, one of which the solution names, are options of one question."""
    _together(question)
    short = len(question.parts) > 2 and all(
        not p.parts and not p.solution and p.points is None and "?" not in p.text and 0 < len(p.text.split()) <= SHORT
        for p in question.parts
    )
    named = set(re.findall(r"\(([a-h])\)|\b(?:option|answer|choice)(?: is|:)? \(?([a-h])\b", question.solution.lower()))
    letters = {first or second for first, second in named} & {p.label for p in question.parts}
    if short and len(letters) == 1:
        question.options = [(" ".join(p.text.split()), p.label in letters) for p in question.parts]
        doubts.append(f"{question.label}: its parts were read as options, the right one {letters.pop().upper()}")
        question.parts = []


SHORT = 12


def share(question: Question, doubts: list[str], above: str = "") -> None:
    """A solution of the whole question, where it was not split, is that of each part which has none."""
    name = above + question.label
    lacking = [p for p in question.parts if not solved(p)]
    if lacking and question.solution.strip():
        for part in lacking:
            part.solution = question.solution
        said = ", ".join(p.label for p in lacking)
        doubts.append(f"{name}: the solution could not be split into its parts; {said} got all of it")
    for part in question.parts:
        share(part, doubts, name)


def solved(question: Question) -> bool:
    return bool(question.solution.strip()) or _solved_any(question.parts)


def _solved_any(questions: Sequence[Question]) -> bool:
    return any(map(solved, questions))
