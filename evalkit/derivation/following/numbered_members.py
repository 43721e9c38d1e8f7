r"""Members of a list of which only the numbered ones have values: `x_1 = 1, x_2 = 2, x_3 = 3`, and `L_i = (y_i - wx_i)^2`.

Where each member from the first on is known, these are the list, and i is any of their numbers. What holds so is true, and what
one edit makes true is false, unless a side is in numbers: the text may have chosen values. Not covered: lists of columns, members with two indices.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Block, Node, Num, Sub, Sym, children
from evalkit.derivation.grammar.stream import SCALAR
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import TRUE, Verdict
from evalkit.derivation.worlds.scope import Entry, Family, Scope, family_key, names_in, subscripts_in

LEAST, MOST, MAX_LISTS, STEPS = 2, 12, 4, 20_000
"""Members of a list; lists of one relation; steps of evaluation for the edits of a relation that fails."""
WHY = "for all members that have numbers"


def of_numbered_members(reading: Reading, read: Read) -> Read | None:
    """Holds for every member of lists of which the problem or the text gave the members by their numbers."""
    if any(isinstance(side, Sub) for side in read.sides) or counts(read):
        return None  # it says what every member is, of which some are known
    scope = reading.judge.scope
    lists: dict[str, Entry] = {}
    judgement = read.judgement
    for _ in range(MAX_LISTS):  # what is evaluated may stop at the first that it does not know
        found = {family_key(name): members_of(scope, name) for name in judgement.unknown}
        if judgement.verdict is not Verdict.UNBOUND or not found or not all(found.values()) or found.keys() & lists:
            break
        lists |= {
            key: Family("entries", Block(tuple((m,) for m in members)), "reply") for key, members in found.items()
        }
        with reading.judge.trying(lists):
            judgement = reading.judge.equation(*read.sides)
            fails = judgement.verdict is Verdict.FAILS and not reading.trial and all(map(names_in, read.sides))
            near = fails and slip(reading.judge, *read.sides, steps=STEPS).kind
            if judgement.verdict in TRUE or near:
                return replace(read, judgement=replace(judgement, reason=judgement.reason or WHY))
    return None


def counts(read: Read) -> bool:
    """Whether an index stands beside its members as a number: `a_ib_i = 2i`."""
    letters = {letter for side in read.sides for _, letter in subscripts_in(side)}
    return any(is_number_in(letter, side) for letter in letters for side in read.sides)


def is_number_in(letter: str, node: Node) -> bool:
    """Whether a letter stands anywhere but in subscripts."""
    if isinstance(node, Sub):
        return False
    return node == Sym(letter) or any(is_number_in(letter, part) for part in children(node))


def members_of(scope: Scope, name: str) -> list[Sub]:
    """The known members of the list of `x_i`."""
    base, _, index = name.rpartition("_")
    return known_members(scope, base) if len(index) == 1 and index.isalpha() else []


def known_members(scope: Scope, base: str) -> list[Sub]:
    """`x_1`, `x_2`, ... as far as they are known numbers; none where fewer than two are."""
    found: list[Sub] = []
    for number in range(1, MOST + 1):
        member = Sub(Sym(base), f"{base}_{number}", (Num(float(number)),))
        if scope.find(member.name) is None or scope.shape(member) != SCALAR:
            break
        found.append(member)
    return found if len(found) >= LEAST else []
