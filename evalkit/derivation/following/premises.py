"""Special worlds: has the reply stated the premise under which its relation holds?"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.following.standing import is_concluded, standing
from evalkit.derivation.grammar.nodes import Bin, is_zero
from evalkit.derivation.problem.setting import Special
from evalkit.derivation.text import prose
from evalkit.derivation.text.roles import Role, says_that_it_follows
from evalkit.derivation.verdicts.verdict import Judgement, Verdict
from evalkit.derivation.worlds.scope import Defined, Dimension, Drawn, names_in
from evalkit.derivation.worlds.world import GENERIC

SENTENCE_BEFORE, SENTENCE_AFTER = 400, 200
"""How many characters of its sentence are looked at before and after a relation."""
WORD = re.compile(r"(?<![\\_^{])\b[a-z]{4,}", re.I)
NEXT = re.compile(r"(?:\$\$|\\\]|\\end\{\w+\*?\})[ \t]*\n[ \t]*(?=[*_]{0,3}[A-Z][a-z]*[ ,])")
"""Where a display ends its line without a full stop, and the next line begins a sentence."""
BEHIND = 40
OF_ANY = re.compile(r"\b(?:any|all|every|each|always|arbitrary|in general|generally)\b", re.I)
OF_ALL = frozenset({Verdict.IDENTITY, Verdict.ALGEBRA})
DECOMPOSED = re.compile(r"\b(?:singular|eigen\w*|princip\w+|PCA)\b", re.I)
"""Words of what symbols of a decomposition stand for."""


def premise(reading: Reading, read: Read) -> Read | None:
    """Holds in a special world alone, whether or not the reply has come to it.

    It has where its words name the premise, the relation is a condition itself (something is 0, or set equal by its
    words), the reply gave a value to a symbol of the world, or its words speak of an optimum or of a stationary point.
    """
    special = reading.judge.special(read.judgement.world or "")
    if special is None:
        return None
    for other in (special, *(s for s in reading.setting.specials if s is not special)):
        if other is not special and not (other.given or other.name in reading.entered or says(reading, read, other)):
            continue
        if other is not special and not reading.judge.holds_in(other.group, read.left, read.right):
            continue
        if not is_reachable(reading, read, other):
            continue
        if other.given or other.name in reading.entered or enters(reading, read, other):
            reading.entered.add(other.name)
            if other is special:
                return None
            return replace(read, judgement=replace(read.judgement, world=other.name))
    if (of_any := of_its_own_letters(reading, read, special)) is not None:
        return of_any
    reason = f"holds only where {special.premise}, which the reply does not state"
    return replace(read, judgement=replace(read.judgement, verdict=Verdict.UNSTATED, reason=reason))


def over_claimed(reading: Reading, read: Read) -> Read | None:
    """Holds in a limit alone, and is said of every value of the parameter.

    Looked at is what the chain says from its first side: `W^T W = M^T M = I for any lambda > 0`. Nothing is said where the
    sentence speaks of a limit, too, or where no other special world can tell.
    """
    if read.right is None or read.negated or read.judgement.under:
        return None
    limits = [s for s in reading.setting.specials if s.limit and said_of_every(reading, read, s.limit)]
    if not limits:
        return None
    first = next((r.left for r in reading.relations if r.chain == read.chain), read.left)
    if first is None or reading.judge.equation(first, read.right).verdict in (Verdict.IDENTITY, Verdict.ALGEBRA):
        return None
    for special in limits:
        if not reading.judge.holds_in(special.group, first, read.right):
            continue
        others = [s.group for s in reading.setting.specials if not s.limit]
        found = [reading.judge.outcome_in(group, first, read.right) for group in others]
        told = [outcome for outcome in found if outcome is not None]
        if told and not any(outcome.holds for outcome in told):
            reason = f"holds only where {special.premise}, and is said of every {special.limit}"
            if any(r.chain == read.chain and r.judgement.reason == reason for r in reading.relations):
                return None  # once for a chain
            return replace(
                read, judgement=Judgement(Verdict.FAILS, reason=reason, counterexample=told[-1].counterexample)
            )
    return None


def said_of_every(reading: Reading, read: Read, parameter: str) -> bool:
    """`for every $\\lambda > 0$`, `does not depend on λ` in the sentence of a relation, and no word of a limit."""
    text = reading.document.text
    low = max(0, read.start - SENTENCE_BEFORE)
    start = max((m.end() for m in prose.STOP.finditer(text, low, read.start)), default=low)
    sentence = text[start : min(sentence_end(reading, read.end), read.end + SENTENCE_AFTER)]
    return bool(prose.of_every(parameter).search(sentence)) and not prose.TENDS.search(sentence)


def enters(reading: Reading, read: Read, special: Special) -> bool:
    if any(side is not None and is_zero(side) for side in (read.left, read.right)):
        return True
    if (reading.judge.assumed.keys() | read.introduces) & special.overlay.keys() or read.introduces:
        return True
    return says(reading, read, special) or states_it(reading, read, special)


def states_it(reading: Reading, read: Read, special: Special) -> bool:
    r"""Whether a relation is the premise in symbols: what is made of all free letters of the world has a value that the world gives,
    `W_2W_1 = U_kU_k^\top`; the text supposes it, or says neither that this follows nor that it holds of any."""
    judge = reading.judge
    free = judge.scope_of(GENERIC).entries
    letters = {n for n in special.overlay if isinstance(free.get(n), Drawn)}
    if read.left is None or read.right is None or not letters or judge.outcome_in(GENERIC, *read.sides) is None:
        return False
    names = [judge.general.depends(side) & letters for side in read.sides]
    valued = letters == names[0] and not names[1] and judge.general.depends(read.sides[1]) & data_of(reading, special)
    if not valued or standing(reading, read) in (Role.SUPPOSED, Role.GIVEN):
        return bool(valued)
    words = f"{read.words} {reading.document.text[read.end : read.end + BEHIND].partition('.')[0]}"
    return not is_concluded(read) and not says_that_it_follows(read.words) and not OF_ANY.search(words)


def of_its_own_letters(reading: Reading, read: Read, special: Special) -> Read | None:
    """What holds of all values of letters that only a special world explains: `W_2BB^{-1}W_1 = W_2W_1` of any B."""
    behind = reading.judge.general.depends(Bin("=", *read.sides))
    scope = reading.judge.scope_of(GENERIC)
    entries = {n: replace(e, source="reply") for n, e in special.matrices.items() if n in behind and not scope.find(n)}
    if not entries:
        return None
    with reading.judge.trying(entries):
        judgement = reading.judge.equation(*read.sides)
    return replace(read, judgement=judgement) if judgement.verdict in OF_ALL else None


def is_reachable(reading: Reading, read: Read, special: Special) -> bool:
    """Whether the reply can have come to a world whose premise is said in letters alone: `W_1 = U_k^T, W_2 = U_k`. No word of
    an optimum states that, where there is another world of optima; it is written, with both letters, or said in words."""
    others = any(WORD.search(s.premise) for s in reading.setting.specials if s is not special)
    if special.given or WORD.search(special.premise) or not others:
        return True
    general, values = reading.judge.general, data_of(reading, special)
    for other in (*reading.relations, read):
        if other.left is None or other.right is None or other.start > read.start:
            continue
        names = general.depends(Bin("=", other.left, other.right))
        if names & values and names & special.overlay.keys():
            return True
    return bool(DECOMPOSED.search(reading.document.text, 0, sentence_end(reading, read.end)))


def data_of(reading: Reading, special: Special) -> set[str]:
    """The names of the problem of which a special world makes the values of its letters."""
    letters = [e for e in special.overlay.values() if isinstance(e, Defined)]
    values = {n for e in letters for n in names_in(e.body)} - special.overlay.keys() - special.visible.keys()
    free = reading.judge.general.scope.entries
    return {n for n in values if not isinstance(free.get(n), Dimension)}


def says(reading: Reading, read: Read, special: Special) -> bool:
    """Whether the text up to the end of the relation's sentence states the premise."""
    return prose.states(special.premise, reading.document.text[: sentence_end(reading, read.end)])


def sentence_end(reading: Reading, at: int) -> int:
    found = prose.SENTENCE_END.search(reading.document.text, at)
    end = found.start() if found else len(reading.document.text)
    following = NEXT.search(reading.document.text, at, end)
    return following.start() if following else end
