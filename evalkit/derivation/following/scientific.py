"""`3.1e35/2e30 = 1.6e5`: a number with a power of ten behind it has as many figures as are written before the `e`.

Not covered: a power of ten in signs (`1.6 * 10^5`), numbers without decimals (`2e5`), which may be exact.
"""

from __future__ import annotations

import re
from dataclasses import replace

from evalkit.derivation.following import scopes
from evalkit.derivation.following.numbers import number_in, sides
from evalkit.derivation.following.reading import Read, Reading
from evalkit.derivation.verdicts.verdict import Judgement, Verdict

_WRITTEN = re.compile(r"[-−]?\d\.(\d{1,15})[eE]([+-]?\d{1,3})")
SLACK = 1e-6


def written_with_e(reading: Reading, read: Read) -> Read | None:
    """Is right up to the last figure that is written before a power of ten."""
    if not all(map(scopes.is_constant, read.sides)):
        return None
    for side, other, low, high in sides(read):
        found = _WRITTEN.fullmatch(reading.document.text[low:high].strip())
        values = [number_in(reading.judge.general, node) for node in (side, other)]
        if found is None or values[0] is None or values[1] is None:
            continue
        if abs(values[0] - values[1]) <= (0.5 + SLACK) * 10.0 ** (int(found[2]) - len(found[1])):
            return replace(read, judgement=Judgement(Verdict.IDENTITY, reason="rounded"))
    return None
