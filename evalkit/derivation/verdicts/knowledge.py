"""What a judge knows: the worlds, the names of the problem, and those that the reply declares, defines and assumes.

A name means, from weak to strong: what it did in earlier replies, what the problem says, what this reply gave it, what a
special world or an assumption says. Nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Self

from evalkit.derivation.grammar.nodes import Node, has_derivative
from evalkit.derivation.problem.setting import Setting, Special
from evalkit.derivation.verdicts.in_world import Limits
from evalkit.derivation.worlds.deadline import NEVER, Deadline
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.evaluate import Evaluator
from evalkit.derivation.worlds.scope import STAR, Drawn, Entry, Scope, letter_of, names_in
from evalkit.derivation.worlds.world import ASSUMED, GENERIC, Group, World


class Knowledge:
    """Names and worlds, as the reply is read. Environments are shared until the scope changes."""

    def __init__(self, setting: Setting, seed: int = 0, deadline: Deadline = NEVER) -> None:
        self.setting = setting
        self.hidden: frozenset[str] = frozenset()
        """Names of the problem that the reply uses for something else."""
        self.worlds: Sequence[World] = [replace(world, deadline=deadline) for world in setting.worlds(seed)]
        self.own: dict[str, Entry] = {}
        self.carried: dict[str, Entry] = {}
        self.assumed: dict[str, Entry] = {}
        self.said: frozenset[str] = frozenset()
        """Those that got their value by a statement of the reply, and not on trial."""
        self.limits = Limits()
        self.written: frozenset[str] = frozenset()
        """The names that the reply writes."""
        self.odd: frozenset[str] = frozenset()
        self.environments: dict[tuple[Group, frozenset[str] | None], list[Env]] = {}
        self.scopes: dict[str, Scope] = {}
        """By the name of the worlds."""

    def read_names(self, names: frozenset[str], odd: frozenset[str]) -> None:
        """The reply writes these names, and some letters in an odd font."""
        self.written, self.odd = names, odd
        self.changed()

    def define(self, entries: Mapping[str, Entry]) -> None:
        """The reply declares or defines names."""
        if all(self.own.get(name) == entry for name, entry in entries.items()):
            return
        self.own.update(entries)
        self.changed(frozenset(entries))

    def undefine(self, names: Iterable[str]) -> None:
        """Names no longer have the meaning that the reply gave them."""
        gone = frozenset(names)
        if gone:
            self.own = {n: e for n, e in self.own.items() if n not in gone}
            self.changed()

    @contextmanager
    def trying(self, entries: Mapping[str, Entry], *, without: Sequence[str] = ()) -> Iterator[None]:
        """Inside, the reply's names mean something else, and more may be defined; after it they mean what they did."""
        if not entries and not without:
            yield
            return
        saved = dict(self.own), self.environments, self.scopes, dict(self.assumed)
        self.environments, self.scopes = {}, {}  # what was computed stays as it is, and comes back
        try:
            self.undefine(without)
            self.define(entries)
            yield
        finally:
            self.own, self.environments, self.scopes, assumed = saved
            if self.assumed != assumed:
                self.reassumed(frozenset(assumed) ^ frozenset(self.assumed))

    def branch(self) -> Self:
        """One that knows the same, and from here on goes its own way: what it learns is forgotten with it."""
        judge = type(self)(self.setting)
        judge.worlds, judge.hidden = self.worlds, self.hidden
        judge.own, judge.carried, judge.assumed = dict(self.own), dict(self.carried), dict(self.assumed)
        judge.limits = Limits(dict(self.limits.ranges), set(self.limits.unequal), set(self.limits.equal))
        judge.written, judge.odd, judge.said = self.written, self.odd, self.said
        judge.scopes = dict(self.scopes)
        judge.environments = dict(self.environments)  # shared until one of the two learns more
        for env in (env for envs in self.environments.values() for env in envs):
            env.shared = True
        return judge

    def resize(self, sizes: Mapping[str, int | str]) -> None:
        """Worlds of other sizes: a number, or the same size as another."""
        self.worlds = [resized(world, sizes) for world in self.worlds]
        self.changed()

    def for_staff(self) -> Self:
        """The same worlds with the staff's meaning of all names: it knows nothing of the reply."""
        judge = type(self)(self.setting)
        judge.worlds, judge.written, judge.odd = self.worlds, self.written, self.odd
        return judge

    def assume(self, entries: Mapping[str, Entry], *, said: bool = False) -> None:
        """The reply gives values to free symbols. said: by a statement that stands there."""
        self.said = self.said | entries.keys() if said else self.said - entries.keys()
        if all(self.assumed.get(name) == entry for name, entry in entries.items()):
            return
        self.assumed.update(entries)
        self.reassumed(frozenset(entries))

    def withdraw(self, name: str) -> None:
        """A free symbol no longer has the value that the reply gave it."""
        if self.assumed.pop(name, None) is not None:
            self.reassumed(frozenset({name}))

    def carry(self, entries: Mapping[str, Entry]) -> None:
        """What names meant in earlier replies: the weakest meaning of all, given up as soon as the reply uses one anew."""
        self.carried = {n: e for n, e in entries.items() if n not in self.setting.scope.entries}
        self.changed()

    def drop(self, name: str) -> None:
        """A name no longer means what it did in an earlier reply."""
        if self.carried.pop(name, None) is not None:
            self.changed()

    def hide(self, names: Iterable[str]) -> None:
        """The reply uses these names of the problem for something else."""
        self.hidden |= frozenset(names)
        self.changed()

    def forget(self) -> None:
        """A new part begins: assumptions end."""
        if self.assumed:
            names = frozenset(self.assumed)
            self.assumed.clear()
            self.reassumed(names)

    @property
    def deadline(self) -> Deadline:
        """How long the reply may take."""
        return self.worlds[0].deadline

    @property
    def scope(self) -> Scope:
        """Names as the parser sees them, assumptions included."""
        return self.scope_of(ASSUMED)

    @property
    def general(self) -> Env:
        """The first of the worlds in general."""
        return self.envs(GENERIC)[0]

    def scope_of(self, group: Group) -> Scope:
        """The names in force in a group of worlds; kept until the reply says more."""
        if group.world not in self.scopes:
            self.scopes[group.world] = self.build_scope(group.world)
        return self.scopes[group.world]

    def changed(self, names: frozenset[str] | None = None) -> None:
        """The scope has changed, in these names only where they are given."""
        self.scopes.clear()
        if names is None:
            self.environments.clear()
            return
        self.update(names, self.environments)

    def reassumed(self, names: frozenset[str]) -> None:
        """Assumptions about these names have changed: no other group of worlds knows of them."""
        self.scopes.pop(ASSUMED.world, None)
        self.update(names, [key for key in self.environments if key[0].world == ASSUMED.world])

    def update(self, names: frozenset[str], keys: Iterable[tuple[Group, frozenset[str] | None]]) -> None:
        for key in keys:
            scope = self.scope_of(key[0])
            self.environments[key] = [env.updated(scope, names) for env in self.environments[key]]

    def build_scope(self, world: str) -> Scope:
        entries = dict(self.carried)
        special = self.special(world)
        given = self.setting.scope.entries
        hidden = self.hidden if special is None else ()  # special worlds are described in the staff's names
        entries.update({n: e for n, e in given.items() if n not in hidden} if hidden else given)
        if special is not None:
            entries.update(special.visible)
        entries.update(self.own if special is None else without_starred(self.own, special))
        if special is not None:
            entries.update(special.overlay)
        if world == ASSUMED.world:
            entries.update(self.assumed)
        apart = self.apart(special, entries) if special is not None else frozenset[str]()
        return Scope(entries, self.setting.scope.fonts, self.written, self.odd, special is not None, apart)

    def apart(self, special: Special, entries: Mapping[str, Entry]) -> frozenset[str]:
        """The letters of the names that mean something else in a special world than in general."""
        general = self.scope_of(GENERIC).entries
        names = {*special.visible, *special.overlay, *self.hidden}
        return frozenset({STAR, *(letter_of(n) for n in names if entries.get(n) is not general.get(n))})

    def is_as_general(self, group: Group, *nodes: Node) -> bool:
        """Whether all that expressions rest on means the same in a special world as in general: so do the expressions."""
        scope = self.scope_of(group)
        if not scope.special or any(map(has_derivative, nodes)):
            return False
        general, apart = self.scope_of(GENERIC), scope.apart
        return all(apart.isdisjoint(general.letters(name)) for node in nodes for name in names_in(node))

    def special(self, name: str) -> Special | None:
        return next((s for s in self.setting.specials if s.name == name), None)

    def envs(self, group: Group, moved: frozenset[str] | None = None) -> list[Env]:
        """The environments of a group, one for each world. moved: as in `Env`."""
        key = (group, moved)
        if key not in self.environments:
            scope = self.scope_of(group)
            self.environments[key] = [Evaluator(scope, world, group.mode, moved) for world in self.worlds]
        return self.environments[key]


def without_starred(own: Mapping[str, Entry], special: Special) -> dict[str, Entry]:
    """What the reply says of names, without mere kinds of what a special world gives: after `u^* > 0` the u^* is still u there."""
    return {
        n: e
        for n, e in own.items()
        if not (isinstance(e, Drawn) and STAR in n and n.replace(STAR, "", 1) in special.overlay)
    }


def resized(world: World, sizes: Mapping[str, int | str]) -> World:
    new = {n: world.sizes[s] if isinstance(s, str) else s for n, s in sizes.items()}
    return replace(world, sizes={**world.sizes, **new}, drawn={})
