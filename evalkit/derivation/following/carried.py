"""What the names mean that earlier replies of a conversation introduced, and the problem did not.

The replies of a conversation are analysed one after the other, and each later one asks for what was read before: it is
kept with the problem, for the last few conversations. Who asks again is charged the time that the reading took.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence

from evalkit.derivation.following.reader import read_as_it_comes
from evalkit.derivation.following.reading import Reading
from evalkit.derivation.problem.setting import Setting
from evalkit.derivation.text.document import read
from evalkit.derivation.verdicts.judge import Judge
from evalkit.derivation.worlds.deadline import Deadline
from evalkit.derivation.worlds.scope import Defined, Entry, family_key, names_in

MAX_CARRIED = 4
"""Earlier replies that are read for what their names mean."""
FOR_CARRIED = 0.3
"""The share of the time for them."""
MOST_KEPT = 64
LOCK = threading.Lock()
Names = dict[str, Entry]


def carried(before: Sequence[str], setting: Setting, seed: int, deadline: Deadline) -> tuple[Names, bool]:
    """What the names mean, and whether their share of the time was enough to read all of the replies."""
    own: Names = {}
    whole, share = True, deadline.part(FOR_CARRIED)
    texts = tuple(before[-MAX_CARRIED:])
    for number, text in enumerate(texts):
        so_far = texts[: number + 1]
        known = kept(setting).get(mark(so_far, seed)) if whole else None
        part = share.part(1 / (len(texts) - number))
        if known is not None and known[1] <= part.seconds:
            own, seconds = known
            share.charge(seconds)
            deadline.charge(seconds)
            continue
        judge = Judge(setting, seed, part)
        judge.carry(own)
        reading = read_as_it_comes(setting, read(text), judge)
        own, whole = introduced(reading), not reading.late and whole
        if whole:
            remember(so_far, seed, reading)
    return dict(own), whole


def introduced(reading: Reading) -> Names:
    """What a reply and those before it have introduced: defined by names of the problem alone."""
    known = reading.setting.scope.entries.keys()
    own = {
        n: e
        for n, e in reading.meanings.items()
        if isinstance(e, Defined) and e.index is None and not {n, n.partition("_")[0], family_key(n)} & known
    }
    return {n: e for n, e in own.items() if set(names_in(e.body)) <= known | set(e.params)}


def remember(texts: Sequence[str], seed: int, reading: Reading) -> None:
    """Keep what the last of these replies has introduced, which was read after the others, and in time."""
    if len(texts) > MAX_CARRIED:  # a later reply reads fewer before it
        return
    known = kept(reading.setting)
    key, found = mark(texts, seed), introduced(reading)
    with LOCK:
        while len(known) >= MOST_KEPT:
            known.pop(next(iter(known)), None)
        known[key] = found, reading.seconds


def kept(setting: Setting) -> dict[bytes, tuple[Names, float]]:
    found: dict[bytes, tuple[Names, float]] = setting.kept.setdefault("introduced", {})
    return found


def mark(texts: Sequence[str], seed: int) -> bytes:
    whole = "\0".join([str(seed), *(str(len(text)) for text in texts), *texts])
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).digest()
