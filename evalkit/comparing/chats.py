"""Questions asked one after the other in one chat share answers, so that their luck is not independent.

Of each sample (and model) such a chat counts once: with the mean over the problems whose own question it reached. That
holds for both readings: samples of a chat are the noise on these problems, chats are the problems like these. Arms that
ask the same problems alone are averaged over the same problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from evalkit.comparing.pairing import Matched, Rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def by_chat(found: Matched) -> tuple[Matched, int]:
    """The pairs with a row for each chat and sample, and how many problems were put together."""
    sides, several = in_chats([found.arm, found.baseline, found.alone_arm, found.alone_baseline])
    return Matched(*sides), several


def in_chats(sides: Sequence[Rows]) -> tuple[list[Rows], int]:
    """The replies of several arms, with a row for each chat and sample; in all arms alike, also in those that asked the
    same problems alone."""
    import numpy as np

    problems = np.concatenate([rows.problem for rows in sides])
    chats = np.concatenate([rows.chat for rows in sides])
    if (chats < 0).all():
        return list(sides), 0
    together = _together({*zip(problems[chats >= 0].tolist(), chats[chats >= 0].tolist(), strict=True)})
    several = sum(list(together.values()).count(other) > 1 for other in together.values())
    numbers: dict[tuple[int, ...], int] = {}  # of all sides: what two of them said alike has one number
    return [_one_row_each(rows, together, numbers) for rows in sides], several


def _together(asked: set[tuple[int, int]]) -> dict[int, int]:
    """Problem -> the least problem that shared a chat with it. asked: (problem, chat); a problem of several variants is
    asked in several chats, one for each of the numbers drawn."""
    found: dict[int, int] = {}
    first: dict[int, int] = {}
    for problem, chat in sorted(asked):
        other = found.setdefault(first.setdefault(chat, problem), first[chat])
        mine = found.setdefault(problem, problem)
        least, rest = min(mine, other), max(mine, other)
        found = {p: least if to == rest else to for p, to in found.items()}
    return found


def _one_row_each(rows: Rows, together: dict[int, int], numbers: dict[tuple[int, ...], int]) -> Rows:
    """together: problem -> the problem under whose number its chat counts. numbers: of what was said in a chat."""
    import numpy as np

    if not len(rows):
        return rows
    problem = np.array([together.get(p, p) for p in rows.problem.tolist()], dtype=np.int64)
    keys = np.stack([problem, rows.model, rows.sample])
    _, at, group = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    group = group.ravel()
    judged = rows.judged
    counts = np.bincount(group, weights=judged, minlength=len(at))
    sums = np.bincount(group, weights=np.where(judged, rows.value, 0.0), minlength=len(at))
    value = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    kept = rows.take(at)
    return replace(
        kept, value=value, problem=problem[at], text=_texts(rows.text, group, numbers), long=_any(rows.long, group)
    )


def _texts(text: NDArray[np.int64], group: NDArray[np.int64], numbers: dict[tuple[int, ...], int]) -> NDArray[np.int64]:
    """A number for all that was said in a chat: equal only where every reply of two chats is."""
    import numpy as np

    said: dict[int, list[int]] = {}
    for number, chat in zip(text.tolist(), group.tolist(), strict=True):
        said.setdefault(chat, []).append(number)
    return np.array([numbers.setdefault(tuple(said[g]), len(numbers)) for g in sorted(said)], dtype=np.int64)


def _any(flags: NDArray[np.bool_], group: NDArray[np.int64]) -> NDArray[np.bool_]:
    import numpy as np

    return np.bincount(group, weights=flags) > 0
