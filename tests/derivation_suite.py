"""The hand suite: tests/cases/derivation/suite/*.toml. Each file has a setting and cases `id = [reply, labels]`.

A label is written by hand for each relation: T true, F false, D gives a meaning, S nothing that is to be judged.
Half of the cases, chosen by a digest of the id, are the unseen half: nothing was tuned on them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from evalkit.derivation import FALSE, TRUE, Relation, Setting, Verdict, analyse
from tests.derivation_help import CASES, setting, setting_of, table

OUTCOMES = ("right", "unread", "wrong accept", "wrong reject")
MEANING = frozenset({Verdict.DEFINITION, Verdict.ASSUMPTION})


@dataclass(frozen=True)
class Case:
    id: str
    text: str
    labels: str
    setting: Setting

    @property
    def unseen(self) -> bool:
        return hashlib.sha256(self.id.encode()).digest()[0] % 2 == 1


@lru_cache
def cases() -> tuple[Case, ...]:
    out = []
    for path in sorted((CASES / "suite").glob("*.toml")):
        file = table(f"suite/{path.name}")
        own = file["setting"]
        world = setting(own) if isinstance(own, str) else setting_of(own)
        out += [Case(f"{path.stem}.{name}", text, labels, world) for name, (text, labels) in file["cases"].items()]
    return tuple(out)


def outcome(label: str, relation: Relation | None) -> str:
    """How a verdict stands to a label; None where the relation was not found."""
    verdict = relation.verdict if relation is not None else Verdict.UNPARSED
    said = "T" if verdict in TRUE else "F" if verdict in FALSE else "D" if verdict in MEANING else ""
    if label in "TD":
        return "right" if said in ("T", "D") else "wrong reject" if said == "F" else "unread"
    if label == "S":
        return "right" if not said else "wrong accept" if said == "T" else "wrong reject"
    return "right" if said == "F" else "wrong accept" if said in ("T", "D") else "unread"


def judged(case: Case) -> list[tuple[str, str, str]]:
    """(label, outcome, what was said) of each relation. Where the count differs, the whole case is unread."""
    found = analyse(case.text, case.setting).relations
    if len(found) != len(case.labels):
        shown = " ; ".join(f"{r.source!r} {r.verdict} {r.reason}" for r in found)
        return [(label, "unread", f"{len(found)} relations found: {shown}") for label in case.labels]
    return [
        (label, outcome(label, r), f"{r.source} -> {r.verdict} {r.reason}")
        for label, r in zip(case.labels, found, strict=True)
    ]
