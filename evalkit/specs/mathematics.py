"""What a problem says of its mathematics, compiled, and replies checked against it. How it is declared: see
evalkit.derivation.problem.spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import ConfigDict

from evalkit.derivation.problem.spec import DerivationSpec
from evalkit.derivation.worlds.deadline import NEVER, Deadline
from evalkit.errors import SpecError


class Mathematics(DerivationSpec):
    """The part of a problem file that derivations are checked against."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, ignored_types=(cached_property,))

    @property
    def derivation(self) -> DerivationSpec:
        """What the problem says about its mathematics."""
        return DerivationSpec(**{name: getattr(self, name) for name in DerivationSpec.model_fields})

    @cached_property
    def setting(self) -> Any:
        """The compiled mathematics (evalkit.derivation.Setting), None where nothing is declared."""
        from evalkit import derivation

        return derivation.compile_setting(self.derivation) if self.symbols or self.definitions else None

    def analyse(
        self,
        reply: str,
        before: Sequence[str] = (),
        reading: Mapping[str, Any] | None = None,
        deadline: Deadline = NEVER,
    ) -> Any:
        """The derivation analysis of one reply (evalkit.derivation.Analysis), None without symbols.

        before: the earlier replies of the conversation, in which names may have been given a meaning. reading: what
        somebody says its letters mean. Raises SpecError where that does not fit the reply. deadline: when what is left
        is not judged any more.
        """
        from evalkit import derivation
        from evalkit.derivation.following.plan import plan_from

        if self.setting is None:
            return None
        plan = plan_from(reading, len(reply), "the given reading") if reading is not None else None
        return derivation.analyse(reply, self.setting, before=before, plan=plan, deadline=deadline)

    def analyse_with(
        self, said: Mapping[str, Any], reply: str, before: Sequence[str] = (), deadline: Deadline = NEVER
    ) -> Any:
        """The same, read by the rules and as a model proposes; what both agree on counts.

        said: `reading` (reading/proposed.py) and `labels`, [start, end, value] of relations that people have labelled.
        """
        from evalkit import derivation

        if self.setting is None:
            return None
        labels = {(start, end): value for start, end, value in said.get("labels", ())}
        return derivation.analyse_with(said["reading"], reply, self.setting, labels, before, deadline)

    def mathematics_faults(self) -> list[str]:
        """What is wrong with the declared mathematics: does not parse, uses names that are not declared, or a milestone
        that does not hold."""
        from evalkit import derivation
        from evalkit.specs import declared

        try:
            if self.setting is None:
                return []
            proofs = derivation.prove_milestones(self.setting)
            return list(dict.fromkeys(declared.faults(self.setting))) + [
                f"milestone {p.milestone!r}, form {p.form + 1}: {p.reason}" for p in proofs if not p.holds
            ]
        except SpecError as error:
            return [_from_one(told) for told in error.problems]

    def mathematics_doubts(self) -> list[str]:
        """Definitions of names that are not declared; milestones that are found wherever another one is stated, so that
        nothing tells the two apart."""
        from evalkit.specs import declared

        said = [] if self.setting is None else list(dict.fromkeys(declared.doubts(self.setting)))
        for milestone in self.milestones if self.setting is not None else ():
            for form in milestone.forms:
                # One line may take two steps, of which each can be taken alone as well.
                meant = {m.id for m in self.milestones if form in m.forms and {*m.forms} != {*milestone.forms}}
                found = {m.id for m in self.analyse(f"$$\n{form}\n$$").milestones} - meant - {milestone.id}
                said += [
                    f"milestone {other!r} is found where {milestone.id!r} is stated ({form}), so one counts for both; "
                    "make them different, or leave one out"
                    for other in sorted(found)
                ]
        return said


def _from_one(told: str) -> str:
    """A complaint of the compiler with entries counted from 1, as everywhere else."""
    return re.sub(r"^(\w+)\[(\d+)\]", lambda found: f"{found[1]}[{int(found[2]) + 1}]", told)
