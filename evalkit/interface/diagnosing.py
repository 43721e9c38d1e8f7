"""Is every model reachable, and does it do what its parameters say?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evalkit.asking.connecting import all_connected, offered
from evalkit.asking.probe import Probe as Probe
from evalkit.asking.probe import examine, place_of
from evalkit.asking.probing import differences
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
    differences: tuple[str, ...] = ()
    """What several servers of one model say of it that is not the same."""

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
        return [Table("Models", ("model", "check", "outcome", "note"), tuple(rows), " ".join(self.differences))]

    def data(self) -> dict[str, Any]:
        """Plain data (JSON)."""
        return {
            k: v if isinstance(v, str) else {**asdict(v), "offered": self.offered[k]} for k, v in self.found.items()
        }

    def __repr__(self) -> str:
        silent = [label for label, result in self.found.items() if isinstance(result, str)]
        return f"<Diagnoses: {len(self.found)} models; {'no answer: ' + ', '.join(silent) if silent else 'all answer'}>"


def places(models: Sequence[ModelSpec]) -> dict[str, ModelSpec]:
    """Every server of every model by the name under which it is told of."""
    return {place_of(one) if len(spec.servers) > 1 else spec.label: one for spec in models for one in spec.servers}


async def diagnosed(models: Sequence[ModelSpec]) -> Diagnoses:
    """Ask every model a few short questions, at each of its servers."""
    asked = places(models)
    found = {name: await examine(spec) for name, spec in asked.items()}
    differ: list[str] = []
    for spec in models:
        if len(spec.servers) > 1:
            async with all_connected(spec) as servers:
                differ += await differences(servers)
    return Diagnoses(found, {name: await offered(spec) for name, spec in asked.items()}, tuple(differ))
