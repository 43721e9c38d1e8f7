"""Conditions and what is to follow from them, as a system in a few unknown numbers: does the one hold where the others do?

Not covered: unknown matrices of many entries, inequalities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.opaque import Opaque
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.two_signs import put
from evalkit.derivation.grammar.nodes import (
    EITHER,
    Bin,
    Call,
    Grad,
    Node,
    Num,
    Sub,
    Sym,
    Un,
    is_zero,
    summands,
    walk,
)
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.solutions import (
    FAULTS,
    MAX_ENTRIES,
    MAX_UNKNOWN,
    Effort,
    Pair,
    Point,
    Unknown,
    gap,
    obeys,
    solutions,
)
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, Scope, unbound_names
from evalkit.derivation.worlds.values import Trouble, Undefined, array, number
from evalkit.derivation.worlds.world import GENERIC

SAME = 1e-6
KNOWN = frozenset({"data", "fixed", "integer", "size", "orthogonal", "diagonal", "skew", "onehot"})
"""What a letter is that has the values that were drawn for it."""


@dataclass
class System:
    """Conditions, what is to follow from them, and the numbers in both."""

    env: Env
    conditions: list[Pair]
    claim: Pair
    unknown: Mapping[str, Unknown]
    name: str = ""
    value: float | None = None
    """`name = value` is claimed."""
    signed: Sequence[Pair] = ()
    """The claim with either sign, where it has a sign of two."""


def system_of(reading: Reading, read: Read, near: Sequence[Read], *, whole: bool = False) -> System | None:
    """The system in the letters as they stand there; None where it is not one of a few unknown values. whole: letters that
    are whole numbers may be unknown, too: what holds of all numbers that obey the conditions holds of these."""
    judge = reading.judge_of(read).branch()
    judge.forget()
    if read.judgement.verdict is Verdict.DEFINITION and isinstance(read.sides[0], Call):
        judge.undefine(read.introduces & judge.own.keys())  # Y(s) is a number that is solved for
    written = taken_for_numbers(judge.scope, read, near)
    if written is None:
        return None
    *conditions, claim = (sides(r) for r in written)
    nodes = [n for pair in (*conditions, claim) for n in pair]
    if any(shapes.running(name, *nodes) for name in unbound_names(reading.judge_of(read).scope, *nodes)):
        return None  # the members of a list that nothing explains
    judge = with_numbers(judge, reading, read, [*conditions, claim], min(r.start for r in near))
    env = next((e for e in judge.envs(GENERIC) if has_value(e, claim)), judge.envs(GENERIC)[0])
    if any(reading.loose(node) for node in nodes):
        return None
    known = KNOWN if unknown_in(env, conditions) else KNOWN - {"fixed"}  # constants that the conditions alone fix
    if whole and not unknown_in(env, conditions, known) and are_rational(env, nodes):
        known = KNOWN - {"integer"}
    ours, theirs = unknown_in(env, [claim], known), unknown_in(env, conditions, known)
    if not ours.keys() & theirs.keys():
        return None
    found = env.scope.find(shapes.plain_name(claim[0]) or "")
    name = found[0] if found is not None else ""
    if name in theirs and not ours.keys() - {name} and ours[name].entries == 1 and scopes.is_constant(claim[1]):
        value = number_of(env, claim[1])
        return None if value is None else System(env, conditions, claim, few(theirs, name), name, value)
    unknown = few({**theirs, **ours}, name or varied(read), needed(env, conditions))
    signed = by_signs(written[-1]) if has_either(*written[-1].sides) else ()
    return System(env, conditions, claim, unknown, signed=signed) if unknown.keys() & theirs.keys() else None


def has_value(env: Env, claim: Pair) -> bool:
    """Whether a claim has a value in a world: not the inverse of what is singular there."""
    try:
        env.begin()
        for side in claim:
            env.value(side, {})
    except Undefined:
        return False
    except (Trouble, ArithmeticError, ValueError):
        return True
    return True


def unknown_in(env: Env, pairs: Sequence[Pair], known: frozenset[str] = KNOWN) -> dict[str, Unknown]:
    """What is free in equations."""
    out: dict[str, Unknown] = {}
    for name in sorted({n for pair in pairs for side in pair for n in env.depends(side)}):
        entry = env.scope.entries.get(name)
        if not isinstance(entry, Drawn) or entry.subset is not None or entry.kinds & known:
            continue
        try:
            rows, columns = env.drawn(name, entry).shape
        except Trouble:
            continue
        positive = bool(entry.kinds & {"positive", "nonnegative"})
        out[name] = Unknown((rows, columns), positive, bool(entry.kinds & {"symmetric", "pd", "psd"}))
    return out


def are_rational(env: Env, nodes: Sequence[Node]) -> bool:
    """Whether whole numbers stand in nothing but sums, products, quotients and powers with a number."""
    names = frozenset(n for n, e in env.scope.entries.items() if isinstance(e, Drawn) and "integer" in e.kinds)
    return all(is_rational(env, node, names) for node in nodes)


def is_rational(env: Env, node: Node, names: frozenset[str]) -> bool:
    if not env.depends(node) & names:
        return True
    match node:
        case Sym(name):
            return name in names
        case Bin("+" | "-" | "*" | "/", a, b):
            return is_rational(env, a, names) and is_rational(env, b, names)
        case Bin("^", a, Num()) | Un("-", a):
            return is_rational(env, a, names)
    return False


def varied(read: Read) -> str:
    """The name by which a side is a derivative."""
    return next(
        (n.by.name for side in read.sides for n in walk(side) if isinstance(n, Grad) and isinstance(n.by, Sym)), ""
    )


def needed(env: Env, conditions: Sequence[Pair]) -> int:
    """How many numbers the conditions fix."""
    try:
        return len(gap(env, conditions, {})[0])
    except FAULTS:
        return MAX_ENTRIES


def few(unknown: Mapping[str, Unknown], first: str, wanted: int = MAX_ENTRIES) -> dict[str, Unknown]:
    """As many of them as can be found, the one that is solved for and the small ones first; the others keep their values.
    wanted: how many entries of matrices are enough."""
    out: dict[str, Unknown] = {}
    left = MAX_ENTRIES
    for name in sorted(unknown, key=lambda n: (n != first, unknown[n].entries)):
        if any(u.entries > 1 for u in out.values()) and sum(u.entries for u in out.values()) >= wanted:
            break
        if len(out) < MAX_UNKNOWN and unknown[name].entries <= left:
            out[name] = unknown[name]
            left -= unknown[name].entries
    return out


def sides(read: Read) -> Pair:
    """Both sides; of `x = a \\pm b` those of (x - a - b)(x - a + b) = 0."""
    if not has_either(*read.sides):
        return read.sides
    return Bin("*", *(Bin("-", *pair) for pair in by_signs(read))), Num(0)


def has_either(*nodes: Node) -> bool:
    return any(n == Sym(EITHER) for node in nodes for n in walk(node))


def by_signs(read: Read) -> list[Pair]:
    """Both sides with the one sign, and with the other."""
    left, right = read.sides
    return [(put(left, s), put(right, s)) for s in (1.0, -1.0)]


def taken_for_numbers(scope: Scope, read: Read, near: Sequence[Read]) -> list[Read] | None:
    """The conditions and the claim, with numbers for values of unknown functions and for derivatives of letters. None where
    these depend on one another, or the conditions do not have those of the claim."""
    names = Opaque(scope)
    conditions = [replace(r, left=names.put(r.sides[0]), right=names.put(r.sides[1])) for r in near]
    count = len(names.letters)
    claim = replace(read, left=names.put(read.sides[0]), right=names.put(read.sides[1]))
    relations = [*conditions, claim]
    known = len(names.letters) == count and names.is_sound(*(side for r in relations for side in r.sides))
    return relations if known else None


def with_numbers(judge: Judge, reading: Reading, read: Read, pairs: Sequence[Pair], since: int) -> Judge:
    """The judge that knows nothing of the values which the reply found for letters since, and takes new letters for numbers."""
    nodes = [n for pair in pairs for n in pair]
    found = {n for r in reading.relations if r.start >= since for n in r.introduces}
    own = {n: e for n, e in judge.own.items() if n in found}
    later = {
        n for r in reading.relations if r.start >= read.end for n in r.introduces
    }  # what it solves for shows nothing
    values = [
        n
        for n, e in own.items()
        if isinstance(e, Defined)
        and not e.params
        and (scopes.is_constant(e.body) or (n in later and is_number_name(n)))
    ]
    judge.undefine(read.introduces & own.keys() if read.judgement.verdict is Verdict.DEFINITION else ())
    new = {m for node in nodes for m in unbound_names(judge.scope, node, node)}
    plain = {n.name for node in nodes for n in walk(node) if isinstance(n, Sym | Sub)}
    numbers = {*values, *(n for n in new & plain if is_number_name(n))}
    judge.define({n: Drawn((), frozenset(), None, "reply") for n in sorted(numbers)})
    judge.define({n: e for n in sorted(new & plain) if (e := like_its_base(judge, n)) is not None})
    return judge


def like_its_base(judge: Judge, name: str) -> Drawn | None:
    r"""What a letter with an accent or a star is of which the problem knows the letter: `\hat w` is of the shape of w."""
    found = judge.scope.find(name.split(" ")[-1].replace("^*", ""))
    if found is None or found[0] == name or not isinstance(found[1], Drawn):
        return None
    return replace(found[1], kinds=found[1].kinds - KNOWN, source="reply")


def is_number_name(name: str) -> bool:
    """`x`, `\\lambda`, `k_1`: a small letter."""
    letter = name.split("_")[0].lstrip("\\")
    return letter[:1].islower() and "\\mathbf" not in name and "\\bold" not in name


def number_of(env: Env, node: Node) -> float | None:
    """The value of a side that is a number."""
    try:
        value = array(env.value(node, {}))
    except (Trouble, ArithmeticError, ValueError):
        return None
    return float(value.real.item()) if value.size == 1 else None


def solves(system: System, effort: Effort) -> bool:
    """Whether a value solves the conditions, and not every value near it does."""
    assert system.value is not None  # noqa: S101 - asked of those alone
    at = {system.name: number(system.value)}
    beside = {system.name: number(system.value + 0.37 * (1 + abs(system.value)))}
    if next(solutions(system.env, system.conditions, system.unknown, at, effort), None) is None:
        return False
    found = next(solutions(system.env, system.conditions, system.unknown, beside, effort), None)
    return found is None and effort.left > 0  # else it was not looked for to the end


def implied(system: System, effort: Effort) -> bool:
    """Whether a claim holds at every point that obeys the conditions, and says something there."""
    points = []
    for point in solutions(system.env, system.conditions, system.unknown, {}, effort):
        if not obeys(system.env, system.claim, point):
            return False
        points.append(point)
    if not points or (effort.left <= 0 and len(points) < 2):
        return False  # one point may lie near a place where two sides are nearly the same
    if not all(is_reached(system, pair, points, effort) for pair in system.signed):
        return False
    named = {n for side in system.claim for n in system.env.depends(side)} & system.unknown.keys()
    if any(all((abs(abs(p[n]) - unit) < SAME).all() for p in points) for n in named for unit in (0.0, 1.0)):
        return False  # any power of that letter would do
    terms = [t for side in system.claim for t in summands(side) if not is_zero(t)]
    return len(terms) < 2 or not any(all(obeys(system.env, (t, Num(0)), p) for p in points) for t in terms)


def is_reached(system: System, pair: Pair, points: Sequence[Point], effort: Effort) -> bool:
    """Whether the one sign of two solves the conditions as well: the points may all have the other."""
    env, (left, right) = system.env, pair
    found = env.scope.find(shapes.plain_name(left) or "")
    if found is None or found[0] not in system.unknown or found[0] in env.depends(right):
        return next(solutions(env, [*system.conditions, pair], system.unknown, {}, effort), None) is not None
    for point in points:
        env.begin()
        try:
            there = {**point, found[0]: array(env.value(right, point))}
        except FAULTS:
            return False
        if not all(obeys(env, condition, there) for condition in system.conditions):
            return False
    return True
