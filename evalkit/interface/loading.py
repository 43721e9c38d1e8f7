"""Run files as tables: one `Run` stands for one file or for several that are read as one."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.interface import frames, given
from evalkit.interface.frames import KEYS
from evalkit.interface.project import AnyPath
from evalkit.interface.wording import python_names
from evalkit.runfile import runs
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs.experiment import Experiment

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.interface.agreement import Agreements
    from evalkit.interface.chats import Chats, Counts
    from evalkit.interface.comparing import Comparisons
    from evalkit.interface.label_queue import LabelQueue
    from evalkit.interface.reading import StoredReply

_WHAT: given.Kind = (
    lambda x: isinstance(x, str) and x in ("scores", "replies", "transcripts", "labels", "judgements"),
    "scores, replies, transcripts, labels or judgements",
)
AnyTurn = int | Literal["scored", "first", "last", "all"]


@python_names
def load_run(*paths: AnyPath | Sequence[AnyPath], allow_mismatch: bool = False) -> Run:
    """One run file, or several (or a list) read as one: models that were asked on different days.

    allow_mismatch: although their problems or templates differ. Raises StoreError for what is no run file, SpecError
    for a trial that stands in two files and for specs that differ. Nothing stays open: each table reads the file anew.
    """
    listed: list[Any] = [p for path in paths for p in (path if isinstance(path, list | tuple) else [path])]
    if not listed:
        raise SpecError("name a run file, such as runs/mine.sqlite")
    for path in listed:
        given.needed(run=path)
        if isinstance(path, Run):
            raise SpecError("a run that is loaded already: name its file")
    plugins.use_folder(Path.cwd())
    run = Run(tuple(Path(path) for path in listed), allow_mismatch)
    # of one file there is nothing to compare, and all trials of a large one take their time
    with run.one() if len(run.paths) == 1 else run.opened():
        return run


@dataclass(frozen=True)
class Run:
    """Stored results. Each method reads the file anew, so that a run that goes on is seen as it grows."""

    paths: tuple[Path, ...]
    allow_mismatch: bool = False

    @contextmanager
    def opened(self) -> Iterator[Runs]:
        """The open files."""
        with runs.opened(self.paths, allow_mismatch=self.allow_mismatch) as store:
            yield store

    @contextmanager
    def one(self) -> Iterator[Store]:
        """The open file, where it is one only."""
        if len(self.paths) > 1:
            raise SpecError("this works on one run file at a time: load_run(path)")
        with Store(self.paths[0]) as store:
            yield store

    @property
    def experiment(self) -> Experiment | None:
        """What was run, None for transcripts from elsewhere."""
        with self.opened() as store:
            return store.noted("experiment", Experiment.model_validate_json)

    @python_names
    def scores(self, turn: AnyTurn = "scored", metrics: Sequence[str] | None = None) -> pd.DataFrame:
        """One row per trial and metric (and assistant turn, with turn="all").

        Columns: problem, cluster, template, model, sample, turn (from 1), metric (`scorer.metric`), value (NaN: could
        not be judged, which is not 0), reason (why it could not, else empty).
        """
        with self.opened() as store:
            return frames.scores(store, turn, metrics or ())

    def metrics(self) -> pd.DataFrame:
        """One row per metric that was scored: metric, about, low, high (its range), better (`higher`, `lower`,
        `neither`), judged, unjudged (how many assistant turns)."""
        with self.opened() as store:
            return frames.metrics(store)

    def replies(self) -> pd.DataFrame:
        """One row per assistant turn.

        Columns: problem, template, model, sample, turn, text, finish, unjudged (why it cannot be judged, else None),
        reasoning, error, served_by, input_tokens, output_tokens (NaN: the server did not say).
        """
        with self.opened() as store:
            return frames.table(frames.replies(store), [*KEYS, "turn", "text"])

    def answers(self) -> pd.DataFrame:
        """One row per assistant turn and metric of which the score names the answer that was given.

        Columns: problem, template, model, sample, turn, metric, value, given (`staff`, a note of the problem file, or
        what the reply says).
        """
        with self.opened() as store:
            rows = list(store.answers())
        columns = [*KEYS, "turn", "metric", "value", "given"]
        return frames.table((dict(zip(columns, row, strict=True)) for row in rows), columns)

    def transcripts(self) -> pd.DataFrame:
        """One row per message: problem, template, model, sample, position (from 0), turn (the assistant turn that it is
        or leads to), role, content."""
        with self.opened() as store:
            return frames.table(frames.messages(store), [*KEYS, "position", "turn", "role", "content"])

    @python_names
    def labels(self, everyone: bool = False) -> pd.DataFrame:
        """The label that stands for each turn and metric: problem, template, model, sample, turn, metric, value (NaN:
        looked at and could not be judged, or as many labellers say one as another and nobody settled it).

        everyone: every label instead, also those of relations: labeller, start and end (of a relation) are columns too.
        """
        with self.opened() as store:
            if everyone:
                return frames.table(frames.all_labels(store), [*KEYS, *frames.OF_LABELS])
            return frames.table(frames.labels(store), [*KEYS, "turn", "metric", "value"])

    @python_names
    def add_labels(self, table: pd.DataFrame | Iterable[Mapping[str, Any]]) -> int:
        """Store human labels of this run's replies, all rows or none; a label that is there is replaced.

        table: a DataFrame or rows with problem, template, model, sample, metric (`scorer.metric`), value (NaN: looked
        at and could not be judged), and turn where it is not the scored one. Returns how many. Raises SpecError.
        """
        from evalkit.interface.labelling import add_labels

        if len(self.paths) > 1:
            raise SpecError("labels are added to one run file at a time: load_run(path)")
        return add_labels(self.paths[0], table)

    @python_names
    def label_queue(self, seed: int = 0, unsure: bool = False, double: float = 1.0) -> LabelQueue:
        """The replies to be labelled, one by one and without their arm, as `evalkit label` and the local page ask.

        seed: draws which comes next (the same for all labellers). unsure: those of which scorers say least first.
        double: share of the replies labelled by others that one labels as well. One run file alone (SpecError).
        """
        from evalkit.interface.label_queue import LabelQueue
        from evalkit.interface.relations import places

        with self.one() as store:
            return LabelQueue(store.path, seed, unsure, double, places)

    @python_names
    def differing(self, arm: str, baseline: str, metric: str) -> pd.DataFrame:
        """The pairs in which two arms were judged differently, the largest differences first.

        Columns: problem, model, sample, baseline, arm (values), difference, baseline_text, arm_text (the judged
        replies). Pairs of which one was not judged are left out.
        """
        with self.opened() as store:
            return frames.differing(store, arm, baseline, metric)

    @partial(python_names, delta=given.DELTAS)
    def compare(
        self,
        baseline: str | None = None,
        metrics: Sequence[str] | None = None,
        turn: AnyTurn = "scored",
        arms: Sequence[str] | None = None,
        delta: Mapping[str, float] | None = None,
        exploratory: bool = False,
    ) -> Comparisons:
        """Every arm against the baseline: paired differences with both readings (docs/statistics.md).

        baseline: default, that of the experiment, else plain. metrics: `scorer.metric`, default all. turn: which
        assistant turn stands for a trial. delta: metric -> the difference that still counts as none. exploratory: all
        pairs of arms. Raises SpecError where nothing is scored, or an arm or metric is unknown.
        """
        from evalkit.comparing.results import Selection, turn_of
        from evalkit.interface.comparing import comparisons

        wanted = turn_of(str(turn))
        choice = Selection(baseline, arms, metrics, wanted, self.allow_mismatch, exploratory, dict(delta or {}))
        return comparisons(self.paths, choice)

    @python_names
    def so_far(self, metrics: Sequence[str] | None = None, baseline: str | None = None) -> Comparisons:
        """As `compare`, while the run goes on: a copy is scored first, on the primary outcome (or these metrics) alone.

        Warns that who ends an experiment because of what it shows cannot rely on its intervals.
        """
        from evalkit.interface.comparing import Selection, comparisons, scored_so_far

        choice = Selection(baseline, metrics=metrics, allow_mismatch=self.allow_mismatch)
        with scored_so_far(self.paths, choice, lambda text: warnings.warn(text, stacklevel=4)) as (copies, chosen):
            return comparisons(copies, chosen)

    @python_names
    def report(
        self,
        target: AnyPath | None = None,
        baseline: str | None = None,
        figures: AnyPath | None = None,
        force: bool = False,
    ) -> Path:
        """Write the report, one HTML file (default: beside the run file), and every figure into the folder `figures`.

        force: replace a file that evalkit did not write. Returns the file. Raises SpecError, StoreError.
        """
        from evalkit.interface.reporting import write_report

        target = Path(target) if target is not None else None
        return write_report(
            self.paths, target, baseline, Path(figures) if figures is not None else None, force=force
        ).target

    @python_names
    def bundle(self, target: AnyPath | None = None, force: bool = False) -> Path:
        """Pack the run for a paper's appendix: run file, problems, templates, versions, tables, report, and no keys.

        target: default: beside the run file. Returns the archive. Raises SpecError, also where a key stands in it.
        """
        from evalkit.interface.bundling import bundle

        with self.one() as store:
            path = store.path
        return bundle(path, Path(target) if target is not None else None, force=force)

    @python_names
    def agreement(self, metrics: Sequence[str] | None = None, everything: bool = False) -> Agreements:
        """How far the scorers agree with human labels, labellers with each other, and the checker with labels of
        relations. everything: show every reply where scorer and label differ. Raises SpecError for a run without any.
        """
        from evalkit.interface.agreement import MOST, agreements

        with self.one() as store:
            return agreements(store, metrics, 0 if everything else MOST)

    @python_names
    def chats(self, problem: str, template: str = "plain", model: str | None = None, sample: int = 0) -> Chats:
        """The stored conversations of one trial (of every model, where none is named) with scores and reasons."""
        from evalkit.interface.chats import stored_chats

        with self.opened() as store:
            return stored_chats(store.stores, (problem, template, model, sample))

    @partial(python_names, turn=given.A_PLACE)
    def reply(
        self, problem: str, template: str = "plain", model: str | None = None, sample: int = 0, turn: int = 1
    ) -> StoredReply:
        """One stored reply of a problem that declares its mathematics: its equations, and how it is read.

        Problem files are those of the folder `problems`; where there is none, the run file's own texts.
        """
        from evalkit.interface.reading import Place, StoredReply, stored_at, text_of

        place = Place(problem, template, model, sample, turn)
        with self.one() as store:
            text_of(stored_at(store, place), place)
            return StoredReply(store.path, place, Path("problems"))

    def counts(self) -> Counts:
        """How many trials of each model are done, what they cost, and why others failed or cannot be judged."""
        from evalkit.interface.chats import counts_of

        with self.opened() as store:
            return counts_of(store.stores)

    @partial(python_names, what=_WHAT)
    def export(
        self,
        target: AnyPath,
        what: Literal["scores", "replies", "transcripts", "labels", "judgements"] = "transcripts",
        layout: Literal["jsonl", "csv", "parquet", "dataset", "hub"] | None = None,
        force: bool = False,
        licence: str | None = None,
    ) -> int:
        """Write scores, replies, transcripts, labels or what a judge and a reader said to a file; returns the number of
        rows. Raises EvalkitError.

        layout: by default that of the file's ending; `hub`: a folder of Parquet files with a data card, for
        `datasets.load_dataset`. licence: of such a folder, as hubs name it (`cc-by-4.0`).
        """
        from evalkit.runfile import exchange, outputs

        outputs.check(Path(target), exchange.is_export, force=force)  # first of all, a run file is told to be one
        with self.one() as store:
            if layout == "hub":
                from evalkit.interface.publishing import export_hub

                return export_hub(store, what, Path(target), licence, force=force)
            if licence is not None:
                raise SpecError("a licence is stated in the card of a data set: --format hub")
            return exchange.export(store, what, layout or exchange.format_of(Path(target)), Path(target), force=force)
