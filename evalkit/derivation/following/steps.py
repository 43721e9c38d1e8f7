r"""Steps of solving: what holds at every point that obeys the conditions before it, and a value that solves them.

"Given `x^2 - 4x = 12`, we get `(x - 2)^2 = 16`, so `x = 6`": no step is true of every x, and all are true. A condition is an
equation that the words suppose or give, or a derivative that is set to zero; what follows from conditions serves as one.
A root that the words do not give may be a mistake of the reply: what follows from it stays undecided.
Looked at when all of the reply has been read. Not covered: unknown matrices, conditions in other exercises, inequalities.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.along import along, is_last_curve, slopes_in
from evalkit.derivation.following.both_roots import has_both_roots, is_one_edit_off
from evalkit.derivation.following.curves import along_curves
from evalkit.derivation.following.givens import (
    NO_IDENTITY,
    RULE,
    is_condition,
    is_unmoved,
    is_value,
    names_of,
    set_to_zero,
    through_the_chain,
)
from evalkit.derivation.following.missteps import is_misstep, is_wrong_value, misstep, premise_of
from evalkit.derivation.following.optima import zero_there
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.rewriting import rewritten_by
from evalkit.derivation.following.sketched import defines_anew
from evalkit.derivation.following.systems import implied, solves, system_of
from evalkit.derivation.following.vanishing import turned
from evalkit.derivation.following.vieta import of_the_roots, without_older
from evalkit.derivation.grammar.nodes import Call, Node, Sub, Sym, children, rebuilt
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.verdicts.solutions import Effort
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, names_in

REACH = 4000
"""How many characters back conditions are looked for."""
MAX_CONDITIONS, MAX_ALONG = 4, 8
"""How many of the nearest conditions are looked at; and for the derivatives of letters that move."""
MAX_EFFORT, MAX_EFFORT_EACH, MAX_REWRITING = 48_000, 4_000, 1_500
"""Steps of evaluation for one reply, for one equation of it, and to put conditions into one."""
OPEN_RULES = frozenset(
    {
        "open_condition",
        "nothing_to_work_out",
        "uneven",
        "called_an_equation",
        "of_what_is_set_to_zero",
        "unclaimed",
        "on_a_condition",
        "on_a_reason",
        "is_a_reason",
        "at_a_stationary_point",
        "solved",
        "told_later",
        "named_again",
        "in_its_sentence",
        "conditional",
        "heads_implication",
        "implied_by_open",
        "of_a_root",
        "stranger",
        "two_values",
        "unspoken",
        "needed",
        "from_what_is_needed",
        "a_condition_again",
        "condition_said_again",
        "solved_behind",
        "new_letter",
        "set_to_a_number",
    }
)
NEAR_NOTHING = frozenset({"only_here", "own_value", "another_body"})
"""Doubts about what fails without a slip: it may hold where a condition does."""
UNKNOWN_LETTERS = frozenset({"never_confirmed", "unconfirmed"})
AN_INTEGRAL = "an indefinite integral"
"""Why an equation with an integral without ends has no value."""
MARKS = (
    re.compile(r"\\(?:hat|bar|tilde|widehat) (\S+)"),
    re.compile(r"(\w+|\\\w+)\^\*"),
    re.compile(r"(\w|\\[a-z]+)_(?:\*|[A-Za-z]{2,}|\{?\\(?:text|mathrm|star).*)"),
)
"""What marks an estimate or an optimum of the letter in it."""
NEXT = frozenset({"next_value", "updated"})
OF_VALUES = frozenset({"assumption", "imposed", "example_value", "unmodelled", "both_signs", "index_value"})


@dataclass
class Steps:
    """The conditions of a reply so far."""

    reading: Reading
    known: list[Read] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    """Letters that were given a value which does not obey the condition on them."""
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
            if (may_be_on_a_curve(read) and follows_on_curves(steps, at)) or (
                is_open(reading, read)
                and (
                    follows(steps, read)
                    or estimates(steps, read)
                    or ((more := zero_there(reading, at, read)) and follows(steps, read, more))
                    or has_both_roots(reading, at, read)
                )
            ):
                found = Judgement(Verdict.HOLDS, "assumptions", "holds where the conditions before it do", rule=RULE)
                reading.relations[at] = replace(read, judgement=found)
                given = True
            elif (
                read.judgement.verdict is Verdict.FAILS
                and is_open(reading, read)
                and follows(steps, read, earlier=True)
            ):
                found = Judgement(Verdict.DISPUTED, reason="holds for an earlier value", rule="earlier_value")
                reading.relations[at] = replace(read, judgement=found)
            elif is_wrong_value(reading, at) or goes_wrong(steps, at, read) or gives_wrong_roots(reading, at, read):
                reading.relations[at] = misstep(read)
                given = False
            elif is_solved_wrongly(steps, read):
                steps.wrong |= read.introduces | {shapes.plain_name(read.sides[0]) or ""}
                given = False
            elif steps.wrong & names_of(read) and rests_on_values(read) and not follows(steps, read):
                found = Judgement(
                    Verdict.DISPUTED, reason="rests on a value that does not follow", rule="on_what_is_wrong"
                )
                reading.relations[at] = replace(read, judgement=found)
                given = False
            if given:
                steps.known.append(reading.relations[at])
            steps.known = without_older(reading, steps.known, reading.relations[at])
            steps.known += of_the_roots(reading, reading.relations[at])
            steps.known += through_the_chain(steps.known[-MAX_CONDITIONS:], reading.relations[at])


def gives_wrong_roots(reading: Reading, at: int, read: Read) -> bool:
    """Whether it gives two values, by a sign of two, that do not solve the equation right before it, and would with one edit."""
    return is_open(reading, read) and is_one_edit_off(reading, at, read)


def is_solved_wrongly(steps: Steps, read: Read) -> bool:
    """Whether a letter gets a value, no number, that the nearest condition on the same letters does not give it, and would with
    one edit: `x + y = 12 ... x = 12 + y`. It is no condition of its own."""
    if read.judgement.verdict is not Verdict.ASSUMPTION or shapes.plain_name(read.sides[0]) is None or is_value(read):
        return False
    premise = next((r for r in nearest(steps, read) if names_of(r) == names_of(read)), None)
    return premise is not None and goes_wrong_from(steps, read, premise)


def rests_on_values(read: Read) -> bool:
    """Whether it holds by what the reply supposes."""
    return read.judgement.verdict is Verdict.HOLDS and read.judgement.world == "assumptions"


def goes_wrong(steps: Steps, at: int, read: Read) -> bool:
    """Whether it is concluded wrongly from the condition right before it."""
    premise = premise_of(steps.reading, at, steps.known)
    return premise is not None and goes_wrong_from(steps, read, premise)


def goes_wrong_from(steps: Steps, read: Read, premise: Read) -> bool:
    """Whether it does not follow from a condition, and would but for one edit."""
    reading = steps.reading
    effort = Effort(min(MAX_EFFORT_EACH, steps.effort.left))

    def would(other: Read) -> bool:
        return follows_from(reading, other, [premise], effort) and not is_blind(reading, other, [premise], effort)

    before = effort.left
    found = is_misstep(reading, read, premise, would, effort)
    steps.effort.left -= before - effort.left
    return found


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


def is_open(reading: Reading, read: Read) -> bool:
    """Whether nothing decides an equation so far, or only that it does not hold in general."""
    found = read.judgement
    if found.rule in NEAR_NOTHING:
        return True
    if found.rule == NO_IDENTITY:
        return False  # there an I is not the number that it is elsewhere
    if found.verdict is Verdict.UNSTATED:
        return True  # it holds where the problem's premise does
    if found.verdict is not Verdict.FAILS and reading.in_special(*read.sides):
        return False  # the problem's worlds say what its letters obey
    if found.verdict is Verdict.DISPUTED:
        return found.rule in OPEN_RULES
    if found.verdict is Verdict.DEFINITION:
        return found.rule == "definition" and (
            shapes.plain_name(read.sides[0]) is not None or is_value_of_function(read)
        )
    if found.verdict in (Verdict.ASSUMPTION, Verdict.SKIPPED):
        return found.rule in OF_VALUES
    return found.verdict in (Verdict.UNBOUND, Verdict.VACUOUS, Verdict.FAILS) or is_unmoved(read)


def is_value_of_function(read: Read) -> bool:
    """`Y(s) = ...`: a function at a letter, which is a number to what is solved for it."""
    left = read.sides[0]
    return isinstance(left, Call) and all(isinstance(a, Sym) for a in left.args) and left.name in read.introduces


def follows(steps: Steps, read: Read, more: Sequence[Read] = (), *, earlier: bool = False) -> bool:
    """Whether an equation holds wherever one of the nearest conditions does, or the nearest two or three. more: conditions
    that are nearer still. earlier: also where it needs a value that a letter has had before its present one."""
    near = [*more, *nearest(steps, read, earlier=earlier)][:MAX_CONDITIONS]
    if earlier and not any(has_next(steps.reading, r, read) for r in near):
        return False
    if read.judgement.verdict is Verdict.DEFINITION:  # new to the conditions, it follows from none
        near = [r for r in near if any(read.introduces & set(names_in(side)) for side in r.sides)]
    effort = Effort(min(MAX_EFFORT_EACH, steps.effort.left))
    before = effort.left
    found = (
        is_rewritten(steps, read, near)
        or any(
            follows_from(steps.reading, read, some, effort) and not is_blind(steps.reading, read, some, effort)
            for some in (
                *((r,) for r in sorted(near, key=letters)),
                *(near[:count] for count in (2, 3) if count <= len(near)),
            )
        )
        or follows_along(steps, read)
    )
    spent = max(world.spent[0] for world in steps.reading.judge.worlds)  # what was looked at beside the conditions, too
    steps.effort.left -= max(before - effort.left, spent)
    return found


def is_rewritten(steps: Steps, read: Read, near: Sequence[Read]) -> bool:
    """Whether one of these conditions can be put into it. One that says what a name is says nothing of a new name."""
    effort = Effort(min(MAX_REWRITING, steps.effort.left))
    before = effort.left
    new = read.judgement.verdict is Verdict.DEFINITION
    found = any(
        rewritten_by(steps.reading, read, r, effort) and not is_blind_to(steps.reading, read, r, effort)
        for r in near
        if not (new and any(isinstance(side, Sym | Sub) for side in r.sides))
    )
    steps.effort.left -= before - effort.left
    return found


def follows_along(steps: Steps, read: Read) -> bool:
    """Whether it follows from conditions and what they say of the derivatives of letters that move."""
    if not any(slopes_in(side) for side in read.sides):
        return False
    near = [r for r in nearest(steps, read, most=MAX_ALONG) if r.judgement.rule != RULE or is_value(r)]
    near = [r for r in near if is_value(r) or is_last_curve(r, read, steps.reading.relations)]
    claim, grounds = along(read, near) or (read, [])
    return follows_from_any(steps, [(claim, some) for some in grounds])


def follows_from_any(steps: Steps, pairs: Sequence[tuple[Read, Sequence[Read]]]) -> bool:
    """Whether one of these claims follows from its conditions."""
    effort = Effort(min(MAX_EFFORT_EACH, steps.effort.left))
    before = effort.left
    found = any(
        follows_from(steps.reading, claim, some, effort) and not is_blind(steps.reading, claim, some, effort)
        for claim, some in pairs
    )
    steps.effort.left -= before - effort.left
    return found


def may_be_on_a_curve(read: Read) -> bool:
    """Whether nothing decides an equation so far but doubts about what its letters are."""
    found = read.judgement
    if found.verdict is Verdict.DISPUTED:
        return found.rule in OPEN_RULES | NEAR_NOTHING | UNKNOWN_LETTERS
    return found.verdict in (Verdict.UNBOUND, Verdict.DEFINITION) or found.reason == AN_INTEGRAL


def follows_on_curves(steps: Steps, at: int) -> bool:
    """Whether it follows from the equation of a function that is sought."""
    return follows_from_any(steps, along_curves(steps.reading, at))


def estimates(steps: Steps, read: Read) -> bool:
    r"""Whether a new name with a mark, `\hat w`, `w^*`, `w_{ML}`, has a value that the letter without it has where a condition
    before it holds."""
    name = shapes.plain_name(read.sides[0]) or ""
    letter = next((found[1] for mark in MARKS if (found := mark.fullmatch(name))), "")
    if read.judgement.verdict is not Verdict.DEFINITION or not letter or letter in names_of(read):
        return False
    if not any(letter in names_of(r) for r in steps.known):
        return False
    right = without_marks(read.sides[1], {n for r in steps.known for n in names_of(r)})
    plain = replace(read, left=Sym(letter), right=right, judgement=Judgement(Verdict.UNBOUND), introduces=frozenset())
    return any(r.sides == plain.sides for r in steps.known) or follows(steps, plain)


def without_marks(node: Node, known: set[str]) -> Node:
    """The tree with the letters themselves for those that are marked, where the conditions speak of them."""
    if isinstance(node, Sym):
        letter = next((found[1] for mark in MARKS if (found := mark.fullmatch(node.name))), "")
        return Sym(letter) if letter and letter in known else node
    parts = children(node)
    return (
        rebuilt(node, [without_marks(part, known) for part in parts]) if parts and not isinstance(node, Sub) else node
    )


def follows_from(reading: Reading, read: Read, near: Sequence[Read], effort: Effort) -> bool:
    """Whether an equation holds wherever these conditions do."""
    system = system_of(reading, read, near, whole=True) if effort.left > 0 else None
    if system is None:
        return False
    return (solves if system.value is not None else implied)(system, effort)


def is_blind(reading: Reading, read: Read, near: Sequence[Read], effort: Effort) -> bool:
    """Whether these conditions make a term of the equation vanish, so that its sign does not matter: they show nothing then."""
    return any(follows_from(reading, replace(read, left=a, right=b), near, effort) for a, b in turned(read))


def is_blind_to(reading: Reading, read: Read, condition: Read, effort: Effort) -> bool:
    """The same of one condition that is put into it."""
    return any(rewritten_by(reading, replace(read, left=a, right=b), condition, effort) for a, b in turned(read))


def letters(read: Read) -> int:
    """How many names an equation has: one with few is solved sooner."""
    return len({n for side in read.sides for n in names_in(side)})


def nearest(steps: Steps, read: Read, *, earlier: bool = False, most: int = MAX_CONDITIONS) -> list[Read]:
    """The conditions before an equation in the same part of the reply that speak of letters in it, the nearest first."""
    reading = steps.reading
    names = {n for side in read.sides for n in names_in(side)}
    own = (reading.judge_of(read).own.get(n) for n in list(names))
    names |= {n for e in own if isinstance(e, Defined) and not e.params for n in names_in(e.body)}
    out: list[Read] = []
    for other in reversed(steps.known):
        if other.start < read.start - REACH or other.end > read.start:
            continue
        if other.section != read.section and reading.outline.part_end(other.start) <= read.start:
            continue
        if most == MAX_CONDITIONS and is_value(other) and reading.outline.block_end(other.start) <= read.start:
            continue  # of a case that has ended
        mine = {n for side in other.sides for n in names_in(side)}
        if (
            given_anew(reading, other, read, names)
            or (not earlier and has_next(reading, other, read))
            or any(excludes(o, other) for o in out)
        ):
            continue
        if mine & names and all(other.sides != o.sides for o in out) and other.sides != read.sides:
            out.append(other)
            names |= mine
        if len(out) == most:
            break
    return out


def excludes(near: Read, far: Read) -> bool:
    """Whether two conditions give one expression two values, so that the nearer one holds instead: `2p + 1 = 7 ... 2p + 1 = 9`. The
    values of a letter are left to its roots."""
    return not is_value(far) and near.left == far.left and near.right != far.right and scopes.is_constant(far.sides[1])


def given_anew(reading: Reading, other: Read, read: Read, names: set[str]) -> bool:
    """Whether a name that a condition gave an expression is defined otherwise since: `let u = a + b ... now let u = a - b`."""
    name = shapes.plain_name(other.sides[0])
    if name is None or name not in names or scopes.is_constant(other.sides[1]):
        return False
    later = (r for r in reading.relations if other.end <= r.start and r.end <= read.start and r.left == other.left)
    return any(r.op in EQUAL and r.right is not None and r.right != other.right and defines_anew(r) for r in later)


def has_next(reading: Reading, other: Read, read: Read) -> bool:
    """Whether a value that a condition gave a name has a next one since: `n = 5 ... now n = 6`."""
    if shapes.plain_name(other.sides[0]) is None or not scopes.is_constant(other.sides[1]):
        return False
    later = (r for r in reading.relations if other.end <= r.start and r.end <= read.start and r.left == other.left)
    return any(r.judgement.rule in NEXT for r in later)
