"""Run files as tables: one `Run` stands for one file or for several that are read as one."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from evalkit import plugins
from evalkit.errors import SpecError
from evalkit.interface.project import AnyPath
from evalkit.runfile import runs
from evalkit.runfile.runs import Runs
from evalkit.runfile.store import Store
from evalkit.specs import problems
from evalkit.specs.experiment import Experiment

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.interface.agreement import Agreements
    from evalkit.interface.chats import Chats, Counts
    from evalkit.interface.comparing import Comparisons
    from evalkit.interface.reading import StoredReply

AnyTurn = int | Literal["scored", "first", "last", "all"]
KEYS = ["problem", "template", "model", "sample"]
"""What names a trial: the first columns of every table."""


def load_run(*paths: AnyPath, allow_mismatch: bool = False) -> Run:
    """One run file, or several read as one (models that were asked on different days).

    allow_mismatch: although their problems or templates differ. Raises StoreError for what is no run file, SpecError
    for a trial that stands in two files and for specs that differ. Nothing stays open: each table reads the file anew.
    """
    if not paths:
        raise SpecError("name a run file, such as runs/mine.sqlite")
    plugins.use_folder(Path.cwd())
    run = Run(tuple(Path(path) for path in paths), allow_mismatch)
    with run.opened():
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

    def scores(self, turn: AnyTurn = "scored", metrics: Sequence[str] = ()) -> pd.DataFrame:
        """One row per trial and metric (and assistant turn, with turn="all").

        Columns: problem, cluster, template, model, sample, turn (from 1), metric (`scorer.metric`), value (NaN: could
        not be judged, which is not 0), reason (why it could not, else empty).
        """
        from evalkit.comparing.frame import frame

        with self.opened() as store:
            found = frame(store, turn, metrics)
            groups = {name: _cluster(store, name) for name in store.problems()}
        names = [*KEYS, "metric", "reason"]
        found = found[[*KEYS, "turn", "metric", "value", "reason"]].astype(
            dict.fromkeys((set(names) - {"sample"}), "str")
        )
        found.insert(1, "cluster", found["problem"].map(groups).astype("str"))
        return found.reset_index(drop=True)

    def replies(self) -> pd.DataFrame:
        """One row per assistant turn.

        Columns: problem, template, model, sample, turn, text, finish, unjudged (why it cannot be judged, else None),
        reasoning, error, served_by, input_tokens, output_tokens (NaN: the server did not say).
        """
        return _table(self._replies(), [*KEYS, "turn", "text"])

    def answers(self) -> pd.DataFrame:
        """One row per assistant turn and metric of which the score names the answer that was given.

        Columns: problem, template, model, sample, turn, metric, value, given (`staff`, a note of the problem file, or
        what the reply says).
        """
        with self.opened() as store:
            rows = list(store.answers())
        columns = [*KEYS, "turn", "metric", "value", "given"]
        return _table((dict(zip(columns, row, strict=True)) for row in rows), columns)

    def transcripts(self) -> pd.DataFrame:
        """One row per message: problem, template, model, sample, position (from 0), turn (the assistant turn that it is
        or leads to), role, content."""
        return _table(self._messages(), [*KEYS, "position", "turn", "role", "content"])

    def labels(self) -> pd.DataFrame:
        """Human labels of imported transcripts: problem, template, model, sample, turn, metric, value."""
        with self.opened() as store:
            rows = [
                {**_named(trial), "turn": turn, "metric": metric, "value": value}
                for part in store.stores
                for trial, turn, metric, value in part.labels()
            ]
        return _table(iter(rows), [*KEYS, "turn", "metric", "value"])

    def differing(self, arm: str, baseline: str, metric: str) -> pd.DataFrame:
        """The pairs in which two arms were judged differently, the largest differences first.

        Columns: problem, model, sample, baseline, arm (values), difference, baseline_text, arm_text (the judged
        replies). Pairs of which one was not judged are left out.
        """
        scores = self.scores(metrics=[metric])
        for name in (arm, baseline):
            if name not in set(scores["template"]):
                raise SpecError(f"{self.paths[0]}: no scores of {metric!r} for {name!r}")
        texts = self.replies()[[*KEYS, "turn", "text"]]
        found = scores.merge(texts, on=[*KEYS, "turn"], how="left")
        unit = ["problem", "model", "sample"]
        sides = [found[found["template"] == name][[*unit, "value", "text"]] for name in (baseline, arm)]
        both = sides[0].merge(sides[1], on=unit, suffixes=("_baseline", "_arm"))
        both["difference"] = both["value_arm"] - both["value_baseline"]
        both = both[both["difference"].notna() & (both["difference"] != 0)]
        both = both.sort_values("difference", key=abs, ascending=False, kind="stable")
        renamed = {
            "value_baseline": "baseline",
            "value_arm": "arm",
            "text_baseline": "baseline_text",
            "text_arm": "arm_text",
        }
        order = [*unit, "baseline", "arm", "difference", "baseline_text", "arm_text"]
        return both.rename(columns=renamed)[order].reset_index(drop=True)

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

    def so_far(self, metrics: Sequence[str] | None = None, baseline: str | None = None) -> Comparisons:
        """As `compare`, while the run goes on: a copy is scored first, on the primary outcome (or these metrics) alone.

        Warns that who ends an experiment because of what it shows cannot rely on its intervals.
        """
        from evalkit.interface.comparing import Selection, comparisons, scored_so_far

        choice = Selection(baseline, metrics=metrics, allow_mismatch=self.allow_mismatch)
        with scored_so_far(self.paths, choice, lambda text: warnings.warn(text, stacklevel=4)) as (copies, chosen):
            return comparisons(copies, chosen)

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

    def agreement(self, metrics: Sequence[str] | None = None) -> Agreements:
        """How far the scorers agree with the human labels. Raises SpecError for a run without labels."""
        from evalkit.interface.agreement import agreements

        with self.one() as store:
            return agreements(store, metrics)

    def chats(self, problem: str, template: str = "plain", model: str | None = None, sample: int = 0) -> Chats:
        """The stored conversations of one trial (of every model, where none is named) with scores and reasons."""
        from evalkit.interface.chats import stored_chats

        with self.one() as store:
            return stored_chats(store, (problem, template, model, sample))

    def reply(
        self, problem: str, template: str = "plain", model: str | None = None, sample: int = 0, turn: int = 1
    ) -> StoredReply:
        """One stored reply of a problem that declares its mathematics: its equations, and how it is read.

        Problem files are those of the folder `problems`; where there is none, the run file's own texts.
        """
        from evalkit.interface.reading import Place, StoredReply

        with self.one() as store:
            return StoredReply(store.path, Place(problem, template, model, sample, turn), Path("problems"))

    def counts(self) -> Counts:
        """How many trials of each model are done, what they cost, and why others failed or cannot be judged."""
        from evalkit.interface.chats import counted

        with self.one() as store:
            return counted(store)

    def export(
        self,
        target: AnyPath,
        what: Literal["scores", "replies", "transcripts"] = "transcripts",
        layout: Literal["jsonl", "csv", "parquet", "dataset"] | None = None,
        force: bool = False,
    ) -> int:
        """Write scores, replies or transcripts to a file; returns the number of rows. Raises SpecError, StoreError.

        layout: by default that of the file's ending.
        """
        from evalkit.runfile import exchange

        with self.one() as store:
            return exchange.export(store, what, layout or exchange.format_of(Path(target)), Path(target), force=force)

    def _replies(self) -> Iterator[dict[str, Any]]:
        with self.opened() as store:
            for part in store.stores:
                for stored in part.transcripts():
                    for turn, reply in enumerate(stored.transcript.replies, 1):
                        yield {
                            **_named(stored.transcript.trial), "turn": turn, "text": reply.text, "finish": reply.finish,
                            "unjudged": reply.unjudged, "reasoning": reply.reasoning, "error": reply.error,
                            "served_by": reply.served_by,
                            "input_tokens": reply.usage.input_tokens if reply.usage else float("nan"),
                            "output_tokens": reply.usage.output_tokens if reply.usage else float("nan"),
                        }  # fmt: skip

    def _messages(self) -> Iterator[dict[str, Any]]:
        with self.opened() as store:
            for part in store.stores:
                for stored in part.transcripts():
                    turn = 1
                    for position, message in enumerate(stored.transcript.turns):
                        at = {"position": position, "turn": turn, "role": message.role, "content": message.content}
                        yield {**_named(stored.transcript.trial), **at}
                        turn += message.role == "assistant"


def _named(trial: Any) -> dict[str, Any]:
    return {name: getattr(trial, name) for name in KEYS}


def _table(rows: Iterator[dict[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    found = list(rows)
    return pd.DataFrame(found) if found else pd.DataFrame(columns=list(columns))


def _cluster(store: Runs, identifier: str) -> str:
    text = store.spec("problem", identifier)
    return problems.parse(text, identifier, "run file").group if text else identifier
