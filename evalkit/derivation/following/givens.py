"""What serves as a condition: an equation that the text supposes or gives, a derivative that is set to zero, the first of what is
to be solved.

Told when all of the reply has been read. Not covered: conditions that only words state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_another_form, is_concluded, standing
from evalkit.derivation.following.unknowns import UNMOVED
from evalkit.derivation.grammar.nodes import Node, Num, is_derivative, is_zero
from evalkit.derivation.grammar.relations import EQUAL
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role, names_a_system, role, says_that_it_follows
from evalkit.derivation.verdicts.verdict import FALSE, TRUE, Verdict
from evalkit.derivation.worlds.scope import names_in

RULE = "step"
TO_ZERO = re.compile(r"\b(?:set|sets|setting|equat\w+|put|putting|equal)\b[^.$]{0,60}?\b(?:zero|0)\b", re.I)
"""`Setting it to zero`, `equating the gradient with 0`."""
NEAR_BEFORE = 600
"""Where something that cannot be read stands as near before an equation, it may follow from that."""
MAX_ROWS = 12
"""Rows of a system."""
BETWEEN_ROWS = re.compile(r"[^\s&\\,;$]|\n\s*\n")
"""What no two rows of a system have between them: words, or an empty line."""
STARTS = frozenset(
    {
        "open_condition",
        "nothing_to_work_out",
        "uneven",
        "solved",
        "unclaimed",
        "told_later",
        "heads_implication",
        "two_values",
        "unspoken",
        "premise",
        "needed",
        "called_an_equation",
        "at_a_stationary_point",
        "new_letter",
        "set_to_a_number",
    }
)
OUTRIGHT = frozenset({"solved", "heads_implication", "two_values"})
NO_IDENTITY = "no_identity"

IN_GENERAL = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA, Verdict.DEFINITION})
"""What restricts no letter."""


def is_condition(reading: Reading, at: int, read: Read) -> bool:
    """Whether the text supposes or gives an equation that is not true in general, or sets a derivative to zero."""
    found = read.judgement
    if (
        found.verdict in FALSE
        or found.rule == NO_IDENTITY
        or (found.verdict is Verdict.UNPARSED and not is_unmoved(read))
    ):
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
    if found.rule == "imposed" and any(is_slope_before(reading, at, side) for side in read.sides):
        return True
    first = chain[0] if chain else read
    if prose.NECESSARY.search(first.words) or is_another_form(reading, read):
        return False
    place = Role.GIVEN if names_a_system(heading(reading, at).words) else standing(reading, first)
    return place in (Role.SUPPOSED, Role.GIVEN) or begins(reading, at, read, place)


def is_slope_before(reading: Reading, at: int, side: Node) -> bool:
    """Whether something is what a derivative was truly said to be before: that it is imposed to be 0 was derived."""
    slopes = {r.chain for r in reading.relations[:at] if r.left is not None and is_derivative(r.left)}
    near = [r for r in reading.relations[:at] if r.chain in slopes and r.right == side]
    return any(r.judgement.verdict in TRUE for r in near)


def is_unmoved(read: Read) -> bool:
    """Whether it cannot be computed for a derivative of a letter that is no function of another as far as is known: `dy/dx`."""
    return read.judgement.verdict is Verdict.UNPARSED and read.judgement.reason.startswith(UNMOVED)


def heading(reading: Reading, at: int) -> Read:
    """The first of the few lines below each other, with nothing between them, among which a relation stands."""
    text, lines = reading.document.text, reading.relations
    for here in range(at, max(at - MAX_ROWS, 0), -1):
        if BETWEEN_ROWS.search(text, lines[here - 1].end, lines[here].start):
            return lines[here]
    return lines[max(at - MAX_ROWS, 0)]


def begins(reading: Reading, at: int, read: Read, place: Role) -> bool:
    """Whether the text begins to solve something there: an equation that no other says anything about before, and that it
    states without saying that it follows, or whose letters are its own, or that the values found obey."""
    found = read.judgement
    own = found.verdict is Verdict.UNBOUND or (read.late and found.verdict in TRUE)
    if found.rule not in STARTS and not own and not is_unmoved(read):
        return False
    label = reading.document.label(read.start)
    if place is Role.CLAIMED and not own and found.rule not in OUTRIGHT and is_led_to(reading, at, read):
        return False
    if is_concluding(label) and (place is not Role.CLAIMED or prose.CONCLUDE.search(label)):
        return False
    names = names_of(read)
    if found.rule != "solved" and names & valued(reading, at, read):
        return False  # it has a value: nothing is solved for it
    until = reading.outline.block_end
    before = [r for r in reading.relations[:at] if r.chain != read.chain]
    before = [r for r in before if r.judgement.verdict not in TRUE | {Verdict.DEFINITION}]
    unread = [r for r in before if (r.left is None or r.right is None) and r.op in EQUAL]
    if any(r.end > read.start - NEAR_BEFORE and until(r.start) > read.start for r in unread):
        return False
    return not any(
        r.left is not None and until(r.start) > read.start and names & names_of(r) and not only_names(r, names)
        for r in before
    )


def only_names(read: Read, names: set[str]) -> bool:
    """Whether it gives another name an expression in letters that nothing explains: that restricts none of these."""
    name = shapes.plain_name(read.left) if read.left is not None else None
    return read.judgement.verdict is Verdict.UNBOUND and name is not None and name not in names


def is_led_to(reading: Reading, at: int, read: Read) -> bool:
    """Whether a claim follows from something: words or an arrow say so, or another condition on its letters stands before it."""
    names = names_of(read)
    return (
        is_concluded(read)
        or says_that_it_follows(read.words)
        or any(
            r.chain == read.chain or (r.judgement.verdict not in IN_GENERAL and (r.left is None or names & names_of(r)))
            for r in reading.relations[:at]
        )
    )


def valued(reading: Reading, at: int, read: Read) -> set[str]:
    """Names to which something before it gave a value."""
    later = {n for r in reading.relations[at:] for n in r.introduces}
    before = {n for r in reading.relations[:at] for n in r.introduces}
    return {n for n in reading.judge_of(read).assumed if n in before or n not in later}


def names_of(read: Read) -> set[str]:
    """The names in what could be read of it."""
    return {n for side in (read.left, read.right) if side is not None for n in names_in(side)}


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


def is_value(read: Read) -> bool:
    """`x = 20`"""
    return any(shapes.plain_name(a) is not None and scopes.is_constant(b) for a, b in (read.sides, read.sides[::-1]))


def through_the_chain(known: Sequence[Read], read: Read) -> list[Read]:
    """The condition on the ends of a chain of which one link is a condition and the next is true: `5 = f(0) = a + b`."""
    if read.judgement.verdict not in TRUE:
        return []
    before = [r for r in known if r.chain == read.chain and r.end <= read.end and r.right == read.left]
    return [replace(r, right=read.right, end=read.end) for r in before]
