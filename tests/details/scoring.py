"""What every scorer says of small replies: values with reasons, spans and details.

`tests/cases/details/scoring.jsonl`: replies of the answer scorers' tables. The scorers that read a derivation get replies
about the linear autoencoder, with each of its approaches as the staff's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from evalkit.types import Conversation, Question, Score
from tests import in_process_texts as texts
from tests.derivation_help import CASES
from tests.in_process import build
from tests.recorded import plain, short

STAFFS = ("differentials", "projector", "svd_of_data")
READERS = ("approach", "ban", "equations", "leaps", "milestones", "novelty")
REPLIES = (
    (texts.WHOLE,), (texts.SVD_TO_THE_END, texts.WHOLE), (texts.GRADIENTS, texts.CLAIM), (texts.TRUE, texts.FALSE),
    (texts.UNSTATED,), (texts.SVD_DROPPED + texts.CONDITIONS,), (texts.DIFFERENTIAL, texts.PROJECTOR), (texts.WORDS, texts.UNREAD),
)  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    del folder
    for line in (CASES.parent / "details" / "scoring.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        question = Question("set/problem", row.get("statement", "What?"), row.get("passage"), row.get("solution", ""))
        scores = build(row["scorer"], **row["fields"]).score(Conversation(question, tuple(row["replies"])))
        yield f"{row['scorer']} {_said(scores)} {' '.join(row['replies'][-1].split())[:60]}"
    for staff in STAFFS:
        problem = texts.problem(staff)
        for n, replies in enumerate(REPLIES):
            conversation = Conversation(problem.question, replies, texts.analysed(replies, staff))
            for name in READERS:
                yield f"{staff} {n} {name} {_said(build(name).score(conversation))}"


def _said(scores: Iterable[Score]) -> str:
    """The values, and a digest of all that is said."""
    found = list(scores)
    values = ",".join("-" if s.value is None else f"{s.value:.6g}" for s in found)
    rest = [(s.metric, s.reason, s.spans, sorted(s.details.items()), s.given) for s in found]
    return f"{values} {short(plain(repr(rest)))}"
