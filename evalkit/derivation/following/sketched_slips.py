r"""A wrong derivative of what the reply wrote in letters that nothing explains: `L = \frac1m\sum_i e_i^2`, so `\partial L/\partial b = \sum_i 2e_i`.

It is false where one edit makes it true for all values of these letters, and something else that was true showed that the
expression is meant as it was read. Not covered: a second derivative, a derivative that stands on the right.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.free import freed
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.sketched import expressions, in_full, used_in, varies_unseen
from evalkit.derivation.following.unknowns import UNMOVED
from evalkit.derivation.grammar.nodes import Bin, Grad, Sym
from evalkit.derivation.verdicts.nearness import slip
from evalkit.derivation.verdicts.verdict import TRUE, Verdict

STEPS, MAX_TRIED = 40_000, 12
"""Steps of evaluation for the edits of one relation; relations of one reply."""


def wrong_slope(reading: Reading, read: Read) -> Read | None:
    """Has a derivative of what the reply wrote in letters that nothing explains, and one edit makes it true for all of them."""
    left = read.sides[0]
    told = read.judgement.verdict is Verdict.UNBOUND or read.judgement.reason.startswith(UNMOVED)
    if not told or not isinstance(left, Grad) or left.by == Sym("") or read.negated or reading.trial:
        return None
    if not reading.sketches or reading.sloped >= MAX_TRIED:
        return None
    meant = expressions(reading, read, reading.relations)
    places = used_in(replace(read, left=left.f, right=left.f), meant)
    if not places or not any(places <= used for used in reading.sketches.values()):
        return None
    whole = in_full(reading, read)
    if whole is None or varies_unseen(reading, read):
        return None
    reading.sloped += 1
    found = freed(reading, whole)
    if found is None or found.judgement.verdict is not Verdict.FAILS:
        return None
    a, b = found.read.sides
    with reading.judge.trying(found.entries):
        kind = slip(reading.judge, a, b, steps=STEPS).kind
        for count in sorted(found.places.whole):  # the 1/m of a mean
            missing = (Bin("*", Sym(count), a), b), (a, Bin("*", Sym(count), b))
            if not kind and any(reading.judge.equation(*sides).verdict in TRUE for sides in missing):
                kind = "factor"
    if not kind:
        return None
    return replace(read, judgement=replace(found.judgement, reason=f"holds with one edit ({kind})"))
