"""Readings of replies: what the letters of one reply mean, and what its relations are there for, as somebody gave it.

They lie in the run file's notes, each under its trial and assistant turn with a hash of the text that it was made for:
its places count characters of that text, so for another text it does not exist. What a reading may hold is told by
evalkit/derivation/following/plan.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from evalkit.runfile.writer import Statement
from evalkit.types import Transcript, Trial, digest

PREFIX = "reading:"
NOTED = "INSERT OR REPLACE INTO meta VALUES (?, ?)"
FORGET_SCORES = (
    "DELETE FROM scores WHERE turn = ? AND transcript IN "
    "(SELECT id FROM transcripts WHERE problem = ? AND template = ? AND model = ? AND sample = ?)"
)
Noted = Callable[[str], str | None]
"""The note under a key of a run file, None where there is none."""


def checked(data: object, text: str, origin: str) -> dict[str, Any]:
    """A reading of this text as it is kept. Raises SpecError with every complaint."""
    from evalkit.derivation.following.plan import plan_from  # heavy, and most run files hold no reading

    return plan_from(data, len(text), origin).model_dump(mode="json", by_alias=True, exclude_defaults=True)


def key_of(trial: Trial, turn: int) -> str:
    """Where the reading of an assistant turn (from 1) is noted."""
    return PREFIX + digest([trial.problem, trial.template, trial.model, trial.sample, turn])


def statements(trial: Trial, turn: int, text: str, reading: Mapping[str, Any] | None) -> list[Statement]:
    """Note a reading of an assistant turn (None: forget it); what was judged by another one is to be judged again."""
    key = key_of(trial, turn)
    note = json.dumps({"text": digest(text), "reading": reading})
    place = (turn, trial.problem, trial.template, trial.model, trial.sample)
    return [
        (NOTED, (key, note)) if reading is not None else ("DELETE FROM meta WHERE key = ?", (key,)),
        (FORGET_SCORES, place),
    ]


def of_transcript(transcript: Transcript, noted: Noted) -> Transcript:
    """The transcript with its readings. Raises ValueError, KeyError or TypeError for spoiled ones."""
    found = {}
    for turn, reply in enumerate(transcript.replies, 1):
        note = noted(key_of(transcript.trial, turn))
        if note is None:
            continue
        data = json.loads(note)
        if data["text"] == digest(reply.text):
            if not isinstance(data["reading"], dict):
                raise TypeError("a reading that is no object")
            found[str(turn)] = data["reading"]
    return replace(transcript, readings=found) if found else transcript


def author(reading: Mapping[str, Any]) -> str:
    """Whose reading it is."""
    return str(reading.get("by", "checker"))


def wrong_turns(turns: Mapping[str, object], count: int, what: str) -> str | None:
    """A complaint about keys that are no assistant turn from 1 to `count`."""
    wrong = [t for t in turns if not (t.isascii() and t.isdigit() and len(t) < 10 and 1 <= int(t) <= count)]
    return f"{what} name assistant turn {wrong[0][:80]!r}; there are turns 1 to {count}" if wrong else None
