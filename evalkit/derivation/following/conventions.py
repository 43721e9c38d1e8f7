r"""Doubts by a convention that the words around a relation name: `\nabla L = X^\top r, dropping the factor 2`, `written as a row`.

What is said to leave out a factor, terms or a sign, or to lie instead of standing, is in doubt where it holds but for that.
Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: factors of other kinds than sizes
and small numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evalkit.derivation.following.circumstances import headed_by_slope
from evalkit.derivation.following.grounds import Grounds, headed
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.sentence import chain_end, said_before
from evalkit.derivation.grammar.nodes import Bin, Grad, Node, Num, Sym, Un
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.verdict import FALSE, TRUE
from evalkit.derivation.worlds.scope import Dimension, Drawn

ROWS = re.compile(
    r"\brows?\b(?!\s+(?:of|reduc|operation|\d))|\b(?:numerator|jacobian|row)[- ]?(?:vector|layout|form|convention)",
    re.I,
)
LEFT_OUT = re.compile(
    r"\b(?:drop|omit|ignor|neglect|absorb|discard|disregard|halv|doubl)(?:s|ed|t?ing|p?ing|p?ed|es?)?\b|\bleav(?:e|es|ing) out\b|\bget(?:ting)? rid of\b"
    r"|\bup to (?:an? |the |some )?(?:\w+ )?(?:constants?|factors?|scal\w+|terms?|signs?)\b|\bun-?normali[sz]ed\b"
    r"|\b(?:unbiased|textbook|usual|common|other|opposite) convention\b|\bconventionally\b|\bunbiased\b"
    r"|\b(?:many|some|most|other|several) (?:\w+ )?(?:books?|textbooks?|texts?|authors|papers|people|sources|libraries)\b"
    r"|\b(?:a|one) half in front\b|\bhalf of the\b|\bwe (?:also )?average\b|\baverag(?:ed|ing) over\b|\bflip(?:s|ped|ping)? the sign\b|\bmaximi[sz]ation\b",
    re.I,
)
"""What says that a factor, a term or a sign is not as it was."""
FAR, MAX_NAMES = 80, 4
"""Characters behind a relation that may say it; sizes and letters that are tried."""


def by_convention(grounds: Grounds, read: Read) -> str:
    """Holds but for a factor, terms or a layout that the words around it say are left out, or otherwise."""
    if read.judgement.verdict not in FALSE or (headed(read) is None and headed_by_slope(read) is None):
        return ""
    said = f"{said_before(grounds, read)} ¤ {said_behind(grounds, read)}"
    judge = grounds.judge(read)
    left, right = read.sides
    if ROWS.search(said) and judge.equation(left, Un("T", right)).verdict in TRUE:
        return "holds as a column, and rows are spoken of"
    if not LEFT_OUT.search(said):
        return ""
    for factor in factors(grounds, read):
        if judge.equation(left, Bin("*", factor, right)).verdict in TRUE:
            return "holds but for a factor, and one is said to be left out"
    if any(isinstance(side, Grad) for side in read.sides):
        return ""
    free = moving(grounds, read)
    if free and all(judge.equation(Grad(left, n), Grad(right, n)).verdict in TRUE for n in free):
        return "holds but for what its letters do not move, and something is said to be left out"
    return ""


def said_behind(grounds: Grounds, read: Read) -> str:
    """The rest of its sentence."""
    text, end = grounds.reading.document.text, chain_end(read)
    stop = prose.STOP.search(text, end, end + FAR)
    return text[end : stop.start() if stop else end + FAR]


def factors(grounds: Grounds, read: Read) -> Iterator[Node]:
    """What may be left out: 2, a size, one less than that, the sign."""
    sizes = [Sym(n) for n, e in grounds.judge(read).scope.entries.items() if isinstance(e, Dimension)][:MAX_NAMES]
    parts: list[Node] = [Num(2), *sizes]
    for size in parts:
        yield size
        yield Bin("/", Num(1), size)
    yield Un("-", Num(1))
    for size in parts[1:]:
        yield from (Bin("/", Num(2), size), Bin("/", size, Num(2)), Bin("/", Bin("-", size, Num(1)), size))


def moving(grounds: Grounds, read: Read) -> Sequence[Node]:
    """The free letters in it that are no data."""
    judge = grounds.judge(read)
    found = ((n, judge.scope.entries.get(n)) for n in sorted(grounds.behind(read)))
    return [Sym(n) for n, e in found if isinstance(e, Drawn) and not e.kinds & {"data", "fixed"}][:MAX_NAMES]
