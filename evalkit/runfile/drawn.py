"""Which wording of each text a trial was asked with, where a text has several (see specs.wordings).

The draws lie in the run file's notes, each under its trial. Not covered: conversations recorded elsewhere whose lines
do not say so; their wordings are not guessed from their messages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from evalkit.runfile.records import trial_from, whole, word
from evalkit.runfile.writer import Statement
from evalkit.types import Transcript, Trial, digest

PREFIX = "wordings:"
Drawn = Mapping[str, int]


def statement(transcript: Transcript) -> Statement:
    """Note the draws of a trial, or forget those of an older conversation."""
    key = key_of(transcript.trial)
    if not transcript.wordings:
        return "DELETE FROM meta WHERE key = ?", (key,)
    note = json.dumps({"trial": _named(transcript.trial), "drawn": dict(transcript.wordings)}, sort_keys=True)
    return "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, note)


def key_of(trial: Trial) -> str:
    """Where the draws of a trial are noted."""
    return PREFIX + digest(_named(trial))


def read(note: str) -> tuple[Trial, dict[str, int]]:
    """Raises ValueError, KeyError or TypeError for what was not written by `statement`."""
    data = json.loads(note)
    return trial_from(data["trial"]), {word(name): whole(number) for name, number in data["drawn"].items()}


def _named(trial: Trial) -> list[str | int]:
    return [trial.problem, trial.template, trial.model, trial.sample]
