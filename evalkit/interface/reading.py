"""How one stored reply is read, and another reading of it from somebody who mended it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evalkit.derivation.following.plan import Plan, plan_from
from evalkit.errors import SpecError
from evalkit.interface import given
from evalkit.interface.equations import Equations, bounded, given_reading
from evalkit.interface.project import AnyPath
from evalkit.judging.analyses import MAX_CHARACTERS
from evalkit.runfile.records import Stored
from evalkit.runfile.store import Store
from evalkit.specs import problems
from evalkit.specs.library import Library
from evalkit.specs.problems import Problem
from evalkit.specs.toml import suggestion
from evalkit.types import Transcript, Trial


@dataclass(frozen=True)
class Place:
    """One reply of a run file. model: None where there is one only."""

    problem: str
    template: str
    model: str | None
    sample: int
    turn: int


@dataclass(frozen=True)
class StoredReply:
    """One stored reply of a problem that declares its mathematics."""

    path: Path
    place: Place
    folder: Path
    """Where the problem files are; where there are none, the run file's own texts."""

    def text(self) -> str:
        """The reply as scorers see it."""
        with Store(self.path) as store:
            return text_of(stored_at(store, self.place), self.place)

    def equations(self) -> Equations:
        """Its relations with verdicts, by the reading in force: a stored one, else the checker's own."""
        with Store(self.path) as store:
            stored = stored_at(store, self.place)
            problem = problem_of(store, self.folder, stored.transcript)
        text = text_of(stored, self.place)
        kept = stored.transcript.readings.get(str(self.place.turn))
        plan = plan_from(kept, len(text), "the stored reading") if kept is not None else None
        assert problem.setting is not None  # noqa: S101 - problem_of refuses it
        return Equations(text, problem.setting, bounded(text, problem.setting, plan))

    def reading(self) -> dict[str, Any]:
        """What its letters mean, and where: plain data, to be mended and given to `keep_reading`."""
        found: dict[str, Any] = self.equations().found.reading.model_dump(
            mode="json", by_alias=True, exclude_defaults=True
        )
        return found

    def keep_reading(self, mended: Mapping[str, Any] | AnyPath | None, by: str | None = None) -> str:
        """Store this reading of the reply (None: the checker reads it again); `evalkit.score` judges the reply anew.

        mended: what `reading` returned, changed, or a file of it. by: whose it is. Returns what was done in a sentence.
        Raises SpecError where the reading does not fit the reply, or where nobody signs it.
        """
        given.check({"mended": given.A_READING}, mended=mended)
        origin = "reading" if isinstance(mended, Mapping) else str(mended)
        Store(self.path).close()  # a name that is mistyped must not become an empty run file
        with Store(self.path, write=True) as store:
            stored = stored_at(store, self.place)
            problem = problem_of(store, self.folder, stored.transcript)
            text = text_of(stored, self.place)
            found = mended if isinstance(mended, Mapping) else given_reading(Path(mended) if mended else None)
            plan = None if found is None else signed(plan_from(found, len(text), origin), by)
            if plan is not None and problem.setting is not None:
                bounded(text, problem.setting, plan)  # what cannot be followed is refused here
            data = plan.model_dump(mode="json", by_alias=True, exclude_defaults=True) if plan is not None else None
            store.keep_reading(stored.transcript.trial, self.place.turn, text, data).result()
        whose = f"reading by {plan.by}" if plan is not None else "read by the checker again"
        return f"{named(stored.transcript.trial)}, turn {self.place.turn}: {whose}"


def signed(plan: Plan, by: str | None) -> Plan:
    """The reading under the name of its author. Raises SpecError where nobody signs it."""
    if by is None and plan.by == Plan().by:
        raise SpecError('whose reading is it? Give --by NAME, or write "by" into the file')
    return plan.model_copy(update={"by": by}) if by is not None else plan


def stored_at(store: Store, place: Place) -> Stored:
    """The conversation of a reply. Raises SpecError."""
    there = list(store.transcripts(place.problem))
    found = [
        s for s in there if (s.transcript.trial.template, s.transcript.trial.sample) == (place.template, place.sample)
    ]
    found = [s for s in found if place.model in (None, s.transcript.trial.model)]
    if len(found) == 1:
        return found[0]
    if found:
        models = ", ".join(sorted(s.transcript.trial.model for s in found))
        raise SpecError(f"{store.path}: several models answered; give --model, one of {models}")
    raise SpecError(f"{store.path}: {no_such([store], (place.problem, place.template, place.model, place.sample))}")


def no_such(stores: Sequence[Store], wanted: tuple[str, str, str | None, int]) -> str:
    """Which part of a trial's name does not occur, and what does."""
    trials = [trial for store in stores for _, trial, _ in store.trials()]
    for what, said in zip(("problem", "template", "model", "sample"), wanted, strict=True):
        if said is None:
            continue
        known = {str(getattr(trial, what)) for trial in trials}
        if str(said) not in known:
            return f"no trial with {what} {str(said)!r}{suggestion(str(said), known)}"
        trials = [trial for trial in trials if getattr(trial, what) == said]
    return "no such trial"


def named(trial: Trial) -> str:
    return f"{trial.problem} {trial.template} {trial.model} {trial.sample}"


def text_of(stored: Stored, place: Place) -> str:
    """The reply as scorers see it. Raises SpecError."""
    replies = stored.transcript.replies
    if place.turn > len(replies):
        raise SpecError(f"{named(stored.transcript.trial)}: has {len(replies)} assistant turns")
    return replies[place.turn - 1].text[:MAX_CHARACTERS]


def problem_of(store: Store, folder: Path, transcript: Transcript) -> Problem:
    """The problem file, or the text stored in the run, with the numbers that the trial drew. Raises SpecError where it
    declares no mathematics."""
    identifier = transcript.trial.problem
    library = Library(folder) if folder.is_dir() else None
    if library is not None and identifier in library.ids():
        problem = library.load(identifier)
    else:
        text = store.spec("problem", identifier)
        if text is None:
            raise SpecError(f"problem {identifier!r} is neither in the run file nor in the folder of problems")
        problem = problems.stored(text, identifier)
    problem = problem.asked_as(transcript.variant) or problem
    if problem.setting is None:
        raise SpecError(f"{identifier}: declares no [symbols], so its replies have no reading")
    return problem
