"""Names that a problem's mathematics uses and nowhere declares, or declares twice, and what cannot be drawn so.

Not covered: names that only replies introduce (`symbol H`, `defines H`), and what a definition takes as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evalkit.derivation.grammar.nodes import Node
    from evalkit.derivation.problem.setting import Rule, Setting
    from evalkit.derivation.worlds.scope import Entry
    from evalkit.derivation.worlds.values import Trouble


REMEDY = "write it in [symbols], or mend the name"


def faults(setting: Setting) -> Iterator[str]:
    """What cannot have been meant: sentences, each with its place."""
    from evalkit.derivation.problem.entries import symbol_name
    from evalkit.derivation.worlds.entries import PLACE
    from evalkit.derivation.worlds.scope import Defined, Drawn, Factor

    trouble = _evaluator(setting)
    drawn = {symbol_name(key, setting.scope.fonts) for key in setting.spec.symbols} | {*setting.sizes[0]}
    twice = [
        name
        for name, entry in setting.scope.entries.items()
        if isinstance(entry, Defined) and name in drawn and entry.params != PLACE  # but a symbol may be a function
    ]
    for name in twice:
        yield f"definitions: {name} is a symbol or a size already, with values of its own; leave it out of one"
    if twice:
        return  # what else is wrong may come from that
    for name, entry in setting.scope.entries.items():
        node = _value(name, entry)
        wrong = None if node is None else trouble(node)
        if isinstance(entry, Defined) and "circular" in str(wrong):
            yield f"definitions: that of {name.rstrip('_')} leads back to itself"
        elif isinstance(entry, Drawn) and wrong is not None:
            yield f"symbols: {name}: {str(wrong).removeprefix(name + ': ')}"
        elif isinstance(entry, Factor) and entry.part == 0 and wrong is not None:
            yield f"decompositions: that with {name}: {_unknown(wrong) or wrong}"
    for at, rule in _rules(setting):
        found = [said for node in rule.nodes if (said := _unknown(trouble(node)))]
        if found and rule.kind in ("contains", "equation", "svd", "eigen", "gradient"):
            yield f"{at}: the rule `{rule.kind} {rule.text}`: {found[0]}"
    for world in setting.specials:
        if world.limit is not None and setting.scope.find(world.limit) is None:
            yield f"world {world.name!r}, limit: {world.limit} is not declared; {REMEDY}"


def doubts(setting: Setting) -> Iterator[str]:
    """Definitions with names that only a reply could give a meaning."""
    from evalkit.derivation.worlds.scope import Defined

    trouble = _evaluator(setting)
    for name, entry in setting.scope.entries.items():
        node = _value(name, entry)
        if isinstance(entry, Defined) and node is not None and (said := _unknown(trouble(node), entry.params)):
            yield f"the definition of {name.rstrip('_')} is checked only where a reply says what its names mean: {said}"


def _evaluator(setting: Setting) -> Callable[[Node], Trouble | None]:
    """Says why an expression has no value in the problem's worlds; None where it has one."""
    from evalkit.derivation.verdicts.judge import Judge
    from evalkit.derivation.worlds.world import GENERIC

    judge = Judge(setting, 0)
    return lambda node: judge.attempt(GENERIC, node, node, judge.moved(GENERIC, node, node)).error


def _unknown(trouble: Trouble | None, own: tuple[str, ...] = ()) -> str | None:
    from evalkit.derivation.worlds.values import Unbound

    unbound = isinstance(trouble, Unbound) and str(trouble) not in own
    return f"{trouble} is not declared; {REMEDY}" if unbound else None


def _value(name: str, entry: Entry) -> Node | None:
    """An expression whose value is that of the entry; None where there is none that is always there."""
    from evalkit.derivation.grammar.nodes import Call, Num, Sub, Sym
    from evalkit.derivation.worlds.scope import Defined

    if isinstance(entry, Defined) and entry.params:
        return Call(name, tuple(Sym(p) for p in entry.params))
    if name.endswith("_"):
        own = name[:-1]
        return Sub(Sym(own), f"{own}_1", (Num(1.0),)) if isinstance(entry, Defined) and entry.second is None else None
    return Sym(name)


def _rules(setting: Setting) -> Iterator[tuple[str, Rule]]:
    for approach in setting.approaches:
        for field, rules in (("uses", approach.uses), ("decisive", approach.decisive)):
            yield from ((f"approach {approach.id!r}, {field}", one) for rule in rules for one in (rule, *rule.either))
    for milestone in setting.milestones:
        yield from ((f"milestone {milestone.id!r}, shows", one) for r in milestone.rules for one in (r, *r.either))
