"""What of a staff solution can be scored at once: a choice among options, a number.

A table is written only where the scorer itself reads the answer from the staff's solution, so that `check` agrees.

Not covered: formulas and sequences. A number is taken from an explicit answer alone (`Answer: 3`, a box, a solution
that is one), and else proposed in a comment.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.reading import answers, results
from evalkit.reading.plain import plain
from evalkit.specs.homework.solved import Question
from evalkit.types import Conversation
from evalkit.types import Question as Asked

_OPTION = re.compile(r"[ \t]*(?:[-*+][ \t]+)?(?:\*\*)?\(?([A-H])[.):]\)?(?:\*\*)?[ \t]+(\S.*)")
_INLINE = re.compile(r"(?<![\w(])\(([A-H])\)\s*|(?<![\w(])([A-H])[.)]\s+")
_ENDING = re.compile(
    r"(?:=|≈|\\approx|\b(?:is|in|are|equals|get|gives|obtain|of))[\s$]*(-?\d{1,12}(?:\.\d{1,12})?)(?![\d!/^_*])"
    r"[\s$.\\)\]}]*(?:ways|in total|pairs)?[\s.]*\Z"
)
MAX_OPTIONS = 26
LONGEST = 400


@dataclass(frozen=True)
class Scored:
    """The `[score.*]` tables of a question as TOML, and what a person should look at."""

    toml: str
    doubts: tuple[str, ...] = ()


def options_in(question: Question) -> None:
    """Takes options out of the end of a statement: lines `A. text`, or `(A) text (B) text` in one line."""
    if question.options or question.parts:
        return
    rows = question.text.rstrip().splitlines()
    found: list[str] = []
    first = len(rows)
    for at, row in enumerate(rows):
        option = _OPTION.fullmatch(row)
        if option and option[1] == chr(ord("A") + len(found)):
            first = at if not found else first
            found.append(option[2])
        elif found and row.strip():
            found[-1] += " " + row.strip()
    if len(found) < 2 and rows:
        marks = list(_INLINE.finditer(rows[-1]))
        letters = [m[1] or m[2] for m in marks]
        if len(marks) > 1 and letters == [chr(ord("A") + n) for n in range(len(marks))]:
            ends = [m.start() for m in marks[1:]] + [len(rows[-1])]
            found = [rows[-1][m.end() : end].strip() for m, end in zip(marks, ends, strict=True)]
            rows[-1] = rows[-1][: marks[0].start()]
            first = len(rows)
    if len(found) > 1 and all(0 < len(text) <= LONGEST for text in found):
        question.text = "\n".join(rows[:first]).rstrip() + "\n"
        question.options = [(text, None) for text in found]


def scored(question: Question, solution: str) -> Scored:
    """The tables for a question with this staff solution."""
    if question.options:
        return _choice(question, solution)
    return _number(solution)


def lettered(question: Question) -> dict[str, str]:
    """The options by letter."""
    return {chr(ord("A") + n): " ".join(text.split()) for n, (text, _) in enumerate(question.options[:MAX_OPTIONS])}


def _choice(question: Question, solution: str) -> Scored:
    options = lettered(question)
    marked = [chr(ord("A") + n) for n, (_, right) in enumerate(question.options[:MAX_OPTIONS]) if right]
    if len(options) < 2 or any(not text for text in options.values()):
        return Scored("", ("its options could not be read",))
    doubts = ["which of its options are right was read from the solution"] if not marked else []
    right = marked or [
        letter for letter in options if solution and _full("choice", _fields(options, [letter]), solution)
    ]
    many = len(marked) > 1
    table = _toml(options, right or ["<the right letter>"], many)
    if len(right) == 1 or many:
        if many:
            doubts.append("several of its options are marked as right: `many = true` was written")
        return Scored(table, tuple(doubts))
    return Scored(_commented(table), ("which of its options is right was not found",) if solution else ())


def _fields(options: dict[str, str], right: list[str]) -> dict[str, Any]:
    return {"options": options, "correct": right, "many": len(right) > 1}


def _toml(options: dict[str, str], right: list[str], many: bool) -> str:
    said = ", ".join(f"{letter} = {quoted(text)}" for letter, text in options.items())
    return f"[score.choice]\noptions = {{ {said} }}\ncorrect = {json.dumps(right)}\n" + (
        "many = true\n" if many else ""
    )


def _number(solution: str) -> Scored:
    explicit, last = _value(solution)
    for value, sure in ((explicit, True), (last, False)):
        if value is None or not _full("number", {"value": value}, solution):
            continue
        table = f"[score.number]\nvalue = {value!r}\n"
        if sure:
            return Scored(table)
        return Scored(
            _commented(table), (f"its answer may be the number {value:g}: [score.number] stands in a comment",)
        )
    return Scored("")


def _value(solution: str) -> tuple[float | None, float | None]:
    """The number of an explicit answer, and the one that the solution ends with."""
    explicit = None
    for place in answers.places(solution):
        alone = place.how == "whole" and len(place.text.split()) <= 3
        if place.how in ("boxed", "labelled") or alone:
            explicit = _only(place.text)
            break
    ending = _ENDING.search(solution[-200:])
    return explicit, float(ending[1]) if ending else None


def _only(text: str) -> float | None:
    values = {result.value for result in results.read(plain(text).text)}
    value = values.pop() if len(values) == 1 else None
    return None if value is None else float(value)


def _full(name: str, fields: dict[str, Any], solution: str) -> bool:
    """Whether the scorer with these fields gives the solution its full mark."""
    try:
        scorer = plugins.load("scorers", name).Scorer.model_validate(fields)
        judged = scorer.score(Conversation(Asked("set/name", "statement"), (solution,)))
    except (SpecError, ValueError, TypeError):
        return False
    return any(score.metric == "correct" and score.value == 1 for score in judged)


def quoted(text: str) -> str:
    """A text of one line as a TOML string."""
    return f"'{text}'" if "'" not in text and text.isprintable() else json.dumps(text, ensure_ascii=False)


def _commented(table: str) -> str:
    return "".join(f"# {line}\n" for line in table.splitlines())
