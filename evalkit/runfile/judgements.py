"""What the judge and the reader of a run file were asked and said, to be replayed elsewhere.

Each request is a conversation of its own in the exchange format, so the provider `replay` gives the answers back:
whoever has the replies and this file judges again to the same values, without the model that judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from evalkit.runfile.records import request_from
from evalkit.runfile.store import Store
from evalkit.runfile.transcripts import to_json
from evalkit.types import JudgeSpec, ReaderSpec, Transcript, Trial, Turn, digest


def judgements(store: Store) -> Iterator[dict[str, Any]]:
    """What the judge and the reader of a run file were asked and said: conversations that `replay:FILE` gives back."""
    offices = {spec.label: spec.office for spec in officers(store)}
    for request, reply in store.replies():
        office = offices.get(request["name"])
        if office is not None:
            asked = request_from(request)
            turns = [Turn(m.role, m.content, attachments=m.attachments) for m in asked.messages]
            trial = Trial(f"{office}/{digest(request['messages'])[:16]}", office, asked.label, asked.sample)
            said = Turn("assistant", reply.text, reply)
            yield to_json(Transcript(trial, (*turns, said)))


def officers(store: Store) -> Iterator[JudgeSpec]:
    """Who judges and who reads a run file, as it notes. Raises StoreError for a note that cannot be read."""
    judge = store.noted(JudgeSpec.office, lambda text: JudgeSpec.model_validate(json.loads(text)["spec"]))
    reader = store.noted(ReaderSpec.office, lambda text: ReaderSpec.model_validate(json.loads(text)["spec"]))
    yield from (spec for spec in (judge, reader) if spec is not None)
