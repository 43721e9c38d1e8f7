"""One letter, two meanings: which does the text mean from here on? Both are followed, and what comes later decides.

The reply's own meaning is taken where it makes two or more later relations true and none false that was true under the old
one; what it makes unreadable counts for nothing. Without such evidence the old meaning stays and the relation is a claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from html import unescape

from evalkit.derivation.following import scopes, shapes
from evalkit.derivation.following.part import OWN, Part
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Block, Call, Node, Num, Unreadable, walk
from evalkit.derivation.problem.entries import defined
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.verdicts.verdict import TRUE, Judgement, Verdict
from evalkit.derivation.worlds.env import MAX_REPLY_STEPS
from evalkit.derivation.worlds.scope import Alias, Defined, Dimension, Drawn, Entry, Index
from evalkit.derivation.worlds.values import Trouble

MAX_FORKS = 8
TRIAL_STEPS = 12_000
"""Steps of evaluation in a world that all trials of one reply may take: they come beside what the reply takes itself."""
ENOUGH = 2
"""Later relations that must become true."""
NOT_TRUE = frozenset({Verdict.FAILS, Verdict.ILL_TYPED, Verdict.DISPUTED, Verdict.UNBOUND})
"""What a relation is under the old meaning that the new one makes true. One that could not be read proves nothing."""
Verdicts = dict[tuple[int, int], Verdict]


def own_meaning(reading: Reading, read: Read) -> Read | None:
    """Is false as the letters were read, and what follows shows that the reply gives one of them a meaning of its own."""
    if reading.trial or reading.forks >= MAX_FORKS or reading.ahead is None or not begins_chain(read):
        return None
    here, end = read.end, scopes.section_end(reading)
    if not any(here <= span.start < end for span in reading.document.spans):
        return None  # nothing follows that could show it
    left, right = read.sides
    entries = meant_anew(reading, left, right)
    if (
        not entries
        or any(is_sought(reading, name) for name in entries)
        or any(scopes.is_fixed(reading, name) for name in entries)
        or all(is_number_for_number(reading, name, right) for name in entries)
        or not comes_again(reading, read, entries)
    ):
        return None
    reading.forks += 1
    said_again = ((left, right), (right, left))  # what repeats a definition is true by it, and shows nothing
    new = verdicts([r for r in followed(reading, entries) if (r.left, r.right) not in said_again])
    if not TRUE & set(new.values()):
        return None
    trial = followed(reading, {})
    old = verdicts([r for r in trial if (r.left, r.right) not in said_again])
    gained = [place for place, verdict in new.items() if verdict in TRUE and old.get(place) in NOT_TRUE]
    lost = [place for place, verdict in old.items() if verdict in TRUE and new.get(place) not in TRUE]
    if lost or not gained:
        return None
    name = next(iter(entries))
    asked = is_asked_for(reading, name)
    if len(gained) < ENOUGH or asked:
        reading.doubt(name, "the reply may give it a meaning of its own")
        return None
    if open_own(reading, entries, right) is None:
        return None
    reason = f"the reply's own meaning: {len(gained)} later relations hold by it"
    return replace(read, judgement=Judgement(Verdict.DEFINITION, reason=reason), introduces=frozenset(entries))


def verdicts(reads: Sequence[Read]) -> Verdicts:
    return {(r.start, r.end): r.judgement.verdict for r in reads}


def comes_again(reading: Reading, read: Read, entries: dict[str, Entry]) -> bool:
    """Whether the letters stand in what follows at all."""
    text = reading.document.text
    rest = text[read.end : scopes.section_end(reading)]
    letters = {name.split("_")[0].split("^")[0].split(" ")[-1].lstrip("\\") for name in entries if "@" not in name}
    return any(letter in rest or alphabet_of(letter) in rest for letter in letters)


def alphabet_of(letter: str) -> str:
    """A Greek letter as one character."""
    return unescape(f"&{letter};") if len(letter) > 1 else letter


def begins_chain(read: Read) -> bool:
    """Its left side is the first of what is written there: only that is given a meaning."""
    return read.statement is not None and read.left is not None and read.statement.sides[0][0].start == read.start


def meant_anew(reading: Reading, left: Node, right: Node) -> dict[str, Entry]:
    """The entries by which `left = right` would give known names a meaning; none where it cannot."""
    scope = reading.judge.scope
    three = shapes.product_of_three(right, scope)
    if three is not None and not isinstance(left, Num) and not any(shapes.has_name(left, n) for n in three[0]):
        parts = [scope.find(n) for n in three[0]]
        if reading.evaluates(left) and all(p is not None and not isinstance(p[1], Dimension | Index) for p in parts):
            return shapes.decomposition(left, three[0], "thin svd", scope) | three[1]
    name = left.name if isinstance(left, Call) else shapes.plain_name(left)
    found = scope.find(name) if name else None
    if name is None or found is None or isinstance(found[1], Dimension | Index | Alias) or shapes.has_name(right, name):
        return {}
    if isinstance(left, Call) and not isinstance(found[1], Defined):
        return {}
    if isinstance(right, Num) or not (isinstance(left, Call) or reading.evaluates(right)):
        return {}
    try:
        return defined(left, right, scope, "reply")
    except Unreadable:
        return {}


def is_sought(reading: Reading, name: str) -> bool:
    """A milestone says what it equals: two consequences of a wrong value are no evidence for another meaning."""
    scope = reading.setting.scope
    found = scope.find(name)
    if found is None or not isinstance(found[1], Defined):
        return False
    sides = [side for m in reading.setting.milestones for form in m.forms for side in form]
    return any(found == scope.find(shapes.plain_name(side) or "") for side in sides)


def is_number_for_number(reading: Reading, name: str, right: Node) -> bool:
    """Another number for one that the problem gives: what is computed with it is no evidence for another meaning."""
    found = reading.judge.scope.find(name)
    if found is None or not isinstance(found[1], Defined) or found[1].params:
        return False
    if any(isinstance(n, Block) for n in walk(right)):
        return False  # an example
    env = reading.judge.general
    both = env.depends(found[1].body) | env.depends(right)
    return all(isinstance(env.scope.entries.get(n), Defined) for n in both)


def is_asked_for(reading: Reading, name: str) -> bool:
    """The loss and the unknowns: a reply that means something else by them answers another question."""
    found = reading.setting.scope.find(name)
    if found is None:
        return False
    key, entry = found
    if isinstance(entry, Drawn):
        return not entry.kinds & {"data", "fixed"}
    if not isinstance(entry, Defined):
        return False
    if entry.params:
        return True
    try:
        return max(getattr(reading.staff.general.symbol(key, {}), "shape", (2,))) == 1
    except (Trouble, ArithmeticError):
        return False


def followed(reading: Reading, entries: dict[str, Entry]) -> list[Read]:
    """What becomes of the relations that follow where names mean this."""
    trial = copy_of(reading)
    spent = [(world.spent, world.spent[0]) for world in reading.judge.worlds]
    for box, _ in spent:
        box[0] = MAX_REPLY_STEPS - max(0, TRIAL_STEPS - reading.tried)
    count = len(trial.relations)
    if entries and open_own(trial, entries, None) is None:
        return []
    if reading.ahead is not None:
        reading.ahead(trial)
    reading.tried += max(box[0] for box, _ in spent) - MAX_REPLY_STEPS + max(0, TRIAL_STEPS - reading.tried)
    for box, value in spent:
        box[0] = value
    return trial.relations[count:]


def open_own(reading: Reading, entries: dict[str, Entry], meaning: Node | None) -> Part | None:
    """From here to the end of the section names mean what the reply says."""
    part = scopes.opened(reading, OWN, "the reply's own meaning")
    if part is None:
        return None
    part.names.update(dict.fromkeys(entries, meaning or Num(0)))
    for name in entries:
        part.judge.withdraw(name)
    part.judge.define(entries)
    return part


def copy_of(reading: Reading) -> Reading:
    """A reading that knows the same and goes its own way."""
    new = copy(reading)
    new.trial = True
    for name in ("relations", "mentions", "pending", "parts"):
        setattr(new, name, list(getattr(reading, name)))
    for name in ("properties", "plainly", "stated", "kin", "doubted"):
        setattr(new, name, dict(getattr(reading, name)))
    for name in ("unmodelled", "introduced", "entered"):
        setattr(new, name, set(getattr(reading, name)))
    judges: dict[int, Judge] = {}

    def branch(judge: Judge) -> Judge:
        if id(judge) not in judges:
            judges[id(judge)] = judge.branch()
        return judges[id(judge)]

    new.inside = [
        replace(p, outer=branch(p.outer), judge=branch(p.judge), names=dict(p.names), sizes=dict(p.sizes))
        for p in reading.inside
    ]
    new.judge = branch(reading.judge)
    return new
