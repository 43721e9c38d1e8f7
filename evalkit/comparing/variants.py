"""What was drawn of problems that have variants, said with every comparison."""

from __future__ import annotations

from collections import defaultdict

from evalkit.errors import SpecError, listed
from evalkit.runfile.runs import Runs
from evalkit.specs import problems
from evalkit.types import canonical

MOST = 6
"""Problems that are named one by one."""


def drawn_lines(store: Runs) -> list[str]:
    """One sentence, or none where no problem has variants."""
    asked: dict[str, set[str]] = defaultdict(set)
    for trial, values in store.variants().items():
        asked[trial.problem].add(canonical(values))
    if not asked:
        return []
    told = [f"{problem} {len(found)}{_of(store, problem)}" for problem, found in sorted(asked.items())]
    return [
        f"Variants were drawn from the seed: {listed(told, MOST, 'more problems')}. The arms and models of a sample "
        "share theirs, replies are paired within it, and a problem counts once, whatever its numbers."
    ]


def _of(store: Runs, problem: str) -> str:
    text = store.spec("problem", problem)
    try:
        declared = len(problems.stored(text, problem).variant_values) if text else 0
    except SpecError:  # of an older evalkit, or a scorer that is not here
        declared = 0
    return f" of {declared}" if declared else ""
