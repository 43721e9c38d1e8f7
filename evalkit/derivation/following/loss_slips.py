r"""A gradient of an unknown loss that holds for no loss, `\\nabla_W J = x\\delta^\\top` beside `\\nabla_V J = \\epsilon h^\\top`: a slip.

One edit of its letters, their order, a transpose or a slope makes it hold for every loss, and the text has other gradients
of the same loss that hold, one of them with a transpose: how it lays gradients out is known.
Not where its sentence speaks of rows, columns, a layout or a transpose, of a kind of matrices, or of something that was not accepted.
Not covered: signs and factors, which averages and steps downhill explain; gradients that stand alone.
"""

from __future__ import annotations

import re

from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.loss_told import crossed
from evalkit.derivation.following.losses import any_loss
from evalkit.derivation.following.reading import LossPlace, Read, Reading
from evalkit.derivation.following.sentence import said_before
from evalkit.derivation.grammar.nodes import Call, Node, Sub, Sym, Un, walk
from evalkit.derivation.text import prose
from evalkit.derivation.verdicts.nearness import Slip
from evalkit.derivation.verdicts.verdict import FALSE, Verdict

OF_LETTERS = frozenset({"transpose", "order", "letter", "index", "function"})
"""Edits that neither an average over a batch nor a step downhill explains."""
OPEN = frozenset({Verdict.UNBOUND, Verdict.UNPARSED, Verdict.DEFINITION})
"""Of a definition that is told to hold for no loss, see defined_gradients.py."""
CONFIRMING = 2
"""Gradients of the same loss that hold."""

REACH = 600
"""Characters before it in its paragraph that may say a property."""
ASKED = re.compile(r"[^.!?\n]{0,60}\?")
LAYOUT = re.compile(r"\b(?:rows?|columns?|transpos\w+|layouts?|conventions?)\b", re.I)


def reject_slips_for_every_loss(reading: Reading) -> None:
    """Call those false whose single edit holds for every loss; what else may be doubted of them is asked afterwards."""
    for at, read in enumerate(reading.relations):
        place, failed = reading.no_loss.get((read.start, read.end), (None, None))
        if place is None or failed is None or read.judgement.verdict not in OPEN:
            continue
        alike = [r for r in reading.relations if is_alike(reading, r, place)]
        turned = any(isinstance(n, Un) and n.op == "T" for r in alike for side in r.sides for n in walk(side))
        if len(alike) < CONFIRMING or not turned or crossed(reading, place):
            continue
        grounds = Grounds(reading, list(reading.relations))
        if is_of_another(grounds, read):
            continue
        kind = grounds.slip(failed)
        if kind in OF_LETTERS or (
            kind == "factor" and leaves_out_a_slope(failed, grounds.tried[failed.start, failed.end])
        ):
            reading.relations[at] = failed


def is_alike(reading: Reading, read: Read, place: LossPlace) -> bool:
    """Whether it holds for every loss of the same names, in the same section."""
    own = reading.losses.get((read.start, read.end))
    return read.judgement.rule == any_loss.__name__ and own is not None and own[:2] == place[:2]


def is_of_another(grounds: Grounds, read: Read) -> bool:
    """Whether its sentence speaks of another layout, of a kind of matrices or of another layer, or is a question."""
    text, said = grounds.reading.document.text, said_before(grounds, read)
    paragraph = text[max(text.rfind("\n\n", 0, read.start), read.start - REACH, 0) : read.start]
    if LAYOUT.search(said) or prose.properties(paragraph) or ASKED.match(text, read.end):
        return True
    beside = (r for r in grounds.relations if read.start - len(said) <= r.start < read.start and r.chain != read.chain)
    given = (r for r in beside if isinstance(r.left, Sym | Sub) and r.right is not None)
    open_ = (r for r in given if r.judgement.verdict in FALSE | {Verdict.DISPUTED})
    return any(grounds.judge(r).computed(*r.sides).verdict in FALSE for r in open_)


def leaves_out_a_slope(read: Read, edit: Slip) -> bool:
    """Whether the edit brings in the slope of a function, and there was none."""
    after = [side for side in (edit.left, edit.right) if side is not None]
    return any(map(has_slope, after)) and not any(map(has_slope, read.sides))


def has_slope(node: Node) -> bool:
    return any(isinstance(n, Call) and n.name.endswith("'") for n in walk(node))
