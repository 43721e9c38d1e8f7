"""A warning where a server changed the model between arms."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.comparing.served import differing
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.types import Reply, Transcript, Trial, Turn

SERVED = [
    ("the-same", [("plain", "m-1"), ("hint", "m-1")], 0),
    ("another", [("plain", "m-1"), ("hint", "m-2")], 1),
    ("both-in-both", [("plain", "m-1"), ("plain", "m-2"), ("hint", "m-1"), ("hint", "m-2")], 0),
    ("one-arm-changed-midway", [("plain", "m-1"), ("hint", "m-1"), ("hint", "m-2")], 1),
    ("unknown", [("plain", None), ("hint", None)], 0),
    ("known-of-one-arm", [("plain", "m-1"), ("hint", None)], 0),
]


@pytest.mark.parametrize(("replies", "warnings"), [s[1:] for s in SERVED], ids=[s[0] for s in SERVED])
def test_arms_that_another_model_served(tmp_path: Path, replies: list[tuple[str, str | None]], warnings: int) -> None:
    with Store(tmp_path / "run.sqlite", write=True) as store:
        for n, (arm, served) in enumerate(replies):
            reply = Reply("yes", served_by=served)
            said = (Turn("user", "q"), Turn("assistant", "yes", reply))
            store.keep_transcript(Transcript(Trial("p", arm, "m", n), said)).result()
        found = differing(Runs([store]))
    assert len(found) == warnings
    if warnings:
        assert found[0].startswith("Mind that the arms of m were not served by the same model (hint: ")
