r"""Letters that neither the problem nor anything else explains, and for which the reply wrote an expression: `Let u = a + b`.

Looked at when all of the reply has been read. What was written for a name is its definition where something true rests on
it. A relation that the words claim is false where it fails for all values of the letters, one edit of a sign, a number, a
term, a factor or the like makes it true, and other chains with the same names are true. Only in the paragraph of these
definitions, where nothing but words that lead on and what is true stands from there to the end of its sentence: any other
word may change a letter, ask, suppose or take back.
Not covered: what no word claims, equations with 0 on a side, names of which nothing else is true.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.beside import is_plain
from evalkit.derivation.following.free import IMAGINARY, freed
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.sentence import condition_follows, conditions_beside
from evalkit.derivation.following.sketched import BACK, expressions, in_full, used_in
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.grammar.nodes import is_zero
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import names_in, unbound_names

RULE = "own_letters"
MAX_TRIED, MAX_SLIPS = 30, 6
"""Relations of one reply that are judged for values of its letters, and those for which edits are tried."""
ERRORS = frozenset({"sign", "number", "term", "factor", "exponent", "transpose", "function"})
"""Edits that are an error of the one who wrote it; another letter or another order may be a misreading."""
ENOUGH = 2
"""Other chains in letters of its own that must be true before anything about these is false."""
SPAN = 1500
"""How many characters definitions may stand before what they make false."""
WHOLE = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA})


def judge_own_letters(reading: Reading) -> None:
    """Call definitions what true relations rest on, and false what is a slip beside them."""
    if not reading.sketches:
        return
    grounds = Grounds(reading, list(reading.relations))
    places = {place for found in reading.sketches.values() for place in found}
    tried = slips = 0
    for at, read in enumerate(grounds.relations):
        if read.judgement.verdict is not Verdict.UNBOUND or read.left is None or read.right is None:
            continue
        place = (read.start, read.end)
        if place in places:
            if not is_concluded(read):
                found = Judgement(Verdict.DEFINITION, reason="in letters of its own", rule=RULE)
                reading.relations[at] = replace(read, judgement=found, introduces=names_of(read))
            continue
        if tried >= MAX_TRIED or slips >= MAX_SLIPS or not is_claim(grounds, read):
            continue
        full = in_full(reading, read, grounds.relations[max(0, at - BACK) : at])
        if full is None or not are_confirmed(grounds, read, at) or not is_plainly_said(grounds, read, at):
            continue
        tried += 1
        judgement = without_a_slip(reading, full)
        slips += judgement is not None
        if judgement is not None and judgement.verdict is Verdict.FAILS:
            reading.relations[at] = replace(read, judgement=replace(judgement, rule=RULE))


def names_of(read: Read) -> frozenset[str]:
    """The name that a relation gives a meaning."""
    name = headed(read)
    return frozenset({name} if name else ())


def is_claim(grounds: Grounds, read: Read) -> bool:
    """Whether the words claim it, of no case and under no condition, and it is no equation to be solved."""
    if read.op != "=" or read.negated or any(map(is_zero, read.sides)) or not grounds.is_claimed(read):
        return False
    if headed(read) and not is_concluded(read):
        return False  # it may be another meaning
    return not condition_follows(grounds, read) and next(conditions_beside(grounds, read), None) is None


def are_confirmed(grounds: Grounds, read: Read, at: int) -> bool:
    """Whether every name for which it needs an expression stands in another chain that is true, and there are several."""
    meant = expressions(grounds.reading, read, grounds.relations[max(0, at - BACK) : at])
    needed = used_in(read, meant)
    others = [r for r in grounds.readable if r.chain != read.chain and (r.start, r.end) in grounds.reading.sketches]
    known = {place for r in others for place in grounds.reading.sketches[r.start, r.end]}
    return len({r.chain for r in others}) >= ENOUGH and bool(needed) and needed <= known


def is_plainly_said(grounds: Grounds, read: Read, at: int) -> bool:
    """Whether only plain words and true relations stand between what its names were said to be and the end of its sentence,
    all in one paragraph."""
    reading = grounds.reading
    places = used_in(read, expressions(reading, read, grounds.relations[max(0, at - BACK) : at]))
    first = min(place[0] for place in places)
    if read.start - first > SPAN or any(reading.outline.block_end(start) <= read.start for start, _ in places):
        return False
    defined = {place for found in reading.sketches.values() for place in found}
    return is_plain(reading.document.text, grounds.readable, first, read, defined)


def without_a_slip(reading: Reading, full: Read) -> Judgement | None:
    """That it fails, where one edit makes it true; None where it does not fail, or its sides have no letter in common."""
    found = freed(reading, full)
    if found is None or found.judgement.verdict is not Verdict.FAILS or IMAGINARY & found.letters:
        return None
    if not set(names_in(full.sides[0])) & set(names_in(full.sides[1])) & found.letters:
        return None
    with reading.judge.trying(found.entries):
        if unbound_names(reading.judge.scope, *found.read.sides):
            return None
        edit = slip(reading.judge, *found.read.sides, WHOLE)
    return found.judgement if edit in ERRORS else Judgement(Verdict.UNBOUND)
