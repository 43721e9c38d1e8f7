"""The relations of stored replies: where they stand, and what the checker says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.judging import asked
from evalkit.reading.votes import READING
from evalkit.runfile.records import Stored
from evalkit.runfile.store import Store
from evalkit.specs.problems import parse

MAX_REPLY = 60_000
"""Characters; longer replies are labelled as a whole."""


def relations(path: Path, stored: Stored, turn: int) -> list[tuple[int, int, str]]:
    """(start, stop, verdict) of every relation of an assistant turn, as `score` reads it, but for what labels settle;
    none where the problem declares no mathematics or the reply cannot be read in time."""
    from evalkit.derivation.following.plan import plan_from
    from evalkit.interface.equations import bounded, bounded_with

    transcript = stored.transcript
    reply = transcript.replies[turn - 1]
    with Store(path) as store:
        source = store.spec("problem", transcript.trial.problem)
        if source is None:
            return []
        problem = parse(source, transcript.trial.problem, "run file")
        said = asked.said(store, asked.kept(store, "reader"), problem, reply).get(READING, ())
    text = reply.text
    if problem.setting is None or len(text) > MAX_REPLY:
        return []
    given = transcript.readings.get(str(turn))
    proposed = next((vote.found[READING] for vote in said if vote.found), None)
    try:
        plan = None if given is None else plan_from(given, len(text), "the stored reading")
        if plan is None and proposed is not None:
            found = bounded_with(proposed, text, problem.setting)
        else:
            found = bounded(text, problem.setting, plan)
    except EvalkitError:
        return []
    return [(r.start, r.end, str(r.verdict)) for r in found.relations if not r.negated]


def places(path: Path, stored: Stored, turn: int) -> Sequence[tuple[int, int]]:
    """Where they stand, each place once: what a labeller is asked about."""
    return list(dict.fromkeys((start, stop) for start, stop, _ in relations(path, stored, turn)))
