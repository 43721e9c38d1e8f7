r"""`3.1e35/2e30 = 1.6e5`, `\sqrt{5.97 \times 10^7} = 7.73 \times 10^3`: a number with a power of ten behind it has as many figures
as are written before that.

Not covered: a number with an `e` and without decimals (`2e5`), which may be exact; sums, in which large numbers hide the figures
of small ones.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.figures import exactly
from evalkit.derivation.following.nearly import ROUNDED
from evalkit.derivation.following.numbers import POWER_OF_TEN, TEN, sides
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.grammar.nodes import Bin, Node, children
from evalkit.derivation.verdicts.verdict import Judgement, Verdict

_WRITTEN = re.compile(r"[-−]?\d\.(\d{1,15})[eE]([+-]?\d{1,3})")
_MANTISSA = re.compile(rf"(?<![\d.])(\d{{1,6}}(?:\.(\d{{1,15}}))?)(?:{TEN})?")
_ONE = re.compile(rf"[-−]?(\d{{1,6}}(?:\.(\d{{1,15}}))?){TEN}")
SLACK = 1e-6


def written_with_e(reading: Reading, read: Read) -> Read | None:
    """Is right up to the last figure that is written before a power of ten, or up to what those of both sides leave open."""
    if not all(map(scopes.is_constant, read.sides)):
        return None
    places = [(other, side, reading.document.text[low:high].strip()) for side, other, low, high in sides(read)]
    for other, side, text in places:
        found = _WRITTEN.fullmatch(text)
        values = [exactly(reading.judge.general, node) for node in (side, other)]
        if found is None or values[0] is None or values[1] is None:
            continue
        if abs(values[0][0] - values[1][0]) <= (0.5 + SLACK) * 10.0 ** (int(found[2]) - len(found[1])):
            return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="rounded"))
    return with_powers_of_ten(reading, read, [text for _, _, text in places])


def with_powers_of_ten(reading: Reading, read: Read, texts: list[str]) -> Read | None:
    """The same of powers of ten in signs; what is computed from them may be off by what the figures of all of them leave open."""
    if any(map(adds, read.sides)) or not any(map(POWER_OF_TEN.search, texts)):
        return None
    values = [exactly(reading.judge.general, node) for node in read.sides]
    left, right = (0.0 if value is None else value[0] for value in values)
    if not left or not right:
        return None
    off = abs(left - right) / max(abs(left), abs(right))
    alone = next((found for found in map(_ONE.fullmatch, reversed(texts)) if found is not None), None)
    if alone is not None and alone[2] and off <= (0.5 + SLACK) * share(alone):
        return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="rounded"))
    rounded = [m for text in texts for m in _MANTISSA.finditer(text) if m[2] or POWER_OF_TEN.search(m[0])]
    return read.decided(Verdict.DISPUTED, ROUNDED) if off <= (0.5 + SLACK) * sum(map(share, rounded)) else None


def adds(node: Node) -> bool:
    """Whether numbers are added, other than in an exponent, which is exact."""
    if isinstance(node, Bin) and node.op in ("+", "-", "^"):
        return node.op != "^" or adds(node.left)
    return any(map(adds, children(node)))


def share(written: re.Match[str]) -> float:
    """What one more in the last figure of a number adds, relative to it."""
    return 10.0 ** -len(written[2] or "") / (float(written[1]) or 1.0)
