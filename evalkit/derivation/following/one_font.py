r"""`\|\mathbf x\|^2 = x_1^2 + \dots + x_n^2`: a letter in bold print that is the plain one, which the problem declares.

Where a reply writes a letter in both fonts these are two names. What fails so, or is unbound, is looked at once more with the plain letter for a bold one
that has no meaning of its own (none, or a shape alone); what holds then is true. Nothing is false by it.
Not covered: other fonts, letters that the problem declares in both.
"""

from __future__ import annotations

from dataclasses import replace

from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, Sub, Sym, children, rebuilt
from evalkit.derivation.verdicts.verdict import TRUE
from evalkit.derivation.worlds.scope import BOLD, Drawn, names_in

MAX_TRIED = 30
"""Relations of one reply that are tried."""


def in_one_font(reading: Reading, read: Read) -> Read | None:
    """Holds where its bold letters are the plain ones of the problem."""
    names = [n for n in names_in(Bin("=", *read.sides)) if n.startswith(BOLD)]
    if not names or reading.folded >= MAX_TRIED:
        return None
    bold = {n.partition("_")[0].partition("^")[0] for n in names}
    if not all(is_plain(reading, name) for name in bold):
        return None
    reading.folded += 1
    left, right = (plain(side) for side in read.sides)
    judgement = reading.judge.equation(left, right)
    if judgement.verdict not in TRUE:
        return None
    return replace(read, judgement=replace(judgement, reason=f"{', '.join(sorted(bold))} in one font"))


def is_plain(reading: Reading, name: str) -> bool:
    """Whether a bold letter has no meaning of its own, and the plain one has that of the problem."""
    given = reading.setting.scope.entries
    own = reading.judge.scope.find(name)
    alone = own is None or (isinstance(own[1], Drawn) and own[1].source == "reply")
    return name not in given and alone and name.removeprefix(BOLD) in given


def plain(node: Node) -> Node:
    if isinstance(node, Sym):
        return Sym(node.name.removeprefix(BOLD))
    if isinstance(node, Sub) and node.name.startswith(BOLD):
        return Sub(plain(node.base), node.name.removeprefix(BOLD), node.index)
    parts = children(node)
    return rebuilt(node, [plain(part) for part in parts]) if parts else node
