"""What is found in small derivations: each relation with its rule, reason and place, milestones, leaps and approaches.

The replies (tests/cases/details/derivation.toml) were chosen so that together they pass through as much of the checker as
the tables of its tests do. What they should be judged as stands there, not here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from evalkit.derivation import Analysis, analyse
from tests.derivation_help import CASES, LETTERS, setting
from tests.derivation_suite import cases
from tests.recorded import plain, short


def told(folder: Path) -> Iterator[str]:
    del folder
    replies = tomllib.loads((CASES.parent / "details" / "derivation.toml").read_text(encoding="utf-8"))["replies"]
    for reply in replies:
        yield line(analyse(reply, setting()), reply)
    for case in cases():
        yield line(analyse(case.text, case.setting), f"{case.id} {case.text}")


def line(found: Analysis, text: str) -> str:
    """The verdicts, a digest of all that is said, and how the reply begins."""
    said = "".join(LETTERS[r.verdict] for r in found.relations)
    sets = [repr(r).replace(repr(s), repr(sorted(s))) for r in found.relations for s in [r.uses]]
    sets = [
        text.replace(repr(r.introduces), repr(sorted(r.introduces)))
        for r, text in zip(found.relations, sets, strict=True)
    ]
    rest = (found.milestones, found.leaps, found.approaches, found.read_all, found.reading)
    return f"{said or '-'} {short(plain(repr(sets)))} {short(plain(repr(rest)))} {' '.join(text.split())[:60]}"
