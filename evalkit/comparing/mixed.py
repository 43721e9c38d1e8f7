"""One label, one model with one set of parameters: a comparison refuses a run file in which two were mixed.

A run file of older versions may hold, under one label, trials that were asked with other parameters before the
experiment was changed. Which reply came from which request is told by its messages, its sample and its words; where two
sets of parameters brought the same words, either may stand. Not covered: imported conversations, whose requests are
unknown.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from evalkit.errors import SpecError, listed
from evalkit.runfile.store import Store
from evalkit.types import Trial, digest

NAMED = 5
"""So many trials are named."""


def refuse_mixed(store: Store) -> None:
    """Raises SpecError, naming trials, where the trials of one label were asked with different parameters."""
    if not store.parameters_differ():
        return
    by_label: dict[str, dict[Trial, set[str]]] = defaultdict(dict)
    for trial, found in _asked_with(store):
        by_label[trial.model][trial] = found
    faults = []
    for label, trials in sorted(by_label.items()):
        counts = Counter(p for found in trials.values() for p in found)
        usual = min(counts, key=lambda p: (-counts[p], p))
        others = sorted(trial for trial, found in trials.items() if usual not in found)
        if others:
            named = listed([f"{t.problem} {t.template} sample {t.sample}" for t in others], NAMED)
            faults.append(
                f"{store.path}: under the label {label!r}, {len(others)} of {len(trials)} trials were asked with other "
                f"parameters than the rest: {named}; run the experiment again to ask them anew, or in a new file"
            )
    if faults:
        raise SpecError(*faults)


def _asked_with(store: Store) -> Iterator[tuple[Trial, set[str]]]:
    """The sets of parameters (and models) that explain every reply of a trial."""
    asked: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for request, reply in store.replies():
        key = digest([request["messages"], request["sample"]])
        asked[key][digest(reply.text)].add(json.dumps([request["model"], request["parameters"]], sort_keys=True))
    for stored in store.transcripts():
        trial = stored.transcript.trial
        said: list[list[str]] = []
        possible: set[str] | None = None
        for turn in stored.transcript.turns:
            if turn.role == "assistant":
                found = asked.get(digest([said, trial.sample]), {}).get(digest(turn.content))
                if found:
                    possible = found if possible is None else possible & found
            said.append([turn.role, turn.content])
        if possible:
            yield trial, possible
