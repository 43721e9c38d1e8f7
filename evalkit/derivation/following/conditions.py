"""What a reply imposes: values of free symbols, properties, conditions; and what rests on these is no false claim."""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following import shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Sub, Sym, Un, base_name, is_zero
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Drawn, Entry, Factor, names_in, unbound_names
from evalkit.derivation.worlds.world import ASSUMED, GENERIC


def assumption(reading: Reading, read: Read, left: Node, right: Node, words: str, judgement: Judgement) -> Read | None:
    """A free symbol of the problem is given a value."""
    name = shapes.plain_name(left)
    scope = reading.judge.scope
    found = scope.find(name) if name else None
    middle = found[1] if found is not None else None
    if found is not None and isinstance(middle, Factor) and middle.part == 1:
        entries = shapes.value_family(found[0], right)
        if entries:
            reading.judge.define(entries)
            return replace(
                read,
                judgement=Judgement(Verdict.DEFINITION, reason="names the diagonal"),
                introduces=frozenset(entries),
            )
    base = reading.judge.scope_of(GENERIC).find(name) if name else None
    if base is None or not isinstance(base[1], Drawn) or "data" in base[1].kinds or shapes.has_name(right, base[0]):
        return None
    if judgement.verdict is Verdict.ILL_TYPED:
        return None
    entries = {}
    if judgement.verdict is Verdict.UNBOUND:
        unknown = unbound_names(reading.judge.scope, right)
        given: dict[str, Entry] = {
            n: Drawn((), reading.properties[n], None, "reply") for n in unknown if n in reading.properties
        }
        inferred = shapes.infer(reading.judge.envs(ASSUMED)[0], unknown, left, right, given)
        if inferred is None:
            return None
        reading.judge.define(inferred)
        entries.update(inferred)
    elif judgement.verdict in FALSE and (special := reading.judge.in_specials(left, right)) is not None:
        judgement = special
    elif (
        judgement.verdict in FALSE
        and prose.CONCLUDE.search(words)
        and not prose.ASSUME.search(words)
        and reading.in_special(left)
        and not any(r.introduces & reading.judge.assumed.keys() for r in reading.relations[-1:])
    ):
        return None
    reading.judge.assume({base[0]: Defined(right, (), None, "reply")})
    again = reading.judge.equation(left, right)
    if again.verdict not in TRUE:
        reading.judge.withdraw(base[0])
        return None
    if judgement.verdict is Verdict.HOLDS:
        return replace(read, judgement=judgement, introduces=frozenset({base[0]}))
    return replace(read, judgement=Judgement(Verdict.ASSUMPTION), introduces=frozenset({base[0], *entries}))


def softened(reading: Reading, left: Node, right: Node, words: str, judgement: Judgement) -> Judgement:
    """A condition that the reply imposes is no false claim; what rests on it cannot be checked."""
    if judgement.verdict is Verdict.ILL_TYPED:
        return judgement
    if judgement.verdict is Verdict.FAILS and prose.UP_TO.search(reading.after[:60]):
        return replace(judgement, verdict=Verdict.SKIPPED, reason="is said to hold up to something")
    if selects(reading, left, right):
        return Judgement(Verdict.SKIPPED, reason="a condition that selects indices")
    imposed = bool(prose.PREMISE.search(words)) and not prose.CONCLUDE.search(words)
    imposed = imposed or bool(prose.EQUALITY.search(words))
    gradient_zero = (is_zero(right) or is_zero(left)) and reading.derived
    condition = (is_zero(right) or is_zero(left)) and bool(prose.CONDITION.search(f"{words} {reading.clause}"))
    if (gradient_zero or condition or imposed) and (imposed or not reading.in_special(left, right)):
        changed = drawn_anew(reading, left, right)
        if not changed:
            reading.unmodelled.update(reading.free_names(left, right))
            for name in {*names_in(left), *names_in(right)} & reading.kin.keys():
                reading.unmodelled.update(reading.kin[name])
        return Judgement(Verdict.ASSUMPTION, reason="a condition that is imposed")
    if (
        judgement.verdict is Verdict.FAILS
        and prose.RESTRICTION.search(words.rstrip())
        and reading.loose(Bin("=", left, right))
    ):
        return Judgement(Verdict.SKIPPED, reason="a restriction of an index")
    if judgement.verdict is Verdict.FAILS and reading.rests_on_unmodelled(left, right):
        return Judgement(
            Verdict.SKIPPED,
            reason="rests on a condition that is not modelled",
            counterexample=judgement.counterexample,
        )
    return judgement


def selects(reading: Reading, left: Node, right: Node) -> bool:
    """`the u_i with s_i^2 = t`: an index stands on one side alone, and the words before pick among its values."""
    if not prose.SELECTS.search(f"{reading.clause} ") or not reading.loose(left):
        return False
    return not reading.loose(right)


def drawn_anew(reading: Reading, left: Node, right: Node) -> bool:
    """`Q^T Q = I`, `A = A^T`: the symbol is drawn anew with that property."""
    name, kind = None, ""
    if isinstance(left, Bin) and left.op == "*" and is_identity(right):
        for a, b in ((left.left, left.right), (left.right, left.left)):
            if isinstance(a, Un) and a.op == "T" and a.x == b:
                name, kind = shapes.plain_name(b), "orthogonal"
    elif isinstance(right, Un) and right.op == "T" and right.x == left:
        name, kind = shapes.plain_name(left), "symmetric"
    found = reading.judge.scope.find(name) if name else None
    if found is None or not isinstance(found[1], Drawn):
        return False
    reading.judge.assume({found[0]: replace(found[1], kinds=found[1].kinds | {kind})})
    return reading.judge.equation(left, right).verdict in TRUE


def is_identity(node: Node) -> bool:
    return node == Sym("I") or (isinstance(node, Sub) and base_name(node) == "I")
