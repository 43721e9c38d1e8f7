"""Replies that repeat another sample, told when they come in. No arrays: a run needs no numpy for it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from itertools import groupby, islice
from operator import itemgetter

from evalkit.runfile.records import is_long
from evalkit.runfile.store import Store

MOST = 100_000
"""So many replies of one problem, arm and model are looked at: beyond that, memory would be what limits them."""


def copies_told(store: Store) -> str | None:
    """A warning where replies of a run file repeat another one of the same problem, arm and model."""
    lost = total = 0
    for _, replies in groupby(store.conversations(), key=itemgetter(0)):
        times = Counter(said for _, said in islice(replies, MOST))
        total += times.total()
        lost += superfluous(times)
    if not lost:
        return None
    return f"{lost} of {total} replies repeat another sample word for word; copies are no samples and count once"


def superfluous(times: Mapping[bytes, int]) -> int:
    """How many replies of one problem, arm and model do not count; times: hash -> how often. As `pairing.distinct`."""
    divisor = math.gcd(*times.values())
    return sum(count - (1 if is_long(said) else count // divisor) for said, count in times.items())
