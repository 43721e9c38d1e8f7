"""Where the contents of a run file come from: which file it is, which shards were asked into it, what each paid.

A merged file holds what was paid beside its replies by the file that paid it, so that merging one twice counts it once.
Not covered: a file that was copied, and both copies gone on with; what they paid beside their replies counts as one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

ORIGIN = "origin"
SHARDS = "shards"
BESIDE = "spent_beside"
"""What the run file has paid for beside the replies that it holds: failed attempts and probes."""
PAID = "beside:"
"""The same by the file that paid it, or by the reply that another one took the place of."""
UNMATCHED = "unmatched:"
"""What a log of another tool calls a question that was no problem when the log was imported."""
NOTHING = 1e-12
"""Money that is left over by adding in another order."""
Paid = tuple[int, float]
"""Requests, money."""


def shards_to(shards: Iterable[str]) -> str:
    return json.dumps(sorted(shards, key=_order))


def shards_from(text: str) -> list[str]:
    """Raises ValueError for what is no list of shards."""
    found = json.loads(text)
    if not isinstance(found, list) or not all(re.fullmatch(r"[0-9]{1,6}/[0-9]{1,6}", str(s)) for s in found):
        raise ValueError(f"{text:.60} is no list of shards")
    return sorted(map(str, found), key=_order)


def _order(shard: str) -> tuple[int, int]:
    number, _, of = shard.partition("/")
    return int(of), int(number)


def missing(shards: Iterable[str]) -> list[str]:
    """The shards that are not there of those that begin to be, such as `5/8`."""
    have = {_order(shard) for shard in shards}
    return [f"{n}/{of}" for of in sorted({of for of, _ in have}) for n in range(1, of + 1) if (of, n) not in have]


def paid_from(text: str) -> Paid:
    """Raises ValueError, KeyError or TypeError for what evalkit does not write."""
    found = json.loads(text)
    return int(found["requests"]), float(found["cost"])


def paid_to(paid: Paid) -> str:
    return json.dumps({"requests": paid[0], "cost": paid[1]})
