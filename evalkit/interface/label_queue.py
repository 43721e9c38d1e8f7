"""Replies labelled one by one: what `evalkit label` and the pages of `evalkit view` ask, store and take back.

Nothing is kept in memory between two replies but the order: whoever comes back goes on where nothing is labelled yet.
A labeller sees the problem, the staff's solution and the reply; never the arm, the model, or what scorers said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evalkit.comparing import to_label
from evalkit.comparing.to_label import Place
from evalkit.errors import SpecError
from evalkit.interface.labelling import made_ready
from evalkit.interface.wording import python_names
from evalkit.judging.metrics import metric_info
from evalkit.runfile import labels
from evalkit.runfile.records import Stored
from evalkit.runfile.store import Store
from evalkit.specs.problems import Problem, parse
from evalkit.types import RELATION, Label, Metric, Transcript

ROLES = ("answer", "use level", "violation")
MORE = ("approach.rival_level", "leaps.count")
MOST_RELATIONS = 60
"""Relations of one reply that are asked about."""
TOLD = {
    "answer": ("wrong", "right"),
    "violation": ("kept to the ban", "uses what is banned"),
    "use level": ("absent", "only mentioned", "set up", "carries the conclusion"),
    "leaps.count": ("no leap", "one leap", "two leaps", "three or more"),
}
Span = tuple[int, int]
Relations = Callable[[Path, Stored, int], Sequence[Span]]
"""Where the relations of an assistant turn stand; nothing where a problem declares no mathematics."""


@dataclass(frozen=True)
class LabelQuestion:
    """One thing to say of a reply. choices: (key to press, value, in words)."""

    metric: str
    about: str
    choices: tuple[tuple[str, float | None, str], ...]
    start: int = 0
    stop: int = 0
    said: float | None = None
    """What this labeller said before, where `answered`."""
    answered: bool = False

    @property
    def name(self) -> str:
        """The name of its field in a form."""
        return f"{RELATION}:{self.start}:{self.stop}" if self.metric == RELATION else self.metric


@dataclass(frozen=True)
class LabelItem:
    """One reply to be labelled."""

    place: Place
    stored: Stored = field(repr=False)  # it names the arm
    problem: Problem | None = field(repr=False)
    questions: tuple[LabelQuestion, ...]
    done: int
    """Replies that this labeller has labelled."""
    total: int

    @property
    def text(self) -> str:
        return self.stored.transcript.replies[self.place[1] - 1].text


@dataclass
class LabelQueue:
    """The replies of one run file, in the order in which they are asked about. One of these serves all labellers."""

    path: Path
    seed: int = 0
    unsure: bool = False
    double: float = 1.0
    relations: Relations = lambda path, stored, turn: ()
    _order: list[Place] = field(default_factory=list)
    _of: tuple[int, int] = (-1, -1)

    @python_names
    def next(self, labeller: str, after: Place | None = None) -> LabelItem | None:
        """The first reply behind `after` (skipped ones come again next time) that this labeller has to label."""
        with Store(self.path) as store:
            order, by = self._ordered(store), store.labelled_by()
            start = order.index(after) + 1 if after in order else 0
            for place in order[start:]:
                if to_label.wanted(place, by.get(place, set()), labeller, self.double, self.seed):
                    stored = self._stored(store, place)
                    if stored.transcript.replies[place[1] - 1].unjudged is None:
                        return self._item(store, stored, place, labeller)
        return None

    @python_names
    def at(self, place: Place, labeller: str) -> LabelItem:
        """One reply, labelled or not. Raises SpecError."""
        with Store(self.path) as store:
            return self._item(store, self._stored(store, place), place, labeller)

    @python_names
    def keep(self, place: Place, labeller: str, said: Mapping[str, float | None]) -> None:
        """Store what a labeller says of a reply, in place of what this labeller said of the same questions before.

        said: by `LabelQuestion.name`; questions that are left out have no answer any more. Raises SpecError.
        """
        item = self.at(place, labeller)
        asked = {q.name: q for q in item.questions}
        for name, value in said.items():
            if name not in asked or value not in [v for _, v, _ in asked[name].choices]:
                choices = asked[name].choices if name in asked else ()
                allowed = ", ".join(f"{v} ({word})" for _, v, word in choices) or ", ".join(asked)
                raise SpecError(f"{name} = {value}: not among what is asked of this reply; allowed: {allowed}")
        made_ready(self.path)
        trial = item.stored.transcript.trial
        changes = []
        for name, q in asked.items():  # what was not asked stays: labels from elsewhere, say
            label = Label(place[1], q.metric, said.get(name), labeller, q.start, q.stop)
            changes.append((labels.inserting if name in said else labels.forgetting)(trial, label))
        labels.keep(self.path, changes)

    @python_names
    def forget(self, place: Place, labeller: str) -> None:
        """Take back what a labeller said of a reply."""
        self.keep(place, labeller, {})

    def _ordered(self, store: Store) -> list[Place]:
        now = store.size()
        if now != self._of:  # a run that goes on adds replies
            self._order, self._of = to_label.order(store, self.seed, unsure=self.unsure), now
        return self._order

    def _stored(self, store: Store, place: Place) -> Stored:
        key, turn = place
        stored = next(store.transcripts(ids=[key]), None)
        if stored is None or not 1 <= turn <= len(stored.transcript.replies):
            raise SpecError(f"{self.path}: there is no reply {key}, turn {turn}")
        return stored

    def _item(self, store: Store, stored: Stored, place: Place, labeller: str) -> LabelItem:
        key, turn = place
        identifier = stored.transcript.trial.problem
        problem = _problem(store.spec("problem", identifier), stored.transcript)
        mine = {
            (label.metric, label.start, label.stop): label.value
            for label in store.labels_of(key)
            if label.turn == turn and label.labeller == labeller
        }
        metrics = _metrics(problem, [f"{s.scorer}.{s.score.metric}" for s in store.scores(ids=[key])])
        asked = [LabelQuestion(name, *_asked(name, info, problem)) for name, info in metrics]
        words = (("t", 1.0, "true"), ("f", 0.0, "false"), ("x", None, "cannot tell, or not claimed"))
        spans = list(self.relations(self.path, stored, turn))[:MOST_RELATIONS]
        asked += [LabelQuestion(RELATION, "", words, start, stop) for start, stop in spans]
        known = [(q, (q.metric, q.start, q.stop)) for q in asked]
        done = tuple(_answered(q, mine[at]) if at in mine else q for q, at in known)
        done_by = sum(labeller in by for by in store.labelled_by().values())
        return LabelItem(place, stored, problem, done, done_by, len(self._ordered(store)))


def _problem(text: str | None, transcript: Transcript) -> Problem | None:
    """As the trial was asked it. None where there is none, or one that this evalkit cannot read: of an older one, or
    with a scorer that is not here."""
    try:
        found = None if text is None else parse(text, transcript.trial.problem, "run file")
        return found and (found.asked_as(transcript.variant) or found)
    except SpecError:
        return None


def _metrics(problem: Problem | None, scored: Sequence[str]) -> list[tuple[str, Metric]]:
    """What is asked: answers, use levels, bans and leaps, and what a model judges."""
    declared = [f"{name}.{metric}" for name, s in (problem.scorers if problem else {}).items() for metric in s.metrics]
    known = [(name, metric_info(name)) for name in dict.fromkeys([*declared, *scored])]
    asked = [(n, i) for n, i in known if i.role in ROLES or n in MORE or (i.judged and i.high <= 3)]
    rivals = problem is not None and len(problem.approaches) > 1
    asked = [(n, i) for n, i in asked if n != "approach.rival_level" or rivals]
    if problem is not None:
        asked = [(n, i) for n, i in asked if not i.judged or _is_asked(problem, *n.split(".", 1))]
    return sorted(asked, key=lambda entry: (entry[1].headline or 99, entry[0]))


def _is_asked(problem: Problem, scorer: str, metric: str) -> bool:
    """Whether the problem asks a judge for this: what it asks nobody is no question to a person either."""
    found = problem.scorers.get(scorer)
    return metric in getattr(found, "asks", (metric,)) and (metric != "judged" or bool(_points(problem)))


def _points(problem: Problem) -> list[str]:
    """What the points of a rubric ask that need a judge or a person; none where there are more than keys."""
    found = [point.asks for point in getattr(problem.scorers.get("rubric"), "judge", ())]
    return found if len(found) < 10 else []


def _asked(name: str, info: Metric, problem: Problem | None) -> tuple[str, tuple[tuple[str, float | None, str], ...]]:
    """What is asked, and the choices."""
    words = TOLD.get(name) or TOLD.get(info.role) or (TOLD["use level"] if info.high == 3 else ("no", "yes"))
    choices = tuple((str(i), float(i), word) for i, word in enumerate(words))
    points = _points(problem) if problem and name == "rubric.judged" else []
    if points:
        choices = tuple((str(i), i / len(points), f"{i} of {len(points)}") for i in range(len(points) + 1))
    approaches = {a.id: a.title or a.id for a in problem.approaches} if problem else {}
    staff = problem.staff.approach if problem else None
    about = info.about.partition(", as a model judge sees it")[0]
    if points:
        about = f"how many of these hold: {'; '.join(points)}"
    if (info.role == "use level" or name == "judge.level") and staff:
        about = f"the staff's approach: {approaches.get(staff, staff)}"
    elif info.role == "violation" and problem is not None and (ban := problem.variables().get("ban")):
        about = f"the ban, whether this reply was told of it or not: {ban}"
    elif name == "approach.rival_level":
        about = f"another approach: {', '.join(title for a, title in approaches.items() if a != staff)}"
    return about, (*choices, ("x", None, "cannot tell"))


def _answered(question: LabelQuestion, value: float | None) -> LabelQuestion:
    return replace(question, said=value, answered=True)
