"""A set of problems as a homework: `set.toml` beside them says what they share and in which order they are asked.

    title = "Homework 7"
    course = "Deep learning"
    setting = '''X is an n x d matrix whose rows are samples ...'''
    notation = '''||.|| is the Frobenius norm.'''
    order = ["3bi", "3bii", "4a"]

Templates read it as `homework.title`, `homework.course`, `homework.setting`, `homework.notation`, and `earlier`: the
statements (with their passages) of the questions that come before a problem. A problem that names a cluster follows the
earlier ones of that cluster, any other the earlier ones of its set. A set without the file has an order too: `2` before
`10`, else by name.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, overload

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from evalkit.errors import SpecError
from evalkit.specs.attachments import MAX_FILES, NOTHING, Attached, load
from evalkit.specs.toml import inside, parse_toml, read_text, suggestion, validate
from evalkit.specs.variants import KEY as VARIANTS
from evalkit.types import Attachment, Spec

if TYPE_CHECKING:
    from evalkit.specs.drawing import Drawn

FILE = "set.toml"
MAX_TEXT = 200_000


def _text(value: str) -> str:
    value = value.strip("\n")
    if not value.strip():
        raise ValueError("the text is empty")
    return value


Text = Annotated[str, AfterValidator(_text), Field(max_length=MAX_TEXT)]


class ProblemSet(Spec):
    """What the problems of one folder share."""

    title: Text | None = None
    course: Text | None = None
    setting: Text | None = Field(None, description="the shared setting, so that problems need not repeat it")
    notation: Text | None = None
    attachments: list[str] = Field(
        default_factory=list, max_length=MAX_FILES, description="files beside set.toml that go with every conversation"
    )
    order: list[str] = Field(default_factory=list, max_length=10_000, description="names of problem files, as asked")


class _Asked(BaseModel):
    """All that other problems need to know of a problem, whatever else its file holds."""

    model_config = ConfigDict(extra="ignore")

    statement: Text
    passage: Text | None = None
    cluster: str | None = None
    attachments: list[str] = Field(default_factory=list, max_length=MAX_FILES)


@dataclass(frozen=True)
class Earlier:
    """A question before a problem. Of one that has variants, a sample is asked the variant that its own trials ask."""

    id: str
    asked: _Asked
    drawn: Drawn | None = None

    def table(self, seed: int, sample: int) -> dict[str, str]:
        """As templates see it."""
        texts = {"statement": self.asked.statement, "passage": self.asked.passage}
        if self.drawn is not None:
            variant = self.drawn.of_sample(seed, self.asked.cluster or self.id, sample)
            filled = self.drawn.filled(variant)
            texts = {name: filled.get(name) for name in texts}
        return {name: text.strip("\n") for name, text in texts.items() if text}


@dataclass(frozen=True)
class Around:
    """What stands around a problem. Both are empty where nothing does."""

    homework: Mapping[str, str] = field(default_factory=dict)
    earlier: Sequence[Earlier] = ()
    attached: Attached = NOTHING
    faults: tuple[str, ...] = ()
    """Of earlier questions that cannot be read: they matter only to who asks them."""

    @property
    def varies(self) -> bool:
        """Whether what stands here depends on the sample."""
        return any(question.drawn is not None for question in self.earlier)

    def variables(self, seed: int = 0, sample: int = 0) -> dict[str, object]:
        """For templates; what is empty is left out. Raises SpecError where an earlier question cannot be read."""
        if self.faults:
            raise SpecError(*self.faults)
        earlier = [question.table(seed, sample) for question in self.earlier]
        found = {"homework": dict(self.homework), "earlier": earlier}
        return {name: value for name, value in found.items() if value}


class _Line:
    """Questions in the order in which they are asked, with their places in the set and their files.

    It only grows, so that each problem may see the part before it without a copy: a set of 100,000 would take 5
    thousand million entries.
    """

    def __init__(self) -> None:
        self.questions: list[Earlier] = []
        self.places: list[int] = []
        self.with_files = 0
        """How many of them name files."""

    def add(self, place: int, question: Earlier) -> None:
        self.questions.append(question)
        self.places.append(place)
        self.with_files += bool(question.asked.attachments)

    def before(self, place: int) -> Sequence[Earlier]:
        stop = bisect_left(self.places, place)
        return _Part(self.questions, stop) if stop else ()


@dataclass(frozen=True)
class _Part(Sequence[Earlier]):
    """The first `stop` entries of a list that grows."""

    whole: list[Earlier]
    stop: int

    def __len__(self) -> int:
        return self.stop

    @overload
    def __getitem__(self, at: int) -> Earlier: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Earlier]: ...
    def __getitem__(self, at: int | slice) -> Earlier | Sequence[Earlier]:
        places = range(self.stop)[at]  # raises IndexError behind its end
        return self.whole[places] if isinstance(places, int) else [self.whole[place] for place in places]

    def __reduce__(self) -> tuple[type[tuple[Earlier, ...]], tuple[tuple[Earlier, ...]]]:
        return tuple, (tuple(self),)  # who takes it elsewhere takes no more than it shows


class _Order:
    """One set as it is asked; its files are read as far as somebody needed them."""

    def __init__(self, ids: Sequence[str], question: Callable[[str], Earlier]) -> None:
        self._ids, self._question = ids, question
        self._read = 0
        self._fault: SpecError | None = None
        self._lines: dict[str | None, _Line] = {None: _Line()}

    def before(self, place: int, cluster: str | None) -> tuple[Sequence[Earlier], bool]:
        """The questions before a place, of a cluster where one is named, and whether any of them may name files.

        Raises SpecError where one of all before it cannot be read.
        """
        while self._read < place and self._fault is None:
            try:
                question = self._question(self._ids[self._read])
            except SpecError as error:
                self._fault = error
                break
            for name in {None, question.asked.cluster}:
                self._lines.setdefault(name, _Line()).add(self._read, question)
            self._read += 1
        if self._read < place and self._fault is not None:
            raise self._fault
        line = self._lines.get(cluster)
        return (line.before(place), line.with_files > 0) if line else ((), False)


class Sets:
    """The sets of one folder of problems; every file is read once."""

    def __init__(self, path: Callable[[str], Path], ids: Sequence[str]) -> None:
        """path: the file of a problem. ids: of all problems."""
        self._path = path
        self._by_set: dict[str, list[str]] = {}
        for identifier in ids:
            self._by_set.setdefault(_set_of(identifier), []).append(identifier)
        self._asked: dict[str, Earlier] = {}
        self._sets: dict[str, tuple[ProblemSet, dict[str, int]]] = {}
        self._orders: dict[str, _Order] = {}

    def text(self, identifier: str) -> tuple[str, str] | None:
        """The name of a problem's set and the text of its file; None where it has none."""
        problem = self._path(identifier)
        path = problem.parent / FILE
        if not path.exists():
            return None
        return _set_of(identifier), read_text(inside(path, problem.parents[identifier.count("/")]))

    def around(self, identifier: str) -> Around:
        """Raises SpecError for a faulty set.toml, and for attachments that are not there."""
        described, place = self._described(identifier)
        given = described.model_dump(include={"title", "course", "setting", "notation"}, exclude_none=True)
        attached = self._attached(identifier, described)
        name = _set_of(identifier)
        if name not in self._orders:
            self._orders[name] = _Order([*place], self._question)
        try:
            own = self._question(identifier).asked.cluster
            asked, with_files = self._orders[name].before(place[identifier], own)
        except SpecError as error:
            return Around(given, (), attached, tuple(f"an earlier question: {fault}" for fault in error.problems))
        if not with_files:
            return Around(given, asked, attached)
        try:
            theirs = tuple(self._own_files(q.id, q.asked.attachments) for q in asked)
        except SpecError as error:
            return Around(given, asked, attached, tuple(f"an earlier question: {fault}" for fault in error.problems))
        return Around(given, asked, replace(attached, earlier=theirs if any(theirs) else ()))

    def _own_files(self, identifier: str, named: list[str]) -> tuple[Attachment, ...]:
        if not named:  # looking up where a file is costs more than all else here, once for every pair of a set
            return ()
        path = self._path(identifier)
        return load(named, path.parent, str(path))

    def _attached(self, identifier: str, described: ProblemSet) -> Attached:
        try:
            named = self._question(identifier).asked.attachments
        except SpecError:  # its own reader says what is wrong with it
            named = []
        if not (named or described.attachments):
            return NOTHING
        path = self._path(identifier)
        shared = load(described.attachments, path.parent, str(path.parent / FILE))
        return Attached(shared, self._own_files(identifier, named))

    def _described(self, identifier: str) -> tuple[ProblemSet, dict[str, int]]:
        """The set of a problem, and the place of each of its problems."""
        name = _set_of(identifier)
        if name not in self._sets:
            given = self.text(identifier)
            origin = str(self._path(identifier).parent / FILE)
            described = validate(ProblemSet, parse_toml(given[1], origin), origin) if given else ProblemSet()
            self._sets[name] = described, _places(described.order, self._by_set[name], origin)
        return self._sets[name]

    def _question(self, identifier: str) -> Earlier:
        if identifier not in self._asked:
            path = self._path(identifier)
            self.know(identifier, parse_toml(read_text(path), str(path)), str(path))
        return self._asked[identifier]

    def know(self, identifier: str, data: Mapping[str, Any], origin: str) -> None:
        """What a problem's file holds, from whoever has read it already: it is not read again here."""
        drawn = None
        if VARIANTS in data:
            from evalkit.specs.drawing import Drawn  # with the grammar of formulas

            drawn = Drawn(data, origin)
        self._asked[identifier] = Earlier(identifier, validate(_Asked, data, origin), drawn)


def _set_of(identifier: str) -> str:
    return identifier.rpartition("/")[0]


def _places(order: Sequence[str], ids: Sequence[str], origin: str) -> dict[str, int]:
    """As ordered; what the order does not name follows it. Raises SpecError for a name that is no problem."""
    by_name = {i.rpartition("/")[2]: i for i in ids}
    unknown = [name for name in order if name not in by_name]
    if unknown:
        raise SpecError(f"{origin}: order: no problem {unknown[0]!r} in this set{suggestion(unknown[0], by_name)}")
    if len(set(order)) < len(order):
        twice = next(name for name in order if order.count(name) > 1)
        raise SpecError(f"{origin}: order: {twice!r} occurs twice")
    rest = sorted(set(by_name) - set(order), key=_natural)
    return {by_name[name]: place for place, name in enumerate([*order, *rest])}


def _natural(name: str) -> list[tuple[int, str]]:
    """`2` before `10`."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,9})", name) if part]
