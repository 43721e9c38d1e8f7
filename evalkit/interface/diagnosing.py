"""Is every model reachable, and does it do what its parameters say?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evalkit.asking.connecting import offered
from evalkit.asking.probe import Probe as Probe
from evalkit.asking.probe import examine
from evalkit.interface.shown import Shown
from evalkit.showing.tables.form import Table
from evalkit.types import ModelSpec


@dataclass(frozen=True, repr=False)
class Diagnoses(Shown):
    """What was found, by model."""

    found: dict[str, Probe | str]
    """Findings, or why the model does not answer."""
    offered: dict[str, list[str]]
    """The models that the endpoint lists; none where it does not say."""

    @property
    def reachable(self) -> bool:
        """Whether every model answers."""
        return not any(isinstance(result, str) for result in self.found.values())

    def tables(self) -> Sequence[Table]:
        rows: list[tuple[str, ...]] = []
        for label, result in self.found.items():
            if isinstance(result, str):
                rows.append((label, "answers", "no", result))
                continue
            rows.append((label, "answers", "yes", ""))
            rows += [(label, f.check, f.outcome, f.note) for f in result.findings]
        return [Table("Models", ("model", "check", "outcome", "note"), tuple(rows))]

    def data(self) -> dict[str, Any]:
        """Plain data (JSON)."""
        return {
            k: v if isinstance(v, str) else {**asdict(v), "offered": self.offered[k]} for k, v in self.found.items()
        }

    def __repr__(self) -> str:
        silent = [label for label, result in self.found.items() if isinstance(result, str)]
        return f"<Diagnoses: {len(self.found)} models; {'no answer: ' + ', '.join(silent) if silent else 'all answer'}>"


async def diagnosed(models: Sequence[ModelSpec]) -> Diagnoses:
    """Ask every model a few short questions."""
    found = {spec.label: await examine(spec) for spec in models}
    return Diagnoses(found, {spec.label: await offered(spec) for spec in models})
