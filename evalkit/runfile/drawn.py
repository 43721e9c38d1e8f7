"""What was drawn for a trial: the wording of each text that has several (specs.wordings), the numbers of a problem that
has variants (specs.variants).

The draws lie in the run file's notes, each under its trial. Not covered: conversations recorded elsewhere whose lines
do not say so; neither is guessed from their messages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from evalkit.runfile.records import trial_from, whole, word
from evalkit.runfile.writer import Statement
from evalkit.specs.variants import checked
from evalkit.types import Transcript, Trial, Value, digest

PREFIX = "wordings:"
VARIANT = "variant:"
Drawn = Mapping[str, int]


def statements(transcript: Transcript) -> tuple[Statement, ...]:
    """Note the draws of a trial, or forget those of an older conversation."""
    keys = keys_of(transcript.trial)
    return tuple(
        _kept(key, transcript.trial, drawn)
        for key, drawn in zip(keys, (transcript.wordings, transcript.variant), strict=True)
    )


def _kept(key: str, trial: Trial, drawn: Mapping[str, Value]) -> Statement:
    if not drawn:
        return "DELETE FROM meta WHERE key = ?", (key,)
    # not sorted: what is drawn stands in the order of the problem file
    return "INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, json.dumps({"trial": _named(trial), "drawn": {**drawn}}))


def keys_of(trial: Trial) -> tuple[str, str]:
    """Where the draws of a trial are noted: of its wordings, of its numbers."""
    named = digest(_named(trial))
    return PREFIX + named, VARIANT + named


def read(note: str) -> tuple[Trial, dict[str, int]]:
    """Raises ValueError, KeyError or TypeError for what was not written by `statement`."""
    data = json.loads(note)
    return trial_from(data["trial"]), {word(name): whole(number) for name, number in data["drawn"].items()}


def variant(note: str) -> tuple[Trial, dict[str, Value]]:
    """Raises ValueError, KeyError or TypeError for what was not written by `statements`."""
    data = json.loads(note)
    return trial_from(data["trial"]), checked(data["drawn"])


def _named(trial: Trial) -> list[str | int]:
    return [trial.problem, trial.template, trial.model, trial.sample]
