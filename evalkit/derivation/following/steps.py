r"""Steps of solving: what holds at every point that obeys the conditions before it, and a value that solves them.

"Given `x^2 - 4x = 12`, we get `(x - 2)^2 = 16`, so `x = 6`": no step is true of every x, and all are true. A condition is an
equation that the words suppose or give, or a derivative that is set to zero; what follows from conditions serves as one.
A root that the words do not give may be a mistake of the reply: what follows from it stays undecided.
Looked at when all of the reply has been read. Not covered: unknown matrices, conditions in other exercises, inequalities.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.signs import put
from evalkit.derivation.following.standing import standing
from evalkit.derivation.grammar.nodes import EITHER, Bin, Call, Grad, Node, Num, Sub, Sym, is_zero, summands, walk
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role, role
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.solutions import (
    FAULTS,
    MAX_ENTRIES,
    MAX_UNKNOWN,
    Effort,
    Pair,
    Unknown,
    gap,
    obeys,
    solutions,
)
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Judgement, Verdict
from evalkit.derivation.worlds.env import Env
from evalkit.derivation.worlds.scope import Defined, Drawn, names_in, unbound_names
from evalkit.derivation.worlds.values import Trouble, array, number
from evalkit.derivation.worlds.world import GENERIC

RULE = "step"
TO_ZERO = re.compile(r"\b(?:set|sets|setting|equat\w+|put|putting|equal)\b[^.$]{0,60}?\b(?:zero|0)\b", re.I)
"""`Setting it to zero`, `equating the gradient with 0`."""
REACH = 4000
"""How many characters back conditions are looked for."""
NEAR_BEFORE = 600
"""Where something that cannot be read stands as near before an equation, it may follow from that."""
MAX_CONDITIONS = 4
MAX_EFFORT, MAX_EFFORT_EACH = 24_000, 4_000
"""Steps of evaluation for one reply, and for one equation of it."""
SAME = 1e-6
KNOWN = frozenset({"data", "fixed", "integer", "size", "orthogonal", "diagonal", "skew", "onehot"})
"""What a letter is that has the values that were drawn for it."""
OPEN_RULES = frozenset(
    {
        "open_condition",
        "unclaimed",
        "on_a_condition",
        "solved",
        "told_later",
        "named_again",
        "in_its_sentence",
        "conditional",
    }
)
STARTS = frozenset({"open_condition", "solved", "unclaimed", "told_later"})
OF_VALUES = frozenset({"assumption", "imposed", "example_value", "unmodelled", "both_signs", "index_value"})


@dataclass
class Steps:
    """The conditions of a reply so far."""

    reading: Reading
    known: list[Read] = field(default_factory=list)
    effort: Effort = field(default_factory=lambda: Effort(MAX_EFFORT))


def accept_the_steps(reading: Reading) -> None:
    """Call true what follows from the conditions before it."""
    steps = Steps(reading)
    with own_share(reading) as renewed:
        for at, read in enumerate(reading.relations):
            if read.op not in EQUAL or read.left is None or read.right is None or read.negated:
                continue
            renewed()
            steps.known += set_to_zero(reading, at, read)
            given = is_condition(reading, at, read)
            if is_open(reading, read) and follows(steps, read):
                found = Judgement(Verdict.HOLDS, "assumptions", "holds where the conditions before it do", rule=RULE)
                reading.relations[at] = replace(read, judgement=found)
                given = True
            if given:
                steps.known.append(reading.relations[at])


@contextmanager
def own_share(reading: Reading) -> Iterator[Callable[[], None]]:
    """What is tried inside is no work of the reply: its steps count for every equation anew (MAX_EFFORT bounds them all)."""
    boxes = [box for world in reading.judge.worlds for box in (world.spent, world.worked)]
    before = [box[0] for box in boxes]
    for box in boxes:
        box[0] = 0

    def renewed() -> None:
        for world in reading.judge.worlds:
            world.spent[0] = 0

    yield renewed
    for box, value in zip(boxes, before, strict=True):
        box[0] = value


def is_condition(reading: Reading, at: int, read: Read) -> bool:
    """Whether the text supposes or gives an equation that is not true in general, or sets a derivative to zero."""
    found = read.judgement
    if found.verdict in FALSE or found.verdict is Verdict.UNPARSED:
        return False
    if found.verdict in (Verdict.IDENTITY, Verdict.ALGEBRA) and not read.late:  # what is late rests on what solves it
        return False
    if found.verdict is Verdict.DEFINITION and not scopes.is_constant(read.sides[1]):
        return False  # the worlds obey it
    chain = [r for r in reading.relations[:at] if r.chain == read.chain]
    if any(map(is_zero, read.sides)) and any(
        is_derivative(s) for r in (*chain, read) if r.left is not None for s in r.sides
    ):
        return True
    first = chain[0] if chain else read
    if prose.NECESSARY.search(first.words):
        return False
    place = standing(reading, first)
    return place in (Role.SUPPOSED, Role.GIVEN) or begins(reading, at, read, place)


def begins(reading: Reading, at: int, read: Read, place: Role) -> bool:
    """Whether the text begins to solve something there: an equation that no other says anything about before, and that it
    states without saying that it follows, or whose letters are its own, or that the values found obey."""
    found = read.judgement
    if found.rule not in STARTS and found.verdict is not Verdict.UNBOUND:
        return False
    if place is not Role.OPEN and found.verdict is not Verdict.UNBOUND and found.rule != "solved":
        return False
    if is_concluding(reading.document.label(read.start)):
        return False
    names = names_of(read)
    until = reading.outline.part_end
    before = [r for r in reading.relations[:at] if r.chain != read.chain and until(r.start) > read.start]
    return not any(
        (r.end > read.start - NEAR_BEFORE if r.left is None or r.right is None else names & names_of(r))
        for r in before
        if r.judgement.verdict not in TRUE | {Verdict.DEFINITION}
    )


def names_of(read: Read) -> set[str]:
    return {n for side in read.sides for n in names_in(side)}


def is_concluding(label: str) -> bool:
    """Whether the line above says that what follows was concluded: "This simplifies to:"."""
    return role(label) is Role.CLAIMED


def set_to_zero(reading: Reading, at: int, read: Read) -> list[Read]:
    """What the words before an equation set to zero without writing it: the derivatives of the relation before it.

    "The gradient is `dL/dw = 2(w - a)`. Setting it to zero gives `w = a`".
    """
    if at == 0 or not TO_ZERO.search(read.words) or any(map(is_zero, read.sides)):
        return []
    last = reading.relations[at - 1]
    chain = [r for r in reading.relations[:at] if r.chain == last.chain and r.left is not None and r.right is not None]
    if not chain or last.chain == read.chain or not is_derivative(chain[0].sides[0]):
        return []
    judged = replace(last.judgement, verdict=Verdict.ASSUMPTION, reason="set to zero", rule=RULE)
    return [replace(chain[-1], left=chain[-1].sides[1], right=Num(0.0), judgement=judged)]


def is_derivative(node: Node) -> bool:
    return isinstance(node, Grad) or (isinstance(node, Call) and node.name.endswith("'"))


def is_open(reading: Reading, read: Read) -> bool:
    """Whether nothing decides an equation so far, or only that it does not hold in general."""
    found = read.judgement
    if found.verdict is not Verdict.FAILS and reading.in_special(*read.sides):
        return False  # the problem's worlds say what its letters obey
    if found.verdict is Verdict.DISPUTED:
        return found.rule in OPEN_RULES
    if found.verdict is Verdict.DEFINITION:
        return found.rule == "definition" and shapes.plain_name(read.sides[0]) is not None
    if found.verdict in (Verdict.ASSUMPTION, Verdict.SKIPPED):
        return found.rule in OF_VALUES
    return found.verdict in (Verdict.UNBOUND, Verdict.VACUOUS, Verdict.FAILS)


def follows(steps: Steps, read: Read) -> bool:
    """Whether an equation holds wherever one of the nearest conditions does, or the nearest two or three."""
    near = nearest(steps, read)
    if read.judgement.verdict is Verdict.DEFINITION:  # new to the conditions, it follows from none
        near = [r for r in near if any(read.introduces & set(names_in(side)) for side in r.sides)]
    effort = Effort(min(MAX_EFFORT_EACH, steps.effort.left))
    before = effort.left
    found = any(
        follows_from(steps.reading, read, some, effort)
        for some in (
            *((r,) for r in sorted(near, key=letters)),
            *(near[:count] for count in (2, 3) if count <= len(near)),
        )
    )
    spent = max(world.spent[0] for world in steps.reading.judge.worlds)  # what was looked at beside the conditions, too
    steps.effort.left -= max(before - effort.left, spent)
    return found


def follows_from(reading: Reading, read: Read, near: Sequence[Read], effort: Effort) -> bool:
    """Whether an equation holds wherever these conditions do."""
    system = system_of(reading, read, near) if effort.left > 0 else None
    if system is None:
        return False
    return (solves if system.value is not None else implied)(system, effort)


def letters(read: Read) -> int:
    """How many names an equation has: one with few is solved sooner."""
    return len({n for side in read.sides for n in names_in(side)})


def nearest(steps: Steps, read: Read) -> list[Read]:
    """The conditions before an equation in the same part of the reply that speak of letters in it, the nearest first."""
    reading = steps.reading
    names = {n for side in read.sides for n in names_in(side)}
    out: list[Read] = []
    for other in reversed(steps.known):
        if other.start < read.start - REACH or other.end > read.start:
            continue
        if other.section != read.section and reading.outline.part_end(other.start) <= read.start:
            continue
        if is_value(other) and reading.outline.block_end(other.start) <= read.start:
            continue  # of a case that has ended
        mine = {n for side in other.sides for n in names_in(side)}
        if mine & names and all(other.sides != o.sides for o in out) and other.sides != read.sides:
            out.append(other)
            names |= mine
        if len(out) == MAX_CONDITIONS:
            break
    return out


def is_value(read: Read) -> bool:
    """`x = 20`"""
    return any(shapes.plain_name(a) is not None and scopes.is_constant(b) for a, b in (read.sides, read.sides[::-1]))


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


def system_of(reading: Reading, read: Read, near: Sequence[Read]) -> System | None:
    """The system in the letters as they stand there; None where it is not one of a few unknown values."""
    conditions = [sides(r) for r in near]
    claim = sides(read)
    nodes = [n for pair in (*conditions, claim) for n in pair]
    if any(shapes.running(name, *nodes) for name in unbound_names(reading.judge_of(read).scope, *nodes)):
        return None  # the members of a list that nothing explains
    judge = open_judge(reading, read, [*conditions, claim], min(r.start for r in near))
    env = judge.envs(GENERIC)[0]
    if any(reading.loose(node) for node in nodes):
        return None
    ours, theirs = unknown_in(env, [claim]), unknown_in(env, conditions)
    if not ours.keys() & theirs.keys():
        return None
    found = env.scope.find(shapes.plain_name(claim[0]) or "")
    name = found[0] if found is not None else ""
    if name in theirs and not ours.keys() - {name} and ours[name].entries == 1 and scopes.is_constant(claim[1]):
        value = number_of(env, claim[1])
        return None if value is None else System(env, conditions, claim, few(theirs, name), name, value)
    unknown = few({**theirs, **ours}, name or varied(read), needed(env, conditions))
    return System(env, conditions, claim, unknown) if unknown.keys() & theirs.keys() else None


def unknown_in(env: Env, pairs: Sequence[Pair]) -> dict[str, Unknown]:
    """What is free in equations."""
    out: dict[str, Unknown] = {}
    for name in sorted({n for pair in pairs for side in pair for n in env.depends(side)}):
        entry = env.scope.entries.get(name)
        if not isinstance(entry, Drawn) or entry.subset is not None or entry.kinds & KNOWN:
            continue
        try:
            rows, columns = env.drawn(name, entry).shape
        except Trouble:
            continue
        positive = bool(entry.kinds & {"positive", "nonnegative"})
        out[name] = Unknown((rows, columns), positive, bool(entry.kinds & {"symmetric", "pd", "psd"}))
    return out


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
    left, right = read.sides
    if not any(n == Sym(EITHER) for side in read.sides for n in walk(side)):
        return left, right
    return Bin("*", *(Bin("-", put(left, s), put(right, s)) for s in (1.0, -1.0))), Num(0)


def open_judge(reading: Reading, read: Read, pairs: Sequence[Pair], since: int) -> Judge:
    """Who knows what the letters mean there, but not the values that the reply found for them since, and takes new ones for numbers."""
    judge = reading.judge_of(read).branch()
    judge.forget()
    nodes = [n for pair in pairs for n in pair]
    found = {n for r in reading.relations if r.start >= since for n in r.introduces}
    own = {n: e for n, e in judge.own.items() if n in found}
    values = [n for n, e in own.items() if isinstance(e, Defined) and not e.params and scopes.is_constant(e.body)]
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
    return next(solutions(system.env, system.conditions, system.unknown, beside, effort), None) is None


def implied(system: System, effort: Effort) -> bool:
    """Whether a claim holds at every point that obeys the conditions, and says something there."""
    points = []
    for point in solutions(system.env, system.conditions, system.unknown, {}, effort):
        if not obeys(system.env, system.claim, point):
            return False
        points.append(point)
    if not points:
        return False
    named = {n for side in system.claim for n in system.env.depends(side)} & system.unknown.keys()
    if any(all((abs(abs(p[n]) - unit) < SAME).all() for p in points) for n in named for unit in (0.0, 1.0)):
        return False  # any power of that letter would do
    terms = [t for side in system.claim for t in summands(side) if not is_zero(t)]
    return len(terms) < 2 or not any(all(obeys(system.env, (t, Num(0)), p) for p in points) for t in terms)
