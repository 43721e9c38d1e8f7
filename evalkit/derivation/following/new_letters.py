r"""Doubts by what a relation brings in: who works something out ends with letters that stood in it, or with fewer.

In text that no rule had met, what was called false and had a free letter on its right that its left does not rest on (`y = Ce^x`,
`\pi_1 = 0.8\pi_1 + 0.6\pi_2`) was a law, a condition or a definition four times as often as an error; what set letters to a
number outside of a chain (`f(0) + g(0) = 1/4`) five times. Derivatives bring in letters by themselves.

Every public function that takes grounds and a relation is a doubt (doubts.py). Not covered: names of which nothing is known.
"""

from __future__ import annotations

from evalkit.derivation.following import scopes
from evalkit.derivation.following.grounds import Grounds
from evalkit.derivation.following.numbers import number_in
from evalkit.derivation.following.passing import LED_TO
from evalkit.derivation.following.reading import Read
from evalkit.derivation.following.standing import is_concluded
from evalkit.derivation.following.to_be_solved import is_link
from evalkit.derivation.grammar.nodes import Big, Call, Node, Sym, has_derivative, is_zero, walk
from evalkit.derivation.verdicts.verdict import Verdict
from evalkit.derivation.worlds.scope import family_key


def is_slope(side: Node) -> bool:
    """Whether a derivative stands in it, `y'` too."""
    return has_derivative(side) or any(isinstance(n, Sym | Call) and n.name.endswith("'") for n in walk(side))


def new_letter(grounds: Grounds, read: Read) -> str:
    """Has a free letter on the right on which the left does not rest: more often a law or a condition than worked out wrongly."""
    if not is_bare(read) or read.judgement.rule == "moments" or grounds.reading.in_special(*read.sides):
        return ""
    rests = grounds.judge(read).general.depends(read.sides[0])
    new = (grounds.free(read, read.sides[1]) - rests - grounds.data(read)) & grounds.names(read)
    entries = grounds.judge(read).scope.entries
    new = frozenset(n for n in new if family_key(n) not in entries)  # of `\lambda_i` not \lambda
    return f"{min(new)}: new on the right, which may tell what it is" if new else ""


def set_to_a_number(grounds: Grounds, read: Read) -> str:
    """Sets free letters equal to a number, not 0, and is no link of a chain: more often a condition than worked out wrongly."""
    left, right = read.sides
    if (
        not is_bare(read)
        or is_zero(right)
        or not scopes.is_constant(right)
        or not grounds.free(read, left) & grounds.names(read)
    ):
        return ""
    if number_in(grounds.judge(read).general, right) is None or any(isinstance(n, Big) for n in walk(left)):
        return ""  # a column of ones; an integral is worked out
    return "a number for free letters, which may be a condition"


def is_bare(read: Read) -> bool:
    """Whether it fails, has no derivative, begins its chain, and no word says that it follows."""
    if read.judgement.verdict is not Verdict.FAILS or any(map(is_slope, read.sides)) or is_link(read):
        return False
    return not (is_concluded(read) or LED_TO.search(read.words))
