"""What a problem file says that cannot work: found by `check` before anybody pays for replies.

Not covered: whether the statement is solvable, or the staff's solution right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evalkit.specs.problems import Problem
from evalkit.specs.toml import dotted

_COMMANDS = (
    "frac|dfrac|tfrac|sum|prod|int|sqrt|mathbb|mathbf|mathrm|mathcal|text|left|right|begin|end|alpha|beta|gamma|delta|"
    "epsilon|varepsilon|lambda|mu|sigma|Sigma|tau|theta|phi|pi|omega|nabla|partial|cdot|times|top|infty|le|ge|leq|geq|"
    "neq|in|to|quad|hat|bar|tilde|vec|log|exp|sin|cos|lim|max|min"
)
_DOUBLED = re.compile(rf"(?<!\\)\\\\(?:{_COMMANDS})(?![A-Za-z])")
_ANY_DOUBLED = re.compile(r"(?<!\\)\\\\[A-Za-z]{3,}")
_SINGLE = re.compile(r"(?<!\\)\\[A-Za-z]+")
_WHOLE_MARK = re.compile(r"<\w[^<>]* [^<>]+>")
_DRAWN_MARK = re.compile(r"<<\s?[+]?[A-Za-z]\w*(?::\d)?\s?>>")
_INNER_MARK = re.compile(r"<[A-Za-z]+(?: [A-Za-z]+)* [A-Za-z]{3,}>")
"""Words in angle brackets; `0<x and y>0` ends in a single letter, and a tag of HTML or a token `<sos>` is one word."""


def faults(problem: Problem) -> Iterator[str]:
    """Sentences, each with the remedy."""
    yield from _doubled(problem)
    yield from _unfilled(problem)
    reading = [name for name, scorer in problem.scorers.items() if scorer.reads_derivation]
    if reading and not problem.symbols:
        yield (
            f"[score.{reading[0]}] reads the derivation, but there is no [symbols] table, so no reply can be judged; "
            "declare the symbols, or delete the table"
        )
    yield from (
        f"[score.{name}] compares with the passage, but there is no `passage`, so no reply can be judged; write it, or "
        "delete the table"
        for name, scorer in problem.scorers.items()
        if scorer.reads_passage and not problem.passage
    )
    known = [a.id for a in problem.approaches]
    staff = problem.staff.approach
    if staff is not None and staff not in known:
        yield f"[staff] approach = {staff!r} is none of the [[approaches]] ({', '.join(known) or 'there is none'})"
    for name, scorer in problem.scorers.items():
        if staff is None and any(metric.role == "use level" for metric in scorer.metrics.values()):
            yield f'[score.{name}] needs the staff\'s approach: write `approach = "..."` in [staff]'
    yield from _strangers(problem, known)
    for approach in problem.approaches:
        alone = any(m.approaches == (approach.id,) for m in problem.milestones)
        if not (approach.uses or approach.decisive or alone):
            yield (
                f"approach {approach.id!r} has no `uses`, and no milestone names it alone, so no reply can be seen to "
                "take it; write a rule such as uses = ['svd A']"
            )


def _strangers(problem: Problem, known: list[str]) -> Iterator[str]:
    """Approaches of a ban that there are not, and other spellings that are names themselves."""
    for name, scorer in problem.scorers.items():
        for banned in getattr(scorer, "approaches", ()):
            if banned not in known:
                declared = ", ".join(known) or "there is none"
                yield f"[score.{name}] approaches: {banned!r} is none of the [[approaches]] ({declared})"
    for name, others in problem.aliases.items():
        for other in others:
            if other in problem.symbols or other in problem.families:
                yield f"[aliases] {name} = {other!r}: {other} is declared itself, so it is no other name; leave one out"


def remarks(problem: Problem) -> Iterator[str]:
    """Worth knowing, though it may be meant so."""
    if not problem.score:
        yield "no [score.*] table: replies will be stored, and nothing will be judged"
    mark = None if problem.variants or problem.variant_values else _DRAWN_MARK.search(problem.statement)
    if mark:
        yield f"statement: {mark[0]} is sent as it stands, for the file has no [variants] that draw it"


def _texts(data: object, at: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    """Every text of a problem file with its key."""
    if isinstance(data, str):
        yield dotted(at), data
    elif isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from _texts(value, (*at, key))


def _doubled(problem: Problem) -> Iterator[str]:
    for place, text in _texts(problem.model_dump(mode="json"), ()):
        # A text without a single backslash has doubled them all; elsewhere two may break a line before a word.
        found = _DOUBLED.search(text) or (None if _SINGLE.search(text) else _ANY_DOUBLED.search(text))
        if found:
            yield (
                f"{place}: {found[0]!s} has two backslashes; between ''' or ' a backslash stands for itself: write "
                f"{found[0][1:]}"
            )


def _unfilled(problem: Problem) -> Iterator[str]:
    """Marks in the author's own words; those of the skeletons are found before the file is read."""
    for place, text in _texts(problem.model_dump(mode="json"), ()):
        found = _WHOLE_MARK.fullmatch(text.strip()) or _INNER_MARK.search(text)
        if found:
            yield f"{place}: fill in {found[0]}"
