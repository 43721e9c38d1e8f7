"""Final answers in many formats (the grid of tests/benchmarks/answers.py): what the answer scorers make of each.

A line is a format: how many of its replies are judged as what was put in says, each other one with its reply, and a digest
of all reasons, spans and answers given. Of the replies of a format every `EVERY`-th is taken, each format from another one
on, so that right and wrong ones, and each beginning, come in turn.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evalkit.types import Score
from tests.benchmarks.answers import Case, cases, judged
from tests.recorded import plain, short

EVERY = {"number": 41, "near miss": 1, "choice": 9, "expression": 13, "sequence": 1}


def told(folder: Path) -> Iterator[str]:
    del folder
    groups: dict[tuple[str, str], list[tuple[Case, Score]]] = {}
    seen: dict[tuple[str, str], int] = {}
    for case in cases():
        key = (case.kind, case.format)
        seen[key] = seen.get(key, len(seen)) + 1
        if seen[key] % EVERY[case.kind] == 0:
            groups.setdefault(key, []).append((case, judged(case)))
    for (kind, form), found in groups.items():
        others = [(case, score) for case, score in found if score.value != case.right]
        said = short(plain(repr([(s.value, s.reason, s.spans, sorted(s.details.items()), s.given) for _, s in found])))
        yield f"{kind} {form!r}: {len(found) - len(others)} of {len(found)} {said}"
        for case, score in others:
            yield f"  {score.value} where {float(case.right)} was put in: {case.reply!r}"
