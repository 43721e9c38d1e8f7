"""Several run files read as one: models that were asked on different days, matched by problem and sample.

Problems and templates of the same name must be the same text in all files, else pairs would compare different
questions; `allow_mismatch` lets them through. A trial must stand in one file only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from evalkit.errors import SpecError
from evalkit.runfile.columns import Columns, joined
from evalkit.runfile.records import Outline
from evalkit.runfile.store import Store
from evalkit.runfile.trials import Row, Trials
from evalkit.types import Transcript, Trial, Value

T = TypeVar("T")


class Runs:
    """What comparisons, steering measures and reports read of one or several open run files."""

    def __init__(self, stores: Sequence[Store], *, allow_mismatch: bool = False) -> None:
        """Raises SpecError for a trial in two files, or (unless allowed) for specs that differ."""
        self.stores = tuple(stores)
        self.path = stores[0].path
        trials = [store.trials() for store in self.stores]
        self._all = trials[0] if len(trials) == 1 else _merged(trials)
        self._whole: Columns | None = None
        """All scores, once they were read."""
        faults = (self._twice(trials) if len(self.stores) > 1 else []) + ([] if allow_mismatch else self._mismatches())
        if faults:
            raise SpecError(faults[0], *faults[1:])

    def _twice(self, each: Sequence[Trials]) -> list[str]:
        seen: dict[Trial, Path] = {}
        faults: list[str] = []
        for store, trials in zip(self.stores, each, strict=True):
            for _, trial, _ in trials:
                if trial in seen and len(faults) < 5:
                    where = f"{trial.problem} {trial.template} {trial.model} sample {trial.sample}"
                    faults.append(f"{store.path}: {where} stands in {seen[trial]} as well; give one of the files")
                seen[trial] = store.path
        return faults

    def _mismatches(self) -> list[str]:
        faults = []
        for kind in ("problem", "template"):
            for name in sorted({n for store in self.stores for n in store.spec_names(kind)}):
                have = {store.path: store.meta(f"{kind}:{name}") for store in self.stores}
                known = {path: key for path, key in have.items() if key}
                if len(set(known.values())) > 1:
                    shown = ", ".join(f"{path}: {key[:12]}" for path, key in known.items())
                    faults.append(
                        f"{kind} {name!r} differs between the run files ({shown}); compare them one by one, or with "
                        "--allow-mismatch"
                    )
        return faults

    def meta(self, key: str) -> str | None:
        """The first file's entry, else the next one's."""
        return next((value for store in self.stores if (value := store.meta(key)) is not None), None)

    def noted(self, key: str, read: Callable[[str], T]) -> T | None:
        """As `Store.noted`, of the first file that has such an entry."""
        return next((store.noted(key, read) for store in self.stores if store.meta(key) is not None), None)

    def metas(self, prefix: str) -> list[tuple[str, str]]:
        return sorted({pair for store in self.stores for pair in store.metas(prefix)})

    def spec(self, kind: str, name: str) -> str | None:
        return next((text for store in self.stores if (text := store.spec(kind, name)) is not None), None)

    def problems(self) -> list[str]:
        return sorted({name for store in self.stores for name in store.problems()})

    def trials(self) -> Trials:
        """As `Store.trials`; the numbers of the transcripts differ between the files."""
        return self._all

    def said(self) -> Iterator[tuple[int, list[bytes]]]:
        """As `Store.said`, with the numbers of `trials`."""
        for n, store in enumerate(self.stores):
            yield from ((_key(n, key) if len(self.stores) > 1 else key, hashes) for key, hashes in store.said())

    def chats(self) -> Iterator[tuple[int, str]]:
        """As `Store.chats`, with the numbers of `trials`."""
        for n, store in enumerate(self.stores):
            yield from ((_key(n, key) if len(self.stores) > 1 else key, begun) for key, begun in store.chats())

    def outlines(self) -> dict[Trial, Outline]:
        return {trial: outline for _, trial, outline in self._all}

    @cached_property
    def _versions(self) -> list[tuple[str, str]]:
        return sorted({pair for store in self.stores for pair in store.scorer_versions()})

    def scorer_versions(self) -> list[tuple[str, str]]:
        return self._versions

    def transcripts(self) -> Iterator[tuple[int, Transcript]]:
        """Every transcript, with the numbers of `trials`."""
        for n, store in enumerate(self.stores):
            yield from ((_key(n, stored.id), stored.transcript) for stored in store.transcripts())

    def columns(self, metrics: Sequence[str] = ()) -> Columns:
        """As `Store.columns`, with the numbers of `trials`."""
        if self._whole is None:
            parts = [store.columns(metrics) for store in self.stores]
            found = joined([replace(part, transcript=part.transcript + _key(n, 0)) for n, part in enumerate(parts)])
            if metrics:
                return found
            self._whole = found
        return self._whole.of_metrics(metrics) if metrics else self._whole

    def wordings(self) -> dict[Trial, dict[str, int]]:
        return {trial: drawn for store in self.stores for trial, drawn in store.wordings().items()}

    def variants(self) -> dict[Trial, dict[str, Value]]:
        return {trial: drawn for store in self.stores for trial, drawn in store.variants().items()}

    def said_by_judge(self) -> list[tuple[str, str, int, int]]:
        """As `Store.said_by_judge`, over all files."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for metric, template, said, count in (row for store in self.stores for row in store.said_by_judge()):
            before = found.get((metric, template), (0, 0))
            found[metric, template] = before[0] + said, before[1] + count
        return [(*key, *counts) for key, counts in sorted(found.items())]

    def read_by_model(self) -> list[tuple[str, int, int]]:
        """As `Store.read_by_model`, over all files."""
        found: dict[str, tuple[int, int]] = {}
        for template, replies, differ in (row for store in self.stores for row in store.read_by_model()):
            before = found.get(template, (0, 0))
            found[template] = before[0] + replies, before[1] + differ
        return [(template, *counts) for template, counts in sorted(found.items())]

    def answers(self) -> Iterator[tuple[Any, ...]]:
        """As `Store.answers`, of all files."""
        return (row for store in self.stores for row in store.answers())

    def answers_counted(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """As `Store.answers_counted`, of all files: what several of them hold comes several times."""
        return (row for store in self.stores for row in store.answers_counted())


def _merged(each: Sequence[Trials]) -> Trials:
    """In the order of the trials."""
    return Trials(sorted(((_key(n, key), t, o) for n, trials in enumerate(each) for key, t, o in trials), key=_trial))


def _trial(row: Row) -> Trial:
    return row[1]


def _key(number: int, transcript: int) -> int:
    """One number for a transcript of the n-th file."""
    return number << 40 | transcript


@contextmanager
def opened(paths: Sequence[Path], *, allow_mismatch: bool = False) -> Iterator[Runs]:
    """Open run files for reading, each once."""
    with ExitStack() as stack:
        unique = list(dict.fromkeys(path.absolute() for path in paths))
        names = {path.absolute(): path for path in paths}
        stores = [stack.enter_context(Store(names[path])) for path in unique]
        yield Runs(stores, allow_mismatch=allow_mismatch)
