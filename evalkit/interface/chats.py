"""Conversations: as they would be sent, as they were held, and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from markupsafe import escape

from evalkit.asking import probe
from evalkit.asking.cached import short_prompts
from evalkit.asking.causes import Causes
from evalkit.asking.progress import short_told
from evalkit.errors import SpecError, counted
from evalkit.interface import given
from evalkit.interface.project import AnyPath, Project
from evalkit.interface.reading import no_such
from evalkit.interface.shown import Shown, html, text_of
from evalkit.interface.wording import python_names
from evalkit.runfile.records import StoredScore
from evalkit.runfile.store import Store
from evalkit.runfile.tables import SHOWN
from evalkit.showing.safe import safe
from evalkit.showing.tables.form import Table
from evalkit.specs.homework.writing import Taken
from evalkit.specs.plan import asked_of
from evalkit.specs.problems import Problem
from evalkit.specs.templates import ANSWER_LINE, Template, rehearse
from evalkit.specs.variants import label as numbers
from evalkit.types import Message, Transcript, Trial, shown


@dataclass(frozen=True, repr=False)
class Preview(Shown):
    """A conversation as it would be sent, with stand-ins for the replies."""

    messages: tuple[Message, ...]
    requests: int
    variant: str = ""
    """Of a problem that has variants: which of how many this one is."""

    def tables(self) -> Sequence[Table]:
        return [Table("", ("role", "content"), tuple((m.role, shown(m.content, m.attachments)) for m in self.messages))]

    def lines(self) -> Sequence[str]:
        told = [f"{counted(self.requests, 'request')}; the model answers after each user turn"]
        return [*told, self.variant] if self.variant else told

    def __str__(self) -> str:
        said = [f"[{m.role}]\n{shown(m.content, m.attachments)}" for m in self.messages]
        return safe("\n\n".join([*said, "\n".join(self.lines())]))

    def _repr_html_(self) -> str:
        said = "".join(_said(m.role, shown(m.content, m.attachments)) for m in self.messages)
        return said + "".join(f"<p><small>{escape(line)}</small></p>" for line in self.lines())

    def __repr__(self) -> str:
        return f"<Preview: {counted(len(self.messages), 'message')}, {counted(self.requests, 'request')}>"


@dataclass(frozen=True)
class Chat:
    """One stored conversation and its scores by assistant turn (from 1)."""

    trial: Trial
    transcript: Transcript
    scores: tuple[StoredScore, ...]

    def of_turn(self, turn: int) -> list[StoredScore]:
        """The scores of one assistant turn."""
        return [s for s in self.scores if s.turn == turn]


@dataclass(frozen=True, repr=False)
class Chats(Shown):
    """The stored conversations of a trial, one for each model."""

    chats: tuple[Chat, ...]

    def tables(self) -> Sequence[Table]:
        columns = ("turn", "metric", "value", "reason")
        return [
            Table(
                title_of(chat),
                columns,
                tuple((str(s.turn), f"{s.scorer}.{s.score.metric}", value_of(s), s.score.reason) for s in chat.scores),
                numeric=frozenset({0, 2}),
            )
            for chat in self.chats
        ]

    def __str__(self) -> str:
        parts = []
        for chat, table in zip(self.chats, self.tables(), strict=True):
            parts += [f"[{m.role}]\n{shown(m.content, m.attachments)}" for m in chat.transcript.turns]
            parts.append(text_of([table]))
        return safe("\n\n".join(parts))

    def _repr_html_(self) -> str:
        pieces = []
        for chat, table in zip(self.chats, self.tables(), strict=True):
            pieces += [_said(m.role, shown(m.content, m.attachments)) for m in chat.transcript.turns]
            pieces.append(html(table))
        return "".join(pieces)

    def __repr__(self) -> str:
        return f"<Chats: {'; '.join(title(c.trial) for c in self.chats)}>"


@dataclass(frozen=True)
class ModelCounts:
    """One model: trials done, replies stored, what they cost, and why trials failed or cannot be judged."""

    model: str
    trials: int
    replies: int
    cost: float
    causes: dict[str, int]
    short_prompts: int = 0
    """Prompts of which the server counted fewer tokens than they can have."""


@dataclass(frozen=True, repr=False)
class Counts(Shown):
    """What a run file holds."""

    models: tuple[ModelCounts, ...]
    notes: tuple[str, ...] = ()
    """What the conformance probe found to be wrong."""

    def tables(self) -> Sequence[Table]:
        rows = tuple((m.model, str(m.trials), str(m.replies), f"{m.cost:.4g}" if m.cost else "") for m in self.models)
        causes = tuple((m.model, str(n), cause[:300]) for m in self.models for cause, n in m.causes.items())
        held = Table("Trials", ("model", "trials", "replies", "cost"), rows, "", frozenset({1, 2, 3}))
        why = Table("Not judged", ("model", "trials", "why"), causes, "", frozenset({1}))
        return [held, why] if causes else [held]

    def lines(self) -> Sequence[str]:
        told = [f"{m.model}: {short_told(m.short_prompts)}" for m in self.models if m.short_prompts]
        return [*told, *self.notes]

    def __repr__(self) -> str:
        return (
            f"<Counts: {counted(sum(m.trials for m in self.models), 'trial')} of {counted(len(self.models), 'model')}>"
        )


@python_names
def preview(
    problem: str | Problem,
    template: str | Template = "plain",
    answer_line: bool = False,
    project: Project | None = None,
) -> Preview:
    """The conversation as it would be sent, before anything is paid for. Raises SpecError."""
    folders = project or Project()
    loaded = problem if isinstance(problem, Problem) else folders.problems.load(problem)
    rendered = template if isinstance(template, Template) else folders.prompts.load(template)
    line = {ANSWER_LINE: loaded.answer_line} if answer_line else {}
    requests = rehearse(rendered, asked_of(rendered, loaded) | line, loaded.around.attached)
    return Preview(tuple(requests[-1]), len(requests), _which(loaded))


def _which(problem: Problem) -> str:
    if not problem.variant_values:
        return ""
    number, drawn = problem.variant_values.index(problem.values) + 1, numbers(problem.values)
    return f"variant {number} of {len(problem.variant_values)} ({drawn}); a run draws one for each sample"


def stored_chats(stores: Sequence[Store], wanted: tuple[str, str, str | None, int]) -> Chats:
    """Raises SpecError with the trials that there are. wanted: problem, template, model (None: every one), sample."""
    problem, template, model, sample = wanted
    stored = {s.transcript.trial: s.transcript for store in stores for s in store.transcripts(problem)}
    scores = [score for store in stores for score in store.scores(problem)]
    trials = [t for t in stored if (t.template, t.sample) == (template, sample) and model in (None, t.model)]
    if not trials:
        raise SpecError(f"{stores[0].path}: {no_such(stores, wanted)}")
    return Chats(tuple(Chat(t, stored[t], tuple(s for s in scores if s.trial == t)) for t in trials))


MOST_KEPT = 1000
"""Causes that are kept of a model."""


def counts_of(stores: Sequence[Store]) -> Counts:
    """Cause by cause, the most frequent first."""
    done, in_part = Counter[str](), Counter[str]()
    causes: dict[str, Causes] = {}
    for stored in (s for store in stores for s in store.transcripts()):
        trial, error = stored.transcript.trial, stored.transcript.error
        done[trial.model] += 1
        in_part[trial.model] += short_prompts(stored.transcript.turns)
        cause = f"failed: {error}" if error else stored.transcript.replies[-1].unjudged
        if cause is not None:
            causes.setdefault(trial.model, Causes()).add(cause[:SHOWN])
    paid: dict[str, tuple[int, float]] = {}
    for label, count, cost, _ in (row for store in stores for row in store.spent()):
        before = paid.get(label, (0, 0.0))
        paid[label] = before[0] + count, before[1] + cost
    return Counts(
        tuple(
            ModelCounts(
                model, n, *paid.get(model, (0, 0.0)),
                dict(causes.get(model, Causes()).most_common(MOST_KEPT)), in_part[model],
            )
            for model, n in sorted(done.items())
        ),
        tuple(line for store in stores for line in probe.wrong(store)),
    )  # fmt: skip


def title(trial: Trial) -> str:
    """The trial in words."""
    return f"{trial.problem} · {trial.template} · {trial.model} · sample {trial.sample}"


def title_of(chat: Chat) -> str:
    """The trial in words, and what was drawn for it."""
    drawn = numbers(chat.transcript.variant)
    return f"{title(chat.trial)} · {drawn}" if drawn else title(chat.trial)


def value_of(s: StoredScore) -> str:
    """The value, `None` where it could not be judged."""
    return "None" if s.score.value is None else f"{s.score.value:g}"


@partial(python_names, source=given.A_PATH)
def new_problem(
    identifier: str,
    folder: AnyPath = "problems",
    kind: Literal["derivation", "answer", "text"] = "text",
    source: AnyPath | None = None,
) -> Path:
    """Write the commented skeleton of a problem, `<folder>/<set>/<name>.toml`. Raises SpecError where it exists.

    kind: what is judged, every step of a derivation, a short answer, or what a text says. source: a .tex or .md file
    whose statement and solution are taken over.
    """
    from evalkit.specs import skeletons

    return Path(skeletons.problem(identifier, Path(folder), kind, None if source is None else Path(source)))


@partial(python_names, source=given.A_PATH)
def source_notes(source: AnyPath) -> list[str]:
    """What the author has to know of what `new_problem` took over from a file."""
    from evalkit.specs import sources
    from evalkit.specs.toml import read_text

    return list(sources.notes(read_text(Path(source))))


@partial(python_names, source=given.A_PATH)
def new_set(name: str, source: AnyPath, folder: AnyPath = "problems") -> Taken:
    """Take a homework (.tex, .md, .ipynb, .pdf) apart into `<folder>/<name>/`, a problem for each question or part.

    Returns the files, the ids of the problems, and `doubts`: what could not be decided. Raises SpecError where the
    folder exists or the file cannot be read; nothing is written then.
    """
    from evalkit.specs.homework import writing

    return writing.take(name, Path(folder), Path(source))


@python_names
def new_prompt(name: str, folder: AnyPath = "prompts") -> Path:
    """Write the skeleton of a prompt template, `<folder>/<name>.j2`. Raises SpecError where it exists."""
    from evalkit.specs import skeletons

    return Path(skeletons.prompt(name, Path(folder)))


@python_names
def new_project(folder: AnyPath = ".") -> list[Path]:
    """Make a project: a worked problem, an experiment that runs at once with sample replies; returns the files.

    Raises SpecError where one of them exists: nothing is written then.
    """
    from evalkit.specs import starter

    return [Path(folder) / name for name in starter.init(Path(folder))]


def _said(role: str, content: str) -> str:
    body = f"<div style='white-space:pre-wrap;margin:0 0 0.8em 1em'>{escape(safe(content))}</div>"
    return f"<div><b>{escape(role)}</b></div>{body}"
