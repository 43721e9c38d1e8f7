"""The conversations of a run as the report shows them: problem by problem, the arms of a sample side by side."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from markupsafe import Markup

from evalkit.judging.metrics import metric_info, metrics
from evalkit.runfile.labels import standing
from evalkit.runfile.records import Stored, StoredScore
from evalkit.runfile.store import Store
from evalkit.showing.report.evidence import Item, evidence
from evalkit.showing.report.markup import markup
from evalkit.specs.attachments import image_type
from evalkit.specs.variants import label
from evalkit.types import Attachment, Tags, Trial
from evalkit.types import shown as shown_turn

MAX_CHATS = 10_000
"""Conversations of one page; more would make it too large for a browser."""
MAX_PICTURE = 200_000
"""Bytes of an image that the page shows; larger ones, and PDF files, are named with their size."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MIXED, UNJUDGED = "label disagrees", "could not be judged"


class Formulas:
    """The different formulas of a problem's conversations, each kept once: typeset they are most of a page."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def folded(self, html: str) -> Markup:
        """With `<i data-m="n"></i>` in place of formulas; no text can look like that, since its `<` is escaped."""
        return Markup(_MATH.sub(self._number, html))  # noqa: S704 - it was markup before

    def _number(self, found: re.Match[str]) -> str:
        return f'<i data-m="{self.numbers.setdefault(found[0], len(self.numbers))}"></i>'


class Whole(Formulas):
    """Leaves every formula where it is: for a page of a few conversations."""

    def folded(self, html: str) -> Markup:
        return Markup(html)  # noqa: S704 - as above


@dataclass(frozen=True)
class Line:
    """One stored score of a turn, and the human label where there is one."""

    metric: str
    value: str
    reason: str
    label: str | None
    agrees: bool


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: str
    html: Markup
    folded: bool
    """Long prompts are folded."""
    unjudged: str | None
    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    earlier: bool = False
    """Of a question before the one that is judged: folded."""
    reasoning: Markup | None = None
    """What the model thought before it answered, folded: no scorer reads it."""


@dataclass(frozen=True)
class Chat:
    """One conversation. tags: what the filters look for. `number` is its place in the data of the problem."""

    arm: str
    number: int
    tags: tuple[str, ...]
    messages: tuple[Message, ...]
    error: str | None
    headline: tuple[str, ...]
    """What must be the same in two arms that do not differ."""
    attached: tuple[Attachment, ...] = ()
    drawn: str = ""
    """The numbers of its variant."""


@dataclass(frozen=True)
class Block:
    """All arms of one problem, model and sample."""

    model: str
    sample: int
    chats: tuple[Chat, ...]

    @property
    def drawn(self) -> str:
        """What was drawn of a problem that has variants; of arms that were asked others, each."""
        return " / ".join(dict.fromkeys(chat.drawn for chat in self.chats if chat.drawn))

    @property
    def differs(self) -> bool:
        return len({c.headline for c in self.chats}) > 1


@dataclass(frozen=True)
class File:
    """An attachment: its name and size, and for a small image its content as a data URL."""

    label: str
    picture: str | None


@dataclass(frozen=True)
class Section:
    """One problem."""

    problem: str
    blocks: tuple[Block, ...]
    left_out: int = 0
    """Conversations of this problem that the page has no room for."""
    formulas: Formulas = field(default_factory=Formulas)
    attached: tuple[File, ...] = ()
    """What went along with its conversations, each file once."""
    others: int = 0
    """Problems after this one that the page has no room for at all."""

    @property
    def chats(self) -> list[Chat]:
        return [chat for block in self.blocks for chat in block.chats]


def sections(stores: Sequence[Store], arms: Sequence[str]) -> Iterator[Section]:
    """One section after the other, arms in the given order; only one problem's conversations are held at a time.

    Of large runs each problem shows its first samples, all arms of each, MAX_CHATS conversations in all.
    """
    order = {arm: i for i, arm in enumerate(arms)}
    trials: dict[str, list[tuple[Store, int, Trial]]] = defaultdict(list)
    for store in stores:
        for key, trial, _ in store.trials():
            trials[trial.problem].append((store, key, trial))
    problems, taken = sorted(trials), 0
    for i, problem in enumerate(problems, 1):
        here = trials.pop(problem)
        wanted, left_out = _shown([trial for *_, trial in here], max(MAX_CHATS // len(problems), 1))
        formulas = Formulas()
        found = []
        for store in stores:
            ids = [key for of, key, trial in here if of is store and (trial.model, trial.sample) in wanted]
            found += [((t.model, t.sample), chat) for t, chat in chats_of(store, ids, formulas)]
        found.sort(key=lambda chat: (*chat[0], order.get(chat[1].arm, len(order)), chat[1].arm))
        count = iter(range(len(found)))
        taken += len(found)
        is_full = taken >= MAX_CHATS
        yield Section(
            problem,
            tuple(
                Block(model, sample, tuple(replace(chat, number=next(count)) for _, chat in part))
                for (model, sample), part in groupby(found, key=lambda chat: chat[0])
            ),
            left_out,
            formulas,
            _files(stores, [a for _, chat in found for a in chat.attached]),
            len(problems) - i if is_full else 0,
        )
        if is_full:
            return


def _files(stores: Sequence[Store], attached: Sequence[Attachment]) -> tuple[File, ...]:
    return tuple(
        File(a.label.strip("[]"), _picture(stores, a)) for a in {(a.sha256, a.label): a for a in attached}.values()
    )


def _picture(stores: Sequence[Store], attachment: Attachment) -> str | None:
    """The type is that of the content, whatever the file says: nothing but an image is ever put into the page."""
    stored = next((found for store in stores if (found := store.attachment(attachment.sha256, MAX_PICTURE))), None)
    kind = image_type(stored[1]) if stored else None
    if stored is None or kind not in PICTURES:
        return None
    return f"data:{kind};base64,{base64.b64encode(stored[1]).decode('ascii')}"


def _shown(trials: Sequence[Trial], most: int) -> tuple[set[tuple[str, int]], int]:
    """The (model, sample) that are shown of one problem, lowest samples first, and how many conversations are not."""
    blocks = Counter((t.model, t.sample) for t in trials)
    kept: set[tuple[str, int]] = set()
    count = 0
    for block in sorted(blocks, key=lambda b: (b[1], b[0])):
        if kept and count + blocks[block] > most:
            break
        kept.add(block)
        count += blocks[block]
    return kept, len(trials) - count


def chats_of(store: Store, ids: Sequence[int], formulas: Formulas | None = None) -> Iterator[tuple[Trial, Chat]]:
    """These conversations alone, in the order of the trials. formulas: those of the problem, else each stays where it
    is."""
    scores: dict[Trial, list[StoredScore]] = defaultdict(list)
    for score in store.scores(ids=ids):
        scores[score.trial].append(score)
    for stored in store.transcripts(ids=ids):
        trial = stored.transcript.trial
        yield trial, _chat(stored, scores.pop(trial, []), formulas or Whole())


def _chat(stored: Stored, scores: Sequence[StoredScore], formulas: Formulas) -> Chat:
    transcript = stored.transcript
    by_turn: dict[int, list[StoredScore]] = defaultdict(list)
    for s in scores:
        by_turn[s.turn].append(s)
    messages: list[Message] = []
    turn = 0
    for t in transcript.turns:
        if t.role != "assistant":
            folded, said = t.earlier or len(t.content) > 240, shown_turn(t.content, t.attachments)
            messages.append(Message(t.role, formulas.folded(markup(said)), folded, None, (), (), t.earlier))
            continue
        if t.earlier:
            unjudged = t.reply.unjudged if t.reply else None
            messages.append(Message("assistant", formulas.folded(markup(t.content)), True, unjudged, (), (), True))
            continue
        turn += 1
        labels = standing(transcript, turn)
        marks, items = evidence(t.content, by_turn[turn])
        html = formulas.folded(markup(t.content, marks))
        lines = tuple(_line(s, labels) for s in by_turn[turn])
        thought = formulas.folded(markup(t.reply.reasoning)) if t.reply and t.reply.reasoning else None
        unjudged = t.reply.unjudged if t.reply else None
        messages.append(Message("assistant", html, False, unjudged, lines, items, reasoning=thought))
    judged = by_turn[stored.scored_turn or turn]
    tags = _tags(judged)
    headline = tuple(name for name, states in tags.items() if states)
    along = tuple(a for t in transcript.turns for a in t.attachments)
    mixed = (MIXED,) if any(not line.agrees for m in messages for line in m.lines) else ()
    return Chat(
        transcript.trial.template, 0, (*tags, *mixed), tuple(messages), transcript.error, headline, along,
        label(transcript.variant),
    )  # fmt: skip


def _line(stored: StoredScore, labels: Mapping[str, float | None]) -> Line:
    name = f"{stored.scorer}.{stored.score.metric}"
    value, label = stored.score.value, labels.get(name)
    if name not in labels:
        return Line(name, shown(value), stored.score.reason, None, True)
    agrees = (value is None) == (label is None) and abs((value or 0) - (label or 0)) < 0.005
    return Line(name, shown(value), stored.score.reason, shown(label), agrees)


def shown(value: float | None) -> str:
    """A value of a score as text."""
    return "not judged" if value is None else f"{value:.3g}"


def all_tags() -> list[str]:
    """Every tag that a conversation may have, in the order of the filters."""
    declared = sorted({i.tags for i in metrics().values() if i.tags}, key=lambda tags: (tags.place, tags.names))
    named = [name for tags in declared for name in reversed(tags.names) if name]
    answers = {name for i in metrics().values() if i.tags and i.role == "answer" for name in i.tags.names}
    first = [name for name in named if name in answers]
    return list(dict.fromkeys([*first, UNJUDGED, *named, MIXED]))


def _tags(scores: Sequence[StoredScore]) -> dict[str, bool]:
    """What a reader would filter for, from the scores of the judged turn; with whether arms differ if these do."""
    named = [(metric_info(f"{s.scorer}.{s.score.metric}"), s.score.value) for s in scores]
    worst: dict[Tags, float] = {}
    for info, value in named:
        if info.tags is not None and value is not None:
            worse = max if info.better == "lower" else min
            worst[info.tags] = worse(value, worst.get(info.tags, value))
    answers = [value for info, value in named if info.role == "answer"]
    judged = answers or [value for _, value in named]
    found = {UNJUDGED: True} if all(value is None for value in judged) else {}
    for tags, value in sorted(worst.items(), key=lambda item: item[0].place):
        name = tags.names[min(int(value), len(tags.names) - 1)]
        if name:
            found[name] = all(tags.names)
    return found


_MATH = re.compile(r"<math\b.*?</math>", re.DOTALL)


def packed(bodies: Iterable[str], formulas: Formulas) -> Iterator[Markup]:
    """The bodies of a problem's conversations as JSON that is safe inside a script element, one by one.

    Each different formula is stored once: `{"chats": [...], "math": [...]}`.
    """
    yield Markup('{"chats": [')
    yield from _listed(formulas.folded(body) for body in bodies)  # reasons and evidence hold formulas too
    yield Markup('], "math": [')
    yield from _listed(formulas.numbers)
    yield Markup("]}")


def _listed(texts: Iterable[str]) -> Iterator[Markup]:
    for place, body in enumerate(texts):
        text = json.dumps(body, ensure_ascii=False)
        for raw in "<>&\u2028\u2029":
            text = text.replace(raw, f"\\u{ord(raw):04x}")
        yield Markup(", " * (place > 0) + text)  # noqa: S704 - its < > & are escaped in the lines above
