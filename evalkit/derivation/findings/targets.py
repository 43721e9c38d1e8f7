"""What a problem's milestones look like in its worlds: the same for every reply, so they are computed once a process.

Each reply is charged the time that it took, whoever asked first: how far the time of a reply reaches does not depend on
the replies before it. Its evaluation steps are for the reply's own relations.

Not kept: what depends on the letters that a reply writes (a `W^*` that may mean W), on sizes that it declares, or on a
matrix of its own that stands for a world's symbol. That is computed for each reply.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from evalkit.derivation.findings.residuals import Residual, Residuals, residual
from evalkit.derivation.grammar.nodes import Node
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.deadline import Deadline
from evalkit.derivation.worlds.env import Env

Factor = tuple[Node, str] | None


class DependsError(Exception):
    """It depends on what a reply writes."""


class Unasked(frozenset[str]):
    """The names that a reply writes, where nobody may ask for them."""

    def __contains__(self, name: object) -> bool:
        raise DependsError


class Targets:
    """Residuals of milestones, and the seconds that each took, with the staff's meaning of all names."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting, self.seed = setting, seed
        self.kept: dict[Hashable, tuple[Residual | None, float] | None] = {}
        """None: it depends on what the reply writes."""
        self.lock = threading.Lock()
        self.begin()

    def begin(self) -> None:
        """A judge that knows nothing yet, in worlds of its own."""
        self.judge = Judge(self.setting, self.seed)
        self.judge.written = self.judge.odd = Unasked()

    def of(
        self, key: Hashable, env: Env, sides: tuple[Node, Node], factor: Factor, deadline: Deadline
    ) -> Residual | None:
        """The residual in one of the judge's environments; `deadline` is charged. Raises DependsError."""
        with self.lock:
            found = self.found(key, env, sides, factor, deadline)
        if found is None:
            raise DependsError
        return found[0]

    def found(
        self, key: Hashable, env: Env, sides: tuple[Node, Node], factor: Factor, deadline: Deadline
    ) -> tuple[Residual | None, float] | None:
        if key not in self.kept:
            begun = deadline.clock()
            env.world.spent[0] = env.world.worked[0] = 0  # what earlier replies asked for is none of this one's work
            try:
                self.kept[key] = residual(env, *sides, factor), deadline.clock() - begun
            except DependsError:
                self.kept[key] = None
            except BaseException:  # the time is over, in the middle of something
                self.begin()
                raise
        elif (known := self.kept[key]) is not None:
            deadline.charge(known[1])
        return self.kept[key]


def targets_of(judge: Judge) -> Targets | None:
    """The targets of the problem in a reply's worlds; None where the reply has given these sizes of its own."""
    setting, seed = judge.setting, judge.worlds[0].seed
    if any(world.sizes != sizes for world, sizes in zip(judge.worlds, setting.sizes, strict=True)):
        return None
    known: Targets | None = setting.kept.get("targets")
    if known is None or known.seed != seed:
        known = setting.kept["targets"] = Targets(setting, seed)
    return known


class Lent(Residuals):
    """Residuals of one form of a milestone, as they are known of the problem, or computed by the reply's own judge."""

    def __init__(
        self,
        known: Targets,
        key: tuple[Any, ...],
        sides: tuple[Node, Node],
        factor: Factor,
        deadline: Deadline,
        own: Callable[[], Residuals],
    ) -> None:
        super().__init__(known.judge.envs(key[-1]), *sides, factor)
        self.lender, self.key, self.deadline, self.own = known, key, deadline, own

    def made(self, at: int) -> Residual | None:
        try:
            sides = self.left, self.right
            return self.lender.of((*self.key, at), self.envs[at], sides, self.factor, self.deadline)
        except DependsError:
            return self.own()[at]
