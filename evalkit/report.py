"""The HTML report: one self-contained file, written piece by piece. Replies are untrusted and always escaped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from evalkit import __version__, tables
from evalkit.comparison import Answered, Comparison
from evalkit.errors import StoreError
from evalkit.experiment import Experiment
from evalkit.store import Store, Stored
from evalkit.types import Score


@dataclass(frozen=True)
class Message:
    """One turn for the template, with the scores of an assistant turn."""

    role: str
    content: str
    unjudged: str | None
    scores: tuple[tuple[str, str, str], ...]
    """(metric, value, reason)."""


@dataclass(frozen=True)
class Chat:
    """One conversation for the template."""

    template: str
    model: str
    sample: int
    messages: tuple[Message, ...]


@dataclass(frozen=True)
class Section:
    """One problem with all its conversations."""

    problem: str
    chats: tuple[Chat, ...]


def render(
    store: Store,
    described: Experiment | None,
    comparisons: Sequence[Comparison],
    answers: Sequence[Answered],
    target: Path,
) -> int:
    """Write the report to `target` (in place of an older one, never half of it); returns its size in bytes.

    Built from the run file alone. Raises StoreError when the file cannot be written.
    """
    environment = Environment(
        loader=PackageLoader("evalkit", "html"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    shown = tables.comparison_tables(comparisons)
    pieces = environment.get_template("report.html.j2").generate(
        title=(described.title if described else "") or store.path.stem,
        note=described.note if described else "",
        tables=[*shown, *([tables.answered_table(answers)] if answers else [])],
        sections=_sections(store),
        version=__version__,
        packages=store.meta("packages") or "",
        run=store.path.name,
    )
    half = target.with_suffix(".html.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with half.open("w", encoding="utf-8", errors="replace") as file:
            file.writelines(pieces)
        half.replace(target)
        return target.stat().st_size
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from None


def _sections(store: Store) -> Iterator[Section]:
    for problem in store.problems():
        scores: dict[tuple[object, int], list[Score]] = defaultdict(list)
        for s in store.scores(problem):
            named = Score(f"{s.scorer}.{s.score.metric}", s.score.value, s.score.reason)
            scores[s.trial, s.turn].append(named)
        yield Section(problem, tuple(_chat(stored, scores) for stored in store.transcripts(problem)))


def _chat(stored: Stored, scores: dict[tuple[object, int], list[Score]]) -> Chat:
    trial = stored.transcript.trial
    messages, turn = [], 0
    for t in stored.transcript.turns:
        found: list[Score] = []
        if t.role == "assistant":
            turn += 1
            found = scores[trial, turn]
        unjudged = t.reply.unjudged if t.reply else None
        cells = tuple((s.metric, "None" if s.value is None else f"{s.value:g}", s.reason) for s in found)
        messages.append(Message(t.role, t.content, unjudged, cells))
    return Chat(trial.template, trial.model, trial.sample, tuple(messages))
