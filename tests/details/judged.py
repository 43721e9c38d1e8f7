"""What becomes of a judge's votes: every kind of reply of one, read; every mixture of votes, settled; by every scorer that asks.

One vote, two that differ, three, and votes that cannot be read; each with the reasons that are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

from evalkit.reading import votes
from evalkit.types import Conversation, Question, Score, Vote
from tests.in_process import build

OPTIONS = ("first", "second")
VALUES: tuple[Any, ...] = (
    True, False, None, 0, 3, 4, 2.0, "", "so 2 = 3", [True, False], [True], [0, 3], [4, 0], [True, 1], {"relations": [], "scopes": []}, {},
)  # fmt: skip
SAID = {"yes": 1.0, "no": 0.0, "half": 2.0, "silent": None}
SCORERS: dict[str, tuple[dict[str, Any], str]] = {
    "judge": ({"asks": ["level", "right", "sound"]}, "Split it; 2 = 3 at last."),
    "rubric": ({
        "required": [
            {"name": "cause", "any_of": ["friction"], "otherwise": "unjudged"}, {"name": "both", "any_of": ["heat", ["light", "glow"]], "at_least": 2},
        ],
        "forbidden": [{"name": "magic", "any_of": ["magic"], "instead_of": "cause"}],
        "words": {"name": "length", "low": 2, "high": 6},
        "judge": [{"name": "why", "asks": "Does it say why?"}, {"name": "polite", "asks": "Is it polite?"}],
    }, "Rubbing makes heat and a glow."),
    "rubric of one": ({"required": [{"name": "cause", "any_of": ["friction"], "otherwise": "unjudged"}]}, "It is by magic."),
    "text": ({"any_of": ["even"], "judge": True}, "It leaves nothing over."),
}  # fmt: skip
FOUND: dict[str, tuple[dict[str, Any], ...]] = {
    "approach": ({"levels": {"halving": 3, "counting": 0}}, {"levels": {"halving": 1, "counting": 0}}, {"levels": {"counting": 2}}),
    "answer": ({"right": True}, {"right": False}),
    "sound": ({"first_wrong": None}, {"first_wrong": "2 = 3"}, {"first_wrong": "2 = 4"}),
    "rubric": tuple({"met": dict(zip(("cause", "why", "polite"), met, strict=True))} for met in product((True, False), repeat=3)),
}  # fmt: skip


def told(folder: Path) -> Iterator[str]:
    del folder
    yield from _read()
    for count in (0, 1, 2, 3, 4):
        for names in combinations_with_replacement(SAID, count):
            given = [_vote(name, n) for n, name in enumerate(names)]
            found = votes.settled(given, lambda found: found["value"])
            mended = votes.in_place_of(
                Score("m", None, "by the rules", details={"own": 1}), given, lambda f: f["value"]
            )
            yield f"settled {' '.join(names)}: {found} | {mended.value} {mended.reason} {mended.details}"
    for name, (fields, reply) in SCORERS.items():
        scorer = build(name.split()[0], **fields)
        for kind, options in scorer.questions().items():
            yield f"--- {name} asks {kind}: {options}"
        yield from _scored(name, scorer, reply)


def _vote(name: str, n: int) -> Vote:
    return Vote(None if name == "silent" else {"value": SAID[name]}, f"reason {n}" if n % 2 == 0 else "")


def _read() -> Iterator[str]:
    for kind, (key, *_) in votes.KEYS.items():
        yield f"schema {kind}: {short_of(votes.schema(kind))}"
        for value in VALUES:
            found = votes.read(kind, json.dumps({"reason": " as\n told ", key: value}), OPTIONS)
            yield f"{kind} {value!r}: {found.found} {found.reason!r}"
        for text in (
            "",
            "{}",
            "[]",
            "null",
            f'{{"{key}": true, "{key}": true}}',
            f'{{"{key}": true}} so',
            '{"other": 1}',
            f'{{"{key}": true, "reason": 1}}',
        ):
            yield f"{kind} {text}: {votes.read(kind, text, OPTIONS)}"


def short_of(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema)[:200]


def _scored(name: str, scorer: Any, reply: str) -> Iterator[str]:
    """All votes alike, then two against one, then one that is unreadable among two and among three."""
    question = Question("set/parity", "Odd or even?", None, "even", staff_approach="halving")
    unread = Vote(None, "not the JSON")
    for count in (0, 1, 2, 3):
        for n in range(8 if count else 1):
            given = {
                kind: [Vote(f[n % len(f)] if i < 2 else f[(n + 1) % len(f)], f"said {i}") for i in range(count)]
                for kind, f in FOUND.items()
            }
            if count > 1 and n % 2:
                given = {kind: [unread, *some[1:]] for kind, some in given.items()}
            yield from _line(
                f"{name} {count}.{n}",
                scorer.score(Conversation(question, (reply,), votes=partial(_votes, given))),
            )


def _votes(given: Mapping[str, Sequence[Vote]], kind: str) -> Sequence[Vote]:
    return given.get(kind, ())


def _line(name: str, scores: Sequence[Score]) -> Iterator[str]:
    for s in scores:
        yield f"{name} {s.metric}: {s.value} {s.reason} {[(x.kind, x.start, x.end, x.note) for x in s.spans]} {s.details}"
